"""The in-memory records: every consent port in one object. Complete, but nothing survives the process.

For tests and demonstrations. It keeps the same contracts as the durable stores, and checks its caller as strictly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from consent.admission import WriteRefusal
from consent.ledger import KeyFate, Stamp, agrees, event_of, next_step, record_of
from consent.model import GRANTS, ConsentChange, ConsentEvent, ConsentRecord
from consent.ports import NOBODY_ROW, CallResult, Erasure, Judge, Link, PersonRow, Recorded
from privacy import (
    AGING_KEY_BYTES,
    KEY_BYTES,
    AgingKey,
    Entropy,
    KeyRing,
    SubjectRef,
    day_of,
    key_fingerprint,
)

EVENT_ID_BYTES = 16


@dataclass(slots=True)
class _Person:
    """Everything kept of one person."""

    subject: SubjectRef
    subject_id: int
    evidence_key: bytes
    records: dict[str, ConsentRecord] = field(default_factory=dict)
    keys: dict[str, AgingKey] = field(default_factory=dict)


class MemoryRecords:
    """`ConsentLedger`, `SubjectKeys`, `Links`, `Erasures` and `CallGroups`, in memory."""

    def __init__(self, entropy: Entropy) -> None:
        """Start empty.

        Args:
            entropy: gives random bytes.
        """
        self._entropy = entropy
        self._lock = threading.RLock()
        self._people: dict[SubjectRef, _Person] = {}
        self._events: dict[int, ConsentEvent] = {}
        self._links: dict[SubjectRef, Link] = {}
        self._erasures: dict[int, Erasure] = {}
        self._when_erased: list[Callable[[SubjectRef, Erasure], None]] = []
        self._last_seq = 0
        self._last_subject_id = 0

    def record(
        self,
        subject: SubjectRef,
        changes: Sequence[ConsentChange],
        *,
        now: int,
        source: str,
        arrival_keys: Sequence[str] = (),
    ) -> list[ConsentEvent]:
        """See `ConsentLedger.record`."""
        if not changes:
            raise ValueError("there is nothing to record")
        with self._lock:
            person = self._people.get(subject)
            if person is None:
                person = _Person(subject, self._last_subject_id + 1, self._entropy(KEY_BYTES))
                person.keys = {purpose: self._new_key(now) for purpose in arrival_keys}
            events: list[ConsentEvent] = []
            records, keys = dict(person.records), dict(person.keys)
            for change in changes:
                before = records.get(change.purpose)
                step = next_step(before, change, now)
                seq = self._last_seq + len(events) + 1
                event_id = self._entropy(EVENT_ID_BYTES)
                events.append(
                    event_of(change, step, Stamp(seq, event_id, subject, person.subject_id, now, source))
                )
                records[change.purpose] = record_of(events[-1], before)
                if step.key is KeyFate.FRESH:
                    keys[change.purpose] = self._new_key(now)
                elif step.key is KeyFate.DESTROY:
                    keys.pop(change.purpose, None)
            person.records, person.keys = records, keys
            self._people[subject] = person
            self._last_subject_id = max(self._last_subject_id, person.subject_id)
            self._last_seq += len(events)
            self._events.update({event.seq: event for event in events})
            return events

    def change(
        self, subject: SubjectRef, judge: Judge, *, now: int, source: str, reserved: bool
    ) -> Recorded | WriteRefusal:
        """See `ConsentLedger.change`."""
        with self._lock:
            verdict = judge(self.records_of(subject))
            if isinstance(verdict, WriteRefusal):
                return verdict
            if reserved and any(change.status in GRANTS for change in verdict.changes):
                raise ValueError("the reserved space is for denials")
            keys = verdict.arrival_keys
            events = self.record(subject, verdict.changes, now=now, source=source, arrival_keys=keys)
            return Recorded(events, _row_of(self._people[subject]))

    def together(self, calls: Sequence[Callable[[], object]]) -> list[CallResult]:
        """See `CallGroups.together`."""
        with self._lock:
            return [CallResult.of(call) for call in calls]

    def person_of(self, subject: SubjectRef) -> PersonRow | None:
        """See `ConsentLedger.person_of`."""
        with self._lock:
            person = self._people.get(subject)
            return None if person is None else _row_of(person)

    def records_of(self, subject: SubjectRef) -> Mapping[str, ConsentRecord] | None:
        """See `ConsentLedger.records_of`."""
        person = self.person_of(subject)
        return None if person is None else person.records

    def history_of(self, subject: SubjectRef) -> list[ConsentEvent]:
        """See `ConsentLedger.history_of`."""
        with self._lock:
            return [event for event in self._events.values() if event.subject == subject]

    def event(self, event_id: bytes) -> ConsentEvent | None:
        """See `ConsentLedger.event`."""
        with self._lock:
            return next((event for event in self._events.values() if event.event_id == event_id), None)

    def unsequenced(self) -> list[ConsentEvent]:
        """See `ConsentLedger.unsequenced`."""
        with self._lock:
            return [event for event in self._events.values() if event.log_index is None]

    def mark_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See `ConsentLedger.mark_sequenced`."""
        with self._lock:
            for seq, index in indexes.items():
                event = self._events.get(seq)
                if event is None or event.log_index is not None:
                    continue
                self._events[seq] = msgspec.structs.replace(event, log_index=index)
                records = self._people[event.subject].records
                if records[event.purpose].seq == seq:
                    records[event.purpose] = msgspec.structs.replace(records[event.purpose], sequenced=True)

    def load_people(self) -> Iterator[PersonRow]:
        """See `ConsentLedger.load_people`."""
        with self._lock:
            rows = [_row_of(person) for person in self._people.values()]
        return iter(sorted(rows, key=lambda row: row.subject_id))

    def mismatches(self) -> list[int]:
        """See `ConsentLedger.mismatches`."""
        with self._lock:
            people = list(self._people.values())
            return [
                each.subject_id for each in people if not agrees(self.history_of(each.subject), each.records)
            ]

    def signal_keys(
        self, subject_ids: Sequence[int], bits: Mapping[str, int]
    ) -> dict[int, dict[int, AgingKey]]:
        """See `SubjectKeys.signal_keys`."""
        wanted = set(subject_ids)
        with self._lock:
            people = [person for person in self._people.values() if person.subject_id in wanted]
        answer = {}
        for each in people:
            keys = {bits[purpose]: key for purpose, key in each.keys.items() if purpose in bits}
            if keys:
                answer[each.subject_id] = keys
        return answer

    def age(self, purpose: str, *, older_than: int, first_day: int, at_most: int) -> int:
        """See `SubjectKeys.age`."""
        with self._lock:
            old = [
                person
                for person in self._people.values()
                if purpose in person.keys and person.keys[purpose].first_day < older_than
            ][:at_most]
            for person in old:
                person.keys = {**person.keys, purpose: person.keys[purpose].since(first_day)}
        return len(old)

    def rewrap(self, ring: KeyRing) -> int:  # noqa: ARG002 (the port's signature)
        """See `SubjectKeys.rewrap`: nothing is wrapped in memory."""
        return 0

    def count_older(self) -> int:
        """See `SubjectKeys.count_older`."""
        return 0

    def link(self, link: Link) -> None:
        """See `Links.link`."""
        with self._lock:
            self._links[link.anonymous] = link

    def unlink(self, anonymous: SubjectRef) -> bool:
        """See `Links.unlink`."""
        with self._lock:
            return self._links.pop(anonymous, None) is not None

    def load_links(self) -> Iterator[Link]:
        """See `Links.load_links`."""
        with self._lock:
            return iter(sorted(self._links.values(), key=lambda link: link.anonymous))

    def erase(self, subject: SubjectRef, *, now: int) -> Erasure:
        """See `Erasures.erase`."""
        with self._lock:
            self._links = {
                anonymous: link
                for anonymous, link in self._links.items()
                if subject not in (anonymous, link.known)
            }
            person = self._people.pop(subject, None)
            if person is None:
                subject_id, key = NOBODY_ROW, self._entropy(KEY_BYTES)
            else:
                subject_id, key = person.subject_id, person.evidence_key
            self._events = {seq: event for seq, event in self._events.items() if event.subject != subject}
            erasure = Erasure(len(self._erasures) + 1, subject_id, key_fingerprint(key), now, None)
            self._erasures[erasure.erasure_id] = erasure
            for tell in self._when_erased:
                tell(subject, erasure)
            return erasure

    def when_erased(self, tell: Callable[[SubjectRef, Erasure], None]) -> None:
        """Tell whoever keeps something of people beside these records, before `erase` returns."""
        self._when_erased.append(tell)

    def unsequenced_erasures(self) -> list[Erasure]:
        """See `Erasures.unsequenced_erasures`."""
        with self._lock:
            return [erasure for erasure in self._erasures.values() if erasure.log_index is None]

    def destroyed_keys(self) -> list[bytes]:
        """See `Erasures.destroyed_keys`."""
        with self._lock:
            return [each.fingerprint for each in self._erasures.values() if each.subject_id != NOBODY_ROW]

    def mark_erasures_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See `Erasures.mark_erasures_sequenced`."""
        with self._lock:
            for erasure_id, index in indexes.items():
                erasure = self._erasures.get(erasure_id)
                if erasure is not None and erasure.log_index is None:
                    self._erasures[erasure_id] = msgspec.structs.replace(erasure, log_index=index)

    def _new_key(self, now: int) -> AgingKey:
        return AgingKey(day_of(now), self._entropy(AGING_KEY_BYTES))


def _row_of(person: _Person) -> PersonRow:
    return PersonRow(person.subject, person.subject_id, person.evidence_key, dict(person.records))
