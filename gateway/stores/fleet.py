"""The fleet in SQL: `gateway.fleet.ports.FleetStore`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, Table, bindparam, insert, select, update

from consent import StoreCorruptError
from gateway.fleet.values import Device, PartTaken, PublishedModel, Round
from gateway.stores.database import Database
from gateway.stores.fleet_tables import DEVICE, MODEL, PART, ROUND
from privacy import SubjectRef

_READ = {DEVICE: Device, ROUND: Round, PART: PartTaken, MODEL: PublishedModel}


class SqlFleet:
    """One table for each kind of value, one column for each member."""

    def __init__(self, database: Database) -> None:
        """Keep it in `database`, whose tables exist."""
        self._database = database

    def put_device(self, device: Device) -> None:
        """See the port."""
        self._database.write(lambda connection: _put(connection, DEVICE, [device]))

    def end_devices(self, devices: Iterable[bytes], now: int) -> None:
        """See the port."""
        rows = [{"named": name} for name in devices]
        here = (DEVICE.c.device == bindparam("named"), DEVICE.c.ended_at.is_(None))
        ended = update(DEVICE).where(*here).values(ended_at=now)
        if rows:
            self._database.write(lambda connection: connection.execute(ended, rows), reserved=True)

    def devices(self) -> Sequence[Device]:
        """See the port."""
        return self._read(DEVICE, (DEVICE.c.enrolled_at, DEVICE.c.device))

    def put_round(self, round_: Round, parts: Sequence[PartTaken] = ()) -> None:
        """See the port."""

        def work(connection: Connection) -> None:
            _put(connection, ROUND, [round_])
            _put(connection, PART, parts)

        self._database.write(work)

    def rounds(self) -> Sequence[Round]:
        """See the port."""
        return self._read(ROUND, (ROUND.c.round_id,))

    def parts_of(self, subject: SubjectRef) -> Sequence[PartTaken]:
        """See the port."""
        return self._read(PART, (PART.c.round_id, PART.c.place), PART.c.subject == subject)

    def parts_in(self, round_id: int) -> Sequence[PartTaken]:
        """See the port."""
        return self._read(PART, (PART.c.round_id, PART.c.place), PART.c.round_id == round_id)

    def put_models(self, models: Sequence[PublishedModel]) -> None:
        """See the port."""
        self._database.write(lambda connection: _put(connection, MODEL, models))

    def models(self) -> Sequence[PublishedModel]:
        """See the port."""
        return self._read(MODEL, (MODEL.c.name, MODEL.c.version))

    def _read(self, table: Table, order: Sequence[Any], *where: ColumnElement[bool]) -> list[Any]:
        query = select(table).where(*where).order_by(*order)
        rows = self._database.read(lambda connection: connection.execute(query).mappings().all())
        try:
            return [msgspec.convert(_made(row), _READ[table]) for row in rows]
        except (msgspec.ValidationError, ValueError):
            raise StoreCorruptError("what is kept of the fleet cannot be read") from None


def _made(row: Any) -> dict[str, Any]:
    return {name: SubjectRef(value) if name == "subject" else value for name, value in row.items()}


def _put(connection: Connection, table: Table, values: Sequence[msgspec.Struct]) -> None:
    """Write values in the place of those with the same key."""
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    here = [table.c[name] == bindparam(f"of_{name}") for name in keys]
    changed = update(table).where(*here).values({name: bindparam(f"to_{name}") for name in others})
    for value in values:
        row = {name: _plain(getattr(value, name)) for name in (*keys, *others)}
        named = {f"of_{name}": row[name] for name in keys} | {f"to_{name}": row[name] for name in others}
        if not connection.execute(changed, named).rowcount:
            connection.execute(insert(table).values(row))


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytes) else str(value) if isinstance(value, str) else value
