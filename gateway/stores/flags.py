"""Flags in SQL: `gateway.flags.ports.FlagStore`."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, delete, insert, select, update

from gateway.flags.ports import NOTHING, ArmCounts, Ended
from gateway.stores.database import Database
from gateway.stores.flag_tables import ARM_WITHDRAWAL, ENDED_SPLIT, FLAG


class SqlFlags:
    """Flags as JSON under their keys, what ended of them, and the counts of withdrawals."""

    def __init__(self, database: Database) -> None:
        """Keep them in `database`."""
        self._database = database

    def put(self, key: str, body: bytes, ended: Ended = NOTHING) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            _end(connection, key, ended)
            connection.execute(delete(FLAG).where(FLAG.c.key == key))
            connection.execute(insert(FLAG).values(key=key, body=body))

        self._database.write(work)

    def delete(self, key: str, ended: Ended = NOTHING) -> bool:
        """See the port."""

        def work(connection: Connection) -> bool:
            _end(connection, key, ended)
            return connection.execute(delete(FLAG).where(FLAG.c.key == key)).rowcount > 0

        return self._database.write(work)

    def load_ended(self) -> Iterator[tuple[str, bytes]]:
        """See the port."""
        query = select(ENDED_SPLIT.c.flag, ENDED_SPLIT.c.body).order_by(
            ENDED_SPLIT.c.flag, ENDED_SPLIT.c.salt
        )
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return iter([(row.flag, row.body) for row in rows])

    def load_all(self) -> Iterator[tuple[str, bytes]]:
        """See the port."""
        query = select(FLAG.c.key, FLAG.c.body).order_by(FLAG.c.key)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return iter([(row.key, row.body) for row in rows])

    def add_withdrawals(self, counts: ArmCounts) -> None:
        """See the port."""
        table = ARM_WITHDRAWAL.c

        def work(connection: Connection) -> None:
            for (experiment, arm), n in counts.items():
                here = (table.experiment == experiment) & (table.arm == arm)
                more = update(ARM_WITHDRAWAL).where(here).values(people=table.people + n)
                if not connection.execute(more).rowcount:
                    row = {"experiment": experiment, "arm": arm, "people": n}
                    connection.execute(insert(ARM_WITHDRAWAL).values(row))

        self._database.write(work)

    def withdrawals(self) -> dict[tuple[str, str], int]:
        """See the port."""
        query = select(ARM_WITHDRAWAL)
        rows = self._database.read(lambda connection: connection.execute(query).all())
        return {(row.experiment, row.arm): row.people for row in rows}


def _end(connection: Connection, key: str, ended: Ended) -> None:
    table = ENDED_SPLIT.c
    for salt, body in ended.items():
        connection.execute(delete(ENDED_SPLIT).where((table.flag == key) & (table.salt == salt)))
        connection.execute(insert(ENDED_SPLIT).values(flag=key, salt=salt, body=body))
