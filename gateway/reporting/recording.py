"""The entry that says what was handed out or done beside a gateway that runs: through its socket, for it alone writes the log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from audit import IntakeClient, Kind, Outcome
from consent import Policy
from gateway.evidence.entries import EntryWriter
from gateway.settings.reading import Settings


def record_beside(
    settings: Settings, policy: Policy, now: Callable[[], int], kind: Kind = Kind.EXPORT
) -> Callable[[Mapping[str, str | int]], int]:
    """Puts an entry of this kind with the details it is given into the log of a gateway that runs; returns its index.

    Raises (when called):
        LogUnavailableError: no gateway runs, or its log takes nothing now.
        IntakeError: whether it was taken is unknown.
    """
    writer = EntryWriter(policy, settings.log.time_granularity_seconds)

    def record(detail: Mapping[str, str | int]) -> int:
        with IntakeClient(settings.intake_socket) as client:
            return client.append(writer.plain(kind, Outcome.DONE, now(), detail))

    return record
