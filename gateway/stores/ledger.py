"""The consent ledger in SQL: `consent.ConsentLedger`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import BindParameter, Connection, bindparam, delete, insert, select, update

from consent import (
    GRANTS,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    Judge,
    KeyFate,
    PersonRow,
    Recorded,
    Stamp,
    WriteRefusal,
    agrees,
    event_of,
    next_step,
    record_of,
)
from gateway.stores.adapter import RecordsAdapter
from gateway.stores.rows import (
    STATE_COLUMNS,
    event_from,
    event_values,
    record_from,
    record_values,
    select_events,
)
from gateway.stores.tables import EVENT, PERSON, SIGNAL_KEY, STATE
from privacy import SubjectRef, day_of

EVENT_ID_BYTES = 16

_CHUNK = 10_000

# Made once: composing a statement costs as much as running it.
_OF_PERSON: BindParameter[int] = bindparam("of_person")
_OF_PURPOSE: BindParameter[str] = bindparam("of_purpose")
_OF_SEQ: BindParameter[int] = bindparam("of_seq")
_STANDING = (
    select(PERSON.c.subject_id, PERSON.c.evidence_key, *STATE_COLUMNS)
    .join_from(PERSON, STATE, STATE.c.subject_id == PERSON.c.subject_id, isouter=True)
    .where(PERSON.c.subject == bindparam("of_subject"))
)
_NEW_PERSON = insert(PERSON).returning(PERSON.c.subject_id)
_NEW_EVENT = insert(EVENT).returning(EVENT.c.seq)
_NEW_STATE = insert(STATE).values(subject_id=_OF_PERSON, purpose=_OF_PURPOSE)
_NEXT_STATE = update(STATE).where(STATE.c.subject_id == _OF_PERSON, STATE.c.purpose == _OF_PURPOSE)
_NEW_KEY = insert(SIGNAL_KEY)
_NO_KEY = delete(SIGNAL_KEY).where(SIGNAL_KEY.c.subject_id == _OF_PERSON, SIGNAL_KEY.c.purpose == _OF_PURPOSE)
_PLACED = (
    update(EVENT)
    .where(EVENT.c.seq == _OF_SEQ, EVENT.c.log_index.is_(None))
    .values(log_index=bindparam("at_index"))
)
_SEQUENCED = (
    update(STATE)
    .where(
        STATE.c.subject_id == select(EVENT.c.subject_id).where(EVENT.c.seq == _OF_SEQ).scalar_subquery(),
        STATE.c.seq == _OF_SEQ,
    )
    .values(sequenced=True)
)


class SqlLedger(RecordsAdapter):
    """Events, and the records that are their fold."""

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
        if not changes:
            raise ValueError("there is nothing to record")

        def work(connection: Connection) -> list[ConsentEvent]:
            person = self._person(connection, subject)
            person = person or self._arrive(connection, subject, now, arrival_keys)
            return self._record(connection, person, changes, now, source).events

        return self._database.write(work, reserved=not any(change.status in GRANTS for change in changes))

    def change(
        self, subject: SubjectRef, judge: Judge, *, now: int, source: str, reserved: bool
    ) -> Recorded | WriteRefusal:
        """See the port."""

        def work(connection: Connection) -> Recorded | WriteRefusal:
            person = self._person(connection, subject)
            verdict = judge(None if person is None else person.records)
            if isinstance(verdict, WriteRefusal):
                return verdict
            if reserved and any(change.status in GRANTS for change in verdict.changes):
                raise ValueError("the reserved space is for denials")
            person = person or self._arrive(connection, subject, now, verdict.arrival_keys)
            return self._record(connection, person, verdict.changes, now, source)

        return self._database.write(work, reserved=reserved)

    def person_of(self, subject: SubjectRef) -> PersonRow | None:
        """See the port."""
        return self._database.read(partial(self._person, subject=subject))

    def records_of(self, subject: SubjectRef) -> Mapping[str, ConsentRecord] | None:
        """See the port."""
        rows = self._database.read(partial(_standing, subject=subject))
        return _records(rows) if rows else None

    def history_of(self, subject: SubjectRef) -> list[ConsentEvent]:
        """See the port."""
        query = select_events().where(PERSON.c.subject == subject)
        return self._database.read(lambda connection: [event_from(row) for row in connection.execute(query)])

    def event(self, event_id: bytes) -> ConsentEvent | None:
        """See the port."""
        query = select_events().where(EVENT.c.event_id == event_id)
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        return None if row is None else event_from(row)

    def unsequenced(self) -> list[ConsentEvent]:
        """See the port."""
        query = select_events().where(EVENT.c.log_index.is_(None))
        return self._database.read(lambda connection: [event_from(row) for row in connection.execute(query)])

    def mark_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See the port."""
        if not indexes:
            return
        rows = [{"of_seq": seq, "at_index": index} for seq, index in indexes.items()]

        def work(connection: Connection) -> None:
            connection.execute(_PLACED, rows)
            connection.execute(_SEQUENCED, [{"of_seq": seq} for seq in indexes])

        self._database.write(work, reserved=True)

    def load_people(self) -> Iterator[PersonRow]:
        """See the port."""
        after = 0
        while chunk := self._database.read(partial(_people_after, after)):
            people, states = chunk
            records: dict[int, dict[str, ConsentRecord]] = {}
            for state in states:
                records.setdefault(state[0], {})[state[1]] = record_from(state)
            for subject_id, subject, wrapped in people:
                key = self._wrapping.evidence_key(subject, wrapped)
                yield PersonRow(subject, subject_id, key, records.get(subject_id, {}))
            after = people[-1][0]

    def mismatches(self) -> list[int]:
        """See the port."""
        found = []
        after = 0
        while chunk := self._database.read(partial(_histories_after, after)):
            for subject_id, (events, records) in chunk.items():
                if not agrees(events, records):
                    found.append(subject_id)
            after = max(chunk)
        return found

    def _person(self, connection: Connection, subject: SubjectRef) -> PersonRow | None:
        rows = _standing(connection, subject)
        if not rows:
            return None
        subject_id, wrapped = rows[0][:2]
        return PersonRow(subject, subject_id, self._wrapping.evidence_key(subject, wrapped), _records(rows))

    def _arrive(
        self, connection: Connection, subject: SubjectRef, now: int, purposes: Sequence[str]
    ) -> PersonRow:
        key, wrapped = self._wrapping.new_evidence_key(subject)
        values = {"subject": subject, "evidence_key": wrapped, "created_at": now}
        subject_id: int = connection.execute(_NEW_PERSON, values).scalar_one()
        for purpose in purposes:
            self._set_key(connection, subject_id, purpose, now)
        return PersonRow(subject, subject_id, key, {})

    def _record(
        self,
        connection: Connection,
        person: PersonRow,
        changes: Sequence[ConsentChange],
        now: int,
        source: str,
    ) -> Recorded:
        records = dict(person.records)
        events = []
        for change in changes:
            event_id = self._wrapping.entropy(EVENT_ID_BYTES)
            stamp = Stamp(0, event_id, person.subject, person.subject_id, now, source)
            before = records.get(change.purpose)
            event = self._record_one(connection, change, before, stamp)
            records[change.purpose] = record_of(event, before)
            events.append(event)
        return Recorded(events, msgspec.structs.replace(person, records=records))

    def _record_one(
        self, connection: Connection, change: ConsentChange, before: ConsentRecord | None, stamp: Stamp
    ) -> ConsentEvent:
        step = next_step(before, change, stamp.recorded_at)
        event = event_of(change, step, stamp)
        seq: int = connection.execute(_NEW_EVENT, event_values(event)).scalar_one()
        event = msgspec.structs.replace(event, seq=seq)
        values = record_values(record_of(event, before))
        values.update(of_person=event.subject_id, of_purpose=event.purpose)
        connection.execute(_NEW_STATE if before is None else _NEXT_STATE, values)
        if step.key is KeyFate.DESTROY:
            _destroy_key(connection, event.subject_id, event.purpose)
        elif step.key is KeyFate.FRESH:
            self._set_key(connection, event.subject_id, event.purpose, stamp.recorded_at)
        return event

    def _set_key(self, connection: Connection, subject_id: int, purpose: str, now: int) -> None:
        _destroy_key(connection, subject_id, purpose)
        wrapped = self._wrapping.new_signal_key(subject_id, purpose)
        values = {"subject_id": subject_id, "purpose": purpose, "first_day": day_of(now), "wrapped": wrapped}
        connection.execute(_NEW_KEY, values)


def _standing(connection: Connection, subject: SubjectRef) -> Sequence[Sequence[Any]]:
    """A person's row, once for each record, or once without any; empty if nobody is known."""
    return connection.execute(_STANDING, {"of_subject": subject}).all()


def _records(rows: Sequence[Sequence[Any]]) -> dict[str, ConsentRecord]:
    return {row[3]: record_from(row[2:]) for row in rows if row[3] is not None}


def _destroy_key(connection: Connection, subject_id: int, purpose: str) -> None:
    connection.execute(_NO_KEY, {"of_person": subject_id, "of_purpose": purpose})


_People = Sequence[tuple[int, SubjectRef, bytes]]
_States = Sequence[Sequence[Any]]


def _people_after(after: int, connection: Connection) -> tuple[_People, _States] | None:
    columns = (PERSON.c.subject_id, PERSON.c.subject, PERSON.c.evidence_key)
    query = select(*columns).where(PERSON.c.subject_id > after).order_by(PERSON.c.subject_id).limit(_CHUNK)
    people = connection.execute(query).all()
    if not people:
        return None
    within = STATE.c.subject_id.between(people[0][0], people[-1][0])
    states = connection.execute(select(*STATE_COLUMNS).where(within)).all()
    return [(row[0], SubjectRef(row[1]), row[2]) for row in people], states


_Histories = dict[int, tuple[list[ConsentEvent], dict[str, ConsentRecord]]]


def _histories_after(after: int, connection: Connection) -> _Histories:
    query = (
        select(PERSON.c.subject_id)
        .where(PERSON.c.subject_id > after)
        .order_by(PERSON.c.subject_id)
        .limit(_CHUNK)
    )
    ids = connection.execute(query).scalars().all()
    if not ids:
        return {}
    found: _Histories = {subject_id: ([], {}) for subject_id in ids}
    for row in connection.execute(select_events().where(EVENT.c.subject_id.between(ids[0], ids[-1]))):
        found[row.subject_id][0].append(event_from(row))
    for state in connection.execute(
        select(*STATE_COLUMNS).where(STATE.c.subject_id.between(ids[0], ids[-1]))
    ):
        found[state[0]][1][state[1]] = record_from(state)
    return found
