"""The ledger, with what a backup must not undo kept apart from it: `consent.ConsentLedger` around the one of the store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from consent import (
    ConsentChange,
    ConsentEvent,
    ConsentLedger,
    ConsentRecord,
    Judge,
    KeptDenial,
    PersonRow,
    Recorded,
    WriteRefusal,
    kept_of,
)
from gateway.lasting.denied_list import DeniedList
from gateway.lasting.kept_refusals import RefusalMarks
from privacy import SubjectRef


class LastingLedger:
    """Every call is the ledger's; a denial is on the list before the call returns."""

    def __init__(self, ledger: ConsentLedger, denied: DeniedList, marks: RefusalMarks) -> None:
        """Record in `ledger`, and keep denials on `denied`, by `marks` also those by people themselves."""
        self._ledger = ledger
        self._denied = denied
        self._marks = marks

    def record(
        self,
        subject: SubjectRef,
        changes: Sequence[ConsentChange],
        *,
        now: int,
        source: str,
        arrival_keys: Sequence[str] = (),
    ) -> list[ConsentEvent]:
        """See the port."""
        events = self._ledger.record(subject, changes, now=now, source=source, arrival_keys=arrival_keys)
        denials = _denials(events)
        person = self._ledger.person_of(subject) if denials else None
        if person is not None:
            self._denied.add(person.evidence_key, denials)
            self._marks.note(self._marks.missing(subject, denials), now)
        return events

    def change(
        self, subject: SubjectRef, judge: Judge, *, now: int, source: str, reserved: bool
    ) -> Recorded | WriteRefusal:
        """See the port."""
        recorded = self._ledger.change(subject, judge, now=now, source=source, reserved=reserved)
        if isinstance(recorded, Recorded):
            denials = _denials(recorded.events)
            self._denied.add(recorded.person.evidence_key, denials)
            self._marks.note(self._marks.missing(subject, denials), now)
        return recorded

    def person_of(self, subject: SubjectRef) -> PersonRow | None:
        """See the port."""
        return self._ledger.person_of(subject)

    def records_of(self, subject: SubjectRef) -> Mapping[str, ConsentRecord] | None:
        """See the port."""
        return self._ledger.records_of(subject)

    def history_of(self, subject: SubjectRef) -> list[ConsentEvent]:
        """See the port."""
        return self._ledger.history_of(subject)

    def event(self, event_id: bytes) -> ConsentEvent | None:
        """See the port."""
        return self._ledger.event(event_id)

    def unsequenced(self) -> list[ConsentEvent]:
        """See the port."""
        return self._ledger.unsequenced()

    def mark_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See the port."""
        self._ledger.mark_sequenced(indexes)

    def load_people(self) -> Iterator[PersonRow]:
        """See the port."""
        return self._ledger.load_people()

    def mismatches(self) -> list[int]:
        """See the port."""
        return self._ledger.mismatches()


def _denials(events: Sequence[ConsentEvent]) -> list[KeptDenial]:
    return [kept for kept in map(kept_of, events) if kept is not None]
