"""The consent ledger in SQL: `consent.ConsentLedger`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from consent import (
    GRANTS,
    ConsentChange,
    ConsentEvent,
    ConsentRecord,
    KeyFate,
    PersonRow,
    Stamp,
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
from privacy import SubjectRef

EVENT_ID_BYTES = 16

_CHUNK = 10_000


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
            subject_id = _id_of(connection, subject)
            if subject_id is None:
                subject_id = self._arrive(connection, subject, now, arrival_keys)
            records = _records_of(connection, subject_id)
            events = []
            for change in changes:
                event_id = self._wrapping.entropy(EVENT_ID_BYTES)
                stamp = Stamp(0, event_id, subject, subject_id, now, source)
                before = records.get(change.purpose)
                event = self._record_one(connection, change, before, stamp)
                records[change.purpose] = record_of(event, before)
                events.append(event)
            return events

        return self._database.write(work, reserved=not any(change.status in GRANTS for change in changes))

    def person_of(self, subject: SubjectRef) -> PersonRow | None:
        """See the port."""

        def work(connection: Connection) -> PersonRow | None:
            query = select(PERSON.c.subject_id, PERSON.c.evidence_key).where(PERSON.c.subject == subject)
            row = connection.execute(query).one_or_none()
            if row is None:
                return None
            key = self._wrapping.evidence_key(subject, row.evidence_key)
            return PersonRow(subject, row.subject_id, key, _records_of(connection, row.subject_id))

        return self._database.read(work)

    def records_of(self, subject: SubjectRef) -> Mapping[str, ConsentRecord] | None:
        """See the port."""

        def work(connection: Connection) -> dict[str, ConsentRecord] | None:
            subject_id = _id_of(connection, subject)
            return None if subject_id is None else _records_of(connection, subject_id)

        return self._database.read(work)

    def history_of(self, subject: SubjectRef) -> list[ConsentEvent]:
        """See the port."""
        query = select_events().where(PERSON.c.subject == subject)
        return self._database.read(lambda connection: [event_from(row) for row in connection.execute(query)])

    def unsequenced(self) -> list[ConsentEvent]:
        """See the port."""
        query = select_events().where(EVENT.c.log_index.is_(None))
        return self._database.read(lambda connection: [event_from(row) for row in connection.execute(query)])

    def mark_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See the port."""
        if not indexes:
            return
        rows = [{"of_seq": seq, "at_index": index} for seq, index in indexes.items()]
        waiting = EVENT.c.log_index.is_(None)
        events = (
            update(EVENT)
            .where(EVENT.c.seq == bindparam("of_seq"), waiting)
            .values(log_index=bindparam("at_index"))
        )
        owner = select(EVENT.c.subject_id).where(EVENT.c.seq == bindparam("of_seq")).scalar_subquery()
        states = (
            update(STATE)
            .where(STATE.c.subject_id == owner, STATE.c.seq == bindparam("of_seq"))
            .values(sequenced=True)
        )

        def work(connection: Connection) -> None:
            connection.execute(events, rows)
            connection.execute(states, [{"of_seq": seq} for seq in indexes])

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

    def _arrive(self, connection: Connection, subject: SubjectRef, now: int, purposes: Sequence[str]) -> int:
        _, wrapped = self._wrapping.new_evidence_key(subject)
        new = insert(PERSON).values(subject=subject, evidence_key=wrapped, created_at=now)
        subject_id: int = connection.execute(new.returning(PERSON.c.subject_id)).scalar_one()
        for purpose in purposes:
            self._set_key(connection, subject_id, purpose)
        return subject_id

    def _record_one(
        self, connection: Connection, change: ConsentChange, before: ConsentRecord | None, stamp: Stamp
    ) -> ConsentEvent:
        step = next_step(before, change, stamp.recorded_at)
        event = event_of(change, step, stamp)
        seq: int = connection.execute(
            insert(EVENT).values(event_values(event)).returning(EVENT.c.seq)
        ).scalar_one()
        event = msgspec.structs.replace(event, seq=seq)
        values = record_values(record_of(event, before))
        key = {"subject_id": event.subject_id, "purpose": event.purpose}
        if before is None:
            connection.execute(insert(STATE).values(**key, **values))
        else:
            here = (STATE.c.subject_id == event.subject_id, STATE.c.purpose == event.purpose)
            connection.execute(update(STATE).where(*here).values(values))
        if step.key is KeyFate.DESTROY:
            _destroy_key(connection, event.subject_id, event.purpose)
        elif step.key is KeyFate.FRESH:
            self._set_key(connection, event.subject_id, event.purpose)
        return event

    def _set_key(self, connection: Connection, subject_id: int, purpose: str) -> None:
        _destroy_key(connection, subject_id, purpose)
        wrapped = self._wrapping.new_signal_key(subject_id, purpose)
        connection.execute(insert(SIGNAL_KEY).values(subject_id=subject_id, purpose=purpose, wrapped=wrapped))


def _id_of(connection: Connection, subject: SubjectRef) -> int | None:
    query = select(PERSON.c.subject_id).where(PERSON.c.subject == subject)
    found: int | None = connection.execute(query).scalar_one_or_none()
    return found


def _records_of(connection: Connection, subject_id: int) -> dict[str, ConsentRecord]:
    rows = connection.execute(select(*STATE_COLUMNS).where(STATE.c.subject_id == subject_id))
    return {row[1]: record_from(row) for row in rows}


def _destroy_key(connection: Connection, subject_id: int, purpose: str) -> None:
    here = (SIGNAL_KEY.c.subject_id == subject_id, SIGNAL_KEY.c.purpose == purpose)
    connection.execute(delete(SIGNAL_KEY).where(*here))


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
