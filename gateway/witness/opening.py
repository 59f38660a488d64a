"""From the settings to the witnesses that our log is shown to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import httpx

from audit import KnownLog, NoteVerifier, RollbackError, TrustPolicy, TrustPolicyError, read_trust_policy
from gateway.errors import DirectoryError
from gateway.receipts.published_log import PublishedLog
from gateway.settings.reading import Settings
from gateway.settings.values import check_url
from gateway.telemetry.journal import Journal
from gateway.witness.asking import WitnessCaller, open_client
from gateway.witness.cosigning import Cosigning
from gateway.witness.elder import refuse_younger
from gateway.witness.witnessed_file import WitnessedFile


@dataclass(frozen=True, slots=True)
class Witnesses:
    """The trust policy of our log, whom we ask, and what they have said so far."""

    policy: TrustPolicy
    """With our own keys as the only ones that are believed; without a policy file its quorum is `none`."""
    callers: tuple[WitnessCaller, ...]
    """Witnesses with an address."""
    client: httpx.AsyncClient | None
    """What they are asked through."""
    kept: WitnessedFile
    """What enough of them have cosigned."""

    async def refuse_younger(self, log: PublishedLog, durable: Callable[[], tuple[int, bytes]]) -> None:
        """Refuse a log that is older than what a witness remembers (`gateway.witness.elder`).

        Raises:
            RollbackError: it is.
        """
        try:
            await refuse_younger(self.callers, log, durable)
        except RollbackError:
            await self.close()
            raise

    def cosigning(self, log: PublishedLog, settings: Settings, journal: Journal) -> Cosigning | None:
        """What shows the log to them at intervals; None if there is nobody to show it to."""
        if not self.callers:
            return None
        return Cosigning(
            policy=self.policy,
            callers=self.callers,
            log=log,
            kept=self.kept,
            journal=journal,
            interval_seconds=settings.log.witness_interval_seconds,
            alarm_seconds=settings.log.witness_alarm_seconds,
            on_stop=self.close,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        if self.client is not None:
            await self.client.aclose()


def open_witnesses(settings: Settings, keys: Sequence[NoteVerifier]) -> Witnesses:
    """The witnesses of `log.witness_policy_file`.

    Args:
        settings: with the file and the time limits.
        keys: the log's own keys.

    Raises:
        DirectoryError: the file cannot be read.
        TrustPolicyError: it cannot be read, or an address in it is not one that secrets may go to.
    """
    listed = read_witnesses(settings)
    policy = replace(listed, logs=tuple(map(KnownLog, keys)))
    reachable = [each for each in listed.witnesses if each.url is not None]
    client = open_client(settings.log.witness_timeout_seconds) if reachable else None
    callers = tuple(WitnessCaller(each, client) for each in reachable if client is not None)
    return Witnesses(policy, callers, client, WitnessedFile(settings.directory / "witnessed", policy))


def read_witnesses(settings: Settings) -> TrustPolicy:
    """What `log.witness_policy_file` says; without the file, nobody.

    Raises:
        DirectoryError: the file cannot be read.
        TrustPolicyError: it cannot be read, or an address in it is not one that secrets may go to.
    """
    file = settings.log.witness_policy_file
    return TrustPolicy() if file is None else _read(file)


def _read(file: Path) -> TrustPolicy:
    try:
        listed = read_trust_policy(file.read_bytes())
    except OSError as exc:
        raise DirectoryError("the trust policy cannot be read") from exc
    for witness in listed.witnesses:
        try:
            check_url(witness.url or "https://unused.example")
        except ValueError:
            raise TrustPolicyError(
                "the address of a witness is https, or plain http to this machine"
            ) from None
    return listed
