"""The ledger's arithmetic: how one change follows another, and how events fold into records. Pure.

- Order is the ledger's own `seq`, never a client's clock.
- The epoch of a person and purpose rises by one with every change.
- A grant that continues one in force (same version, same legal basis, not run out) is `renewed` and keeps the signal key; any
  other grant is `given` and gets a fresh one. So what was sealed before a withdrawal, an expiry, a new version or on another
  ground can never be opened again.
- State is the fold of the events, and nothing else: every adapter is checked against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum
from typing import NamedTuple

from consent.errors import OvertakenError, StoreCorruptError
from consent.model import (
    DENIALS,
    ENDINGS,
    GRANTS,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Status,
    stronger,
)
from privacy import SubjectRef


class KeyFate(Enum):
    """What becomes of a purpose's signal key."""

    KEEP = "keep"
    FRESH = "fresh"
    DESTROY = "destroy"


class Step(NamedTuple):
    """How a change is recorded."""

    status: Status
    """The status to record."""
    epoch: int
    """The epoch it gets."""
    key: KeyFate
    """What becomes of the signal key, in the same transaction."""


def next_step(before: ConsentRecord | None, change: ConsentChange, now: int) -> Step:
    """How a change follows what was.

    Args:
        before: the record so far; None when there is none.
        change: what is asked for.
        now: unix seconds.

    Raises:
        OvertakenError: the change was judged after another epoch than the one that was reached.
    """
    reached = 0 if before is None else before.epoch
    if change.follows is not None and change.follows != reached:
        raise OvertakenError("another change came first")
    epoch = reached + 1
    if change.status in GRANTS:
        if before is not None and _continues(before, change, now):
            return Step(Status.RENEWED, epoch, KeyFate.KEEP)
        return Step(Status.GIVEN, epoch, KeyFate.FRESH if change.keyed else KeyFate.KEEP)
    if change.status in ENDINGS and change.keyed:
        return Step(change.status, epoch, KeyFate.DESTROY)
    return Step(change.status, epoch, KeyFate.KEEP)


class Stamp(NamedTuple):
    """What an event gets from the ledger rather than from the change."""

    seq: int
    """Its place in the order; 0 while the store has not given it."""
    event_id: bytes
    """16 random bytes."""
    subject: SubjectRef
    """Whose consent it is."""
    subject_id: int
    """The person's row."""
    recorded_at: int
    """Now, unix seconds."""
    source: str
    """Which source wrote it."""


def event_of(change: ConsentChange, step: Step, stamp: Stamp) -> ConsentEvent:
    """The event that records a change."""
    return ConsentEvent(
        seq=stamp.seq,
        event_id=stamp.event_id,
        subject=stamp.subject,
        subject_id=stamp.subject_id,
        purpose=change.purpose,
        status=step.status,
        version=change.version,
        epoch=step.epoch,
        evidence=change.evidence,
        actor=change.actor,
        method=change.method,
        locale=change.locale,
        notice_version=change.notice_version,
        occurred_at=change.occurred_at,
        recorded_at=stamp.recorded_at,
        valid_until=change.valid_until,
        source=stamp.source,
        notice=change.notice,
        ui_variant=change.ui_variant,
        jurisdiction=change.jurisdiction,
        assurance=change.assurance,
        age_band=change.age_band,
    )


def record_of(event: ConsentEvent, before: ConsentRecord | None) -> ConsentRecord:
    """Where a person stands after an event that followed `before`."""
    evidence = event.evidence
    if before is not None and before.status in DENIALS and event.status in DENIALS:
        evidence = stronger(evidence, before.evidence)
    return ConsentRecord(
        event.purpose,
        event.status,
        event.version,
        event.epoch,
        event.seq,
        evidence,
        event.occurred_at,
        event.recorded_at,
        event.valid_until,
        event.log_index is not None,
        event.notice,
    )


def fold(events: Iterable[ConsentEvent]) -> dict[str, ConsentRecord]:
    """One person's events, in order, as records by purpose.

    Raises:
        StoreCorruptError: the order or the epochs do not rise as they must, or the events are of several people.
    """
    records: dict[str, ConsentRecord] = {}
    seq, subject_id = 0, None
    for event in events:
        before = records.get(event.purpose)
        if event.seq <= seq or event.epoch != (1 if before is None else before.epoch + 1):
            raise StoreCorruptError("the ledger's events are not in order")
        if subject_id not in (None, event.subject_id):
            raise StoreCorruptError("the ledger's events are of several people")
        seq, subject_id = event.seq, event.subject_id
        records[event.purpose] = record_of(event, before)
    return records


def agrees(events: Iterable[ConsentEvent], records: Mapping[str, ConsentRecord]) -> bool:
    """Whether stored records are the fold of the stored events."""
    try:
        return fold(events) == dict(records)
    except StoreCorruptError:
        return False


def _continues(before: ConsentRecord, change: ConsentChange, now: int) -> bool:
    in_force = before.valid_until is None or now < before.valid_until
    same = before.version == change.version and not change.anew
    return before.status in GRANTS and same and in_force
