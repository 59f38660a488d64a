"""Erasure in SQL: `consent.Erasures`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from consent import Erasure
from gateway.stores.adapter import RecordsAdapter
from gateway.stores.rows import erasure_from, select_erasures
from gateway.stores.tables import ERASURE, EVENT, LINK, PERSON, SIGNAL_KEY, STATE
from privacy import SubjectRef, key_fingerprint


class SqlErasures(RecordsAdapter):
    """The end of a person in the records."""

    def erase(self, subject: SubjectRef, *, now: int) -> Erasure | None:
        """See the port."""
        return self._database.write(lambda connection: self._erase(connection, subject, now), reserved=True)

    def unsequenced_erasures(self) -> list[Erasure]:
        """See the port."""
        query = select_erasures().where(ERASURE.c.log_index.is_(None))
        return self._database.read(
            lambda connection: [erasure_from(row) for row in connection.execute(query)]
        )

    def mark_erasures_sequenced(self, indexes: Mapping[int, int]) -> None:
        """See the port."""
        if not indexes:
            return
        here = (ERASURE.c.erasure_id == bindparam("of_id"), ERASURE.c.log_index.is_(None))
        marked = update(ERASURE).where(*here).values(log_index=bindparam("at_index"))
        rows = [{"of_id": erasure_id, "at_index": index} for erasure_id, index in indexes.items()]
        self._database.write(lambda connection: connection.execute(marked, rows), reserved=True)

    def _erase(self, connection: Connection, subject: SubjectRef, now: int) -> Erasure | None:
        connection.execute(delete(LINK).where(or_(LINK.c.anonymous == subject, LINK.c.known == subject)))
        query = select(PERSON.c.subject_id, PERSON.c.evidence_key).where(PERSON.c.subject == subject)
        person = connection.execute(query).one_or_none()
        if person is None:
            return None
        fingerprint = key_fingerprint(self._wrapping.evidence_key(subject, person.evidence_key))
        for table in (SIGNAL_KEY, STATE, EVENT, PERSON):
            connection.execute(delete(table).where(table.c.subject_id == person.subject_id))
        values = {"subject_id": person.subject_id, "fingerprint": fingerprint, "erased_at": now}
        new = insert(ERASURE).values(values).returning(ERASURE.c.erasure_id)
        erasure_id: int = connection.execute(new).scalar_one()
        return Erasure(erasure_id, person.subject_id, fingerprint, now, None)
