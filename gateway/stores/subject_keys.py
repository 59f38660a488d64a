"""The people's signal keys in SQL: `consent.SubjectKeys`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from sqlalchemy import Connection, Row, bindparam, func, select, tuple_, update

from gateway.stores.adapter import RecordsAdapter
from gateway.stores.tables import PERSON, SIGNAL_KEY
from gateway.stores.wrapping import evidence_owner, signal_owner
from privacy import AgingKey, KeyRing, SubjectRef

_CHUNK = 500
_REWRAP_CHUNK = 5_000


class SqlSubjectKeys(RecordsAdapter):
    """Wrapped keys, and their rotation."""

    def signal_keys(
        self, subject_ids: Sequence[int], bits: Mapping[str, int]
    ) -> dict[int, dict[int, AgingKey]]:
        """See the port."""
        found: dict[int, dict[int, AgingKey]] = {}
        for start in range(0, len(subject_ids), _CHUNK):
            rows = self._database.read(partial(_keys_of, subject_ids[start : start + _CHUNK]))
            for subject_id, purpose, first_day, wrapped in rows:
                bit = bits.get(purpose)
                if bit is not None:
                    key = self._wrapping.signal_key(subject_id, purpose, first_day, wrapped)
                    found.setdefault(subject_id, {})[bit] = key
        return found

    def age(self, purpose: str, *, older_than: int, first_day: int, at_most: int) -> int:
        """See the port."""
        return self._database.write(partial(self._age, purpose, older_than, first_day, at_most))

    def rewrap(self, ring: KeyRing) -> int:
        """See the port."""
        self._wrapping.ring = ring
        done = 0
        after = 0
        while last := self._database.write(partial(self._rewrap_evidence, after)):
            after, count = last
            done += count
        place = (0, "")
        while step := self._database.write(partial(self._rewrap_signal, place)):
            place, count = step
            done += count
        return done

    def count_older(self) -> int:
        """See the port."""
        prefix = self._wrapping.ring.current.prefix

        def work(connection: Connection) -> int:
            count = 0
            for wrapped in (PERSON.c.evidence_key, SIGNAL_KEY.c.wrapped):
                older = select(func.count()).where(func.substr(wrapped, 1, len(prefix)) != prefix)
                count += connection.execute(older).scalar_one()
            return count

        return self._database.read(work)

    def _age(
        self, purpose: str, older_than: int, first_day: int, at_most: int, connection: Connection
    ) -> int:
        query = select(SIGNAL_KEY.c.subject_id, SIGNAL_KEY.c.first_day, SIGNAL_KEY.c.wrapped)
        query = query.where(SIGNAL_KEY.c.purpose == purpose, SIGNAL_KEY.c.first_day < older_than)
        rows = connection.execute(query.order_by(SIGNAL_KEY.c.subject_id).limit(at_most)).all()
        since = self._wrapping.signal_key_since
        values = [
            {"row": row, "fresh": since(row, purpose, day, wrapped, first_day)} for row, day, wrapped in rows
        ]
        if values:
            here = (SIGNAL_KEY.c.subject_id == bindparam("row"), SIGNAL_KEY.c.purpose == purpose)
            moved = update(SIGNAL_KEY).where(*here).values(first_day=first_day, wrapped=bindparam("fresh"))
            connection.execute(moved, values)
        return len(values)

    def _rewrap_evidence(self, after: int, connection: Connection) -> tuple[int, int] | None:
        query = select(PERSON.c.subject_id, PERSON.c.subject, PERSON.c.evidence_key)
        query = query.where(PERSON.c.subject_id > after).order_by(PERSON.c.subject_id).limit(_REWRAP_CHUNK)
        rows = connection.execute(query).all()
        if not rows:
            return None
        values = [
            {"row": subject_id, "fresh": self._wrapping.rewrap(wrapped, evidence_owner(SubjectRef(subject)))}
            for subject_id, subject, wrapped in rows
            if self._is_old(wrapped)
        ]
        if values:
            here = PERSON.c.subject_id == bindparam("row")
            connection.execute(update(PERSON).where(here).values(evidence_key=bindparam("fresh")), values)
        return rows[-1][0], len(values)

    def _rewrap_signal(
        self, after: tuple[int, str], connection: Connection
    ) -> tuple[tuple[int, str], int] | None:
        key = (SIGNAL_KEY.c.subject_id, SIGNAL_KEY.c.purpose)
        query = (
            select(*key, SIGNAL_KEY.c.wrapped).where(tuple_(*key) > after).order_by(*key).limit(_REWRAP_CHUNK)
        )
        rows = connection.execute(query).all()
        if not rows:
            return None
        values = [
            {"row": row, "of": purpose, "fresh": self._wrapping.rewrap(wrapped, signal_owner(row, purpose))}
            for row, purpose, wrapped in rows
            if self._is_old(wrapped)
        ]
        if values:
            here = (SIGNAL_KEY.c.subject_id == bindparam("row"), SIGNAL_KEY.c.purpose == bindparam("of"))
            connection.execute(update(SIGNAL_KEY).where(*here).values(wrapped=bindparam("fresh")), values)
        return (rows[-1][0], rows[-1][1]), len(values)

    def _is_old(self, wrapped: bytes) -> bool:
        return not self._wrapping.ring.is_current(wrapped)


def _keys_of(subject_ids: Sequence[int], connection: Connection) -> Sequence[Row[int, str, int, bytes]]:
    columns = (SIGNAL_KEY.c.subject_id, SIGNAL_KEY.c.purpose, SIGNAL_KEY.c.first_day, SIGNAL_KEY.c.wrapped)
    return connection.execute(select(*columns).where(SIGNAL_KEY.c.subject_id.in_(subject_ids))).all()
