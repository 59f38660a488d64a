"""Erasure in SQL: `consent.Erasures`."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from consent import NOBODY_ROW, Erasure
from gateway.stores.adapter import RecordsAdapter
from gateway.stores.fleet_tables import DEVICE, PART
from gateway.stores.rights import detach_requests
from gateway.stores.rights_tables import DISPUTED
from gateway.stores.rows import erasure_from, select_erasures
from gateway.stores.tables import ERASURE, EVENT, LINK, PERSON, SIGNAL_KEY, STATE
from privacy import KEY_BYTES, SubjectRef, key_fingerprint


class SqlErasures(RecordsAdapter):
    """The end of a person in the records."""

    def erase(self, subject: SubjectRef, *, now: int) -> Erasure:
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

    def destroyed_keys(self) -> list[bytes]:
        """See the port."""
        known = select(ERASURE.c.fingerprint).where(ERASURE.c.subject_id != NOBODY_ROW)
        query = known.order_by(ERASURE.c.erasure_id)
        return self._database.read(lambda connection: list(connection.scalars(query)))

    def _erase(self, connection: Connection, subject: SubjectRef, now: int) -> Erasure:
        connection.execute(delete(LINK).where(or_(LINK.c.anonymous == subject, LINK.c.known == subject)))
        for table in (DEVICE, PART):
            connection.execute(delete(table).where(table.c.subject == subject))
        query = select(PERSON.c.subject_id, PERSON.c.evidence_key).where(PERSON.c.subject == subject)
        person = connection.execute(query).one_or_none()
        if person is None:
            subject_id, key = NOBODY_ROW, self._wrapping.entropy(KEY_BYTES)
        else:
            subject_id, key = person.subject_id, self._wrapping.evidence_key(subject, person.evidence_key)
        fingerprint = key_fingerprint(key)
        for table in (SIGNAL_KEY, STATE, EVENT, DISPUTED, PERSON):
            connection.execute(delete(table).where(table.c.subject_id == subject_id))
        values = {"subject_id": subject_id, "fingerprint": fingerprint, "erased_at": now}
        new = insert(ERASURE).values(values).returning(ERASURE.c.erasure_id)
        erasure_id: int = connection.execute(new).scalar_one()
        detach_requests(connection, subject, erasure_id)
        return Erasure(erasure_id, subject_id, fingerprint, now, None)
