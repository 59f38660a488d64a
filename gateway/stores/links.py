"""Links between anonymous and known people in SQL: `consent.Links`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, insert, select

from consent import Link
from gateway.stores.adapter import RecordsAdapter
from gateway.stores.rows import link_from
from gateway.stores.tables import LINK
from privacy import SubjectRef


class SqlLinks(RecordsAdapter):
    """Which anonymous people are known ones."""

    def link(self, link: Link) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            connection.execute(delete(LINK).where(LINK.c.anonymous == link.anonymous))
            values = {
                "anonymous": link.anonymous,
                "known": link.known,
                "confirmed_by": link.confirmed_by,
                "linked_at": link.linked_at,
            }
            connection.execute(insert(LINK).values(values))

        self._database.write(work)

    def unlink(self, anonymous: SubjectRef) -> bool:
        """See the port."""
        gone = delete(LINK).where(LINK.c.anonymous == anonymous)
        return self._database.write(lambda connection: connection.execute(gone).rowcount > 0, reserved=True)

    def load_links(self) -> Iterator[Link]:
        """See the port."""
        query = select(LINK).order_by(LINK.c.anonymous)
        return map(link_from, self._database.read(lambda connection: connection.execute(query).all()))
