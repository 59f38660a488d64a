"""Showing our log to witnesses: at intervals, whenever there is a checkpoint that not enough of them have cosigned.

Publication does not wait for anybody. What enough of them have cosigned is kept as a second checkpoint, in
`DIR/witnessed/checkpoint`, and proofs are made against that one as soon as it covers the entry. Too few cosignatures for too
long, and a witness that knows another history, are told in the journal and in the metrics.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from time import monotonic

from audit import (
    Checkpoint,
    CorruptionError,
    KnownWitness,
    NoteError,
    Submission,
    TrustPolicy,
    open_note,
    parse_checkpoint,
    parse_signature_line,
    read_witnessed,
    write_signature_line,
)
from gateway.receipts.published_log import PublishedLog
from gateway.recurring import Recurring
from gateway.telemetry.journal import Happening, Journal
from gateway.witness.asking import Behind, Heard, Unheard, WitnessCaller
from gateway.witness.witnessed_file import WitnessedFile


class Cosigning:
    """Collects cosignatures. Lives on the event loop; files are read and written in a thread."""

    def __init__(  # noqa: PLR0913  # everything it stands between
        self,
        *,
        policy: TrustPolicy,
        callers: Sequence[WitnessCaller],
        log: PublishedLog,
        kept: WitnessedFile,
        journal: Journal,
        interval_seconds: float,
        alarm_seconds: float,
        on_stop: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """Show `log` to `callers` every `interval_seconds`; `policy` has the log's own keys and the quorum.

        Whoever had it opened is told of its end by `on_stop`.
        """
        self._policy = policy
        self._callers = tuple(callers)
        self._log = log
        self._kept = kept
        self._journal = journal
        self._alarm = alarm_seconds
        self._on_stop = on_stop
        self._known: dict[str, int] = {}  # by witness: the size it cosigned last
        self._waiting_since: float | None = None
        self._is_alarmed = False
        self._told: set[tuple[str, Unheard]] = set()
        self._rounds = Recurring(self.run_round, interval_seconds, at_once=True)
        self.conflicts = 0
        """How often a witness knew another history."""

    @property
    def size(self) -> int:
        """Entries that enough witnesses have seen."""
        return self._kept.size

    def unwitnessed_seconds(self) -> float:
        """How long a published checkpoint has waited for enough cosignatures; 0 if none does."""
        return 0.0 if self._waiting_since is None else monotonic() - self._waiting_since

    def start(self) -> None:
        """Begin to ask for cosignatures."""
        self._rounds.start()

    async def stop(self) -> None:
        """End the task and wait for it."""
        await self._rounds.stop()
        if self._on_stop is not None:
            await self._on_stop()

    async def run_round(self) -> None:
        """Show the newest checkpoint to everybody, if enough have not cosigned it yet."""
        try:
            note = await asyncio.to_thread(self._log.newest)
            text = open_note(note, self._log.verifiers()).text
        except (OSError, NoteError):
            return  # nothing is published yet
        checkpoint = parse_checkpoint(text)
        if checkpoint.size > self._kept.size:
            self._waiting_since = self._waiting_since or monotonic()
            heard = await asyncio.gather(*(self._show(each, note, checkpoint) for each in self._callers))
            await self._merge(note, text, [each for each in heard if isinstance(each, bytes)])
        self._tell_alarm()

    async def _show(self, caller: WitnessCaller, note: bytes, checkpoint: Checkpoint) -> Heard:
        name = caller.witness.name
        heard: Heard = Unheard.UNREACHABLE
        for _ in range(2):  # the second time from the size that the witness named
            old = self._known.get(name, 0)
            heard = (
                Unheard.AHEAD if old > checkpoint.size else await self._submit(caller, old, note, checkpoint)
            )
            if not isinstance(heard, Behind):
                break
            self._known[name], heard = heard.size, Unheard.UNREACHABLE
        if self._known.get(name, 0) > checkpoint.size:
            heard = Unheard.AHEAD
            self._known.pop(name)  # asked anew the next time
        if isinstance(heard, bytes):
            self._known[name] = checkpoint.size
        self._tell_heard(caller.witness, heard)
        return heard

    async def _submit(self, caller: WitnessCaller, old: int, note: bytes, checkpoint: Checkpoint) -> Heard:
        try:
            proof = await asyncio.to_thread(self._log.prove_consistency, old, checkpoint.size)
        except CorruptionError:  # a newer checkpoint has replaced partial tiles: the next round is about that
            return Unheard.UNREACHABLE
        return await caller.add(Submission(old, tuple(proof), note).text())

    async def _merge(self, note: bytes, text: str, answers: Sequence[bytes]) -> None:
        policy = self._policy
        lines: dict[tuple[str, bytes], bytes] = {}
        for answer in answers:
            for line in answer.decode().splitlines():
                signature = parse_signature_line(line)
                for witness in policy.witnesses:
                    key = witness.verifier
                    if (key.name, key.key_id) == (signature.name, signature.key_id) and key.verify(
                        text, signature.value
                    ):
                        lines[key.name, key.key_id] = write_signature_line(signature).encode()
        whole = note + b"".join(lines.values())
        try:
            is_enough = read_witnessed(whole, policy).is_enough
        except NoteError:
            return  # our own signature is not one of the policy's: nothing that we could prove
        if is_enough:
            with suppress(OSError):  # no room: it counts as unwitnessed, and is asked for again
                await asyncio.to_thread(self._kept.keep, whole)
                self._waiting_since = None

    def _tell_heard(self, witness: KnownWitness, heard: Heard) -> None:
        """A witness that knows another history is told once, until it is heard again."""
        if isinstance(heard, Unheard) and heard.is_alarming:
            self.conflicts += 1
            if (witness.name, heard) not in self._told:
                self._told.add((witness.name, heard))
                self._journal.write(Happening.WITNESS_DISAGREES, reason=heard.value)
        elif isinstance(heard, bytes):
            self._told = {each for each in self._told if each[0] != witness.name}

    def _tell_alarm(self) -> None:
        is_overdue = self.unwitnessed_seconds() > self._alarm
        if is_overdue is not self._is_alarmed:
            self._is_alarmed = is_overdue
            self._journal.write(Happening.WITNESSES_MISSING if is_overdue else Happening.WITNESSES_BACK)
