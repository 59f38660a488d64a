"""Announcing what goes of the log, with the gateway stopped: the first half of `volens audit prune`.

Bundles go by the age that was asked for. Segments of the write-ahead log, with what is sealed in them, stay at least as long as
any purpose keeps its signals and duplicates are told: from then on nothing is learnt from them again, because the days' keys are
destroyed. So a start that reads what is left comes to the same state as one that read everything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audit import (
    Announcement,
    Kind,
    Minimum,
    Outcome,
    Record,
    oldest_kept,
    oldest_segment_kept,
    past_base,
    prepare_base,
    read_announced,
)
from consent import Policy
from gateway.evidence.first_numbers import FirstNumbers, pack_numbers
from gateway.memory.owners import TagFollower
from gateway.parts import Stopped
from gateway.settings.reading import Settings
from privacy import DAY_SECONDS

_MARGIN_DAYS = 2
"""Days of events and of keys are not the same, and times in the log are rounded."""


@dataclass(frozen=True, slots=True)
class Due:
    """What may go."""

    index: int
    """Bundles below this index."""
    first: int
    """Segments below this one."""
    said: Minimum
    """What was announced before."""
    known: int
    """Segments below this index went before."""

    @property
    def is_more(self) -> bool:
        """Whether more may go than was announced."""
        return self.index > self.said.index or self.first > self.known


def find_due(settings: Settings, policy: Policy, days: int, now: int) -> Due:
    """What of a stopped gateway's log is older than so many `days` at `now` (unix seconds), and needed no more.

    Raises:
        CorruptionError: the log cannot be read.
    """
    log = settings.directory / "log"
    base = past_base(log)
    known = 0 if base is None else base.head.first
    index = oldest_kept(log, now - days * DAY_SECONDS)
    first = oldest_segment_kept(
        log, now - max(days, days_needed(settings, policy)) * DAY_SECONDS, known, index
    )
    return Due(index, first, read_announced(log), known)


def days_needed(settings: Settings, policy: Policy) -> int:
    """For how many days something may still follow from what is sealed in the log."""
    learnt = max((purpose.retention_days for purpose in policy.purposes), default=0)
    return max(learnt, settings.dedupe.window_hours // 24) + _MARGIN_DAYS


async def announce(stopped: Stopped, log: Path, due: Due, *, now: int) -> Minimum:
    """Write what is to stay, and let the log say what goes; published when the log is closed.

    Args:
        stopped: the log of a gateway that does not run.
        log: its directory.
        due: what goes.
        now: unix seconds.

    Raises:
        AuditError, OSError: the log could not take it; nothing may be deleted.
    """
    base = stopped.sequencer.base
    digest = "" if base is None else base.digest
    if due.first > due.known:
        digest = _write_what_stays(stopped, log, due.first)
    said = Announcement(due.index, due.first, digest)
    entry = stopped.writer.plain(Kind.RETENTION, Outcome.DONE, now, said.detail())
    place = stopped.sequencer.append(entry, reserved=True)
    await stopped.sequencer.wait_durable()
    return Minimum(due.index, place)


def _write_what_stays(stopped: Stopped, log: Path, first: int) -> str:
    """With the running numbers that people's entries go on with."""
    base = stopped.sequencer.base
    rows = ((row.subject, row.subject_id, row.evidence_key) for row in stopped.people())
    known = FirstNumbers(base).people(rows)
    follower = TagFollower(known)

    def follow(records: list[Record]) -> None:
        for _, entry, _ in records:
            follower.owner_of(entry)

    return prepare_base(log, first, base, follow, lambda: pack_numbers(known))
