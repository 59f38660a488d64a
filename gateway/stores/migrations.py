"""From an older schema of the records to the present one, step by step, in the transaction in which they are opened.

A step only adds. What it adds to old rows says as little as is known: a consent recorded before notices were kept names
none, and so does not count until the person is asked again; a signal key that knew no days becomes one that does, and what it
had sealed is not read any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from sqlalchemy import Column, Connection, Table, update
from sqlalchemy.schema import CreateColumn

from gateway.stores.tables import EVENT, META, SIGNAL_KEY, STATE

_ADDED: Final[Mapping[int, Sequence[tuple[Table, str]]]] = {
    1: (
        (EVENT, "notice"),
        (EVENT, "ui_variant"),
        (EVENT, "jurisdiction"),
        (EVENT, "assurance"),
        (EVENT, "age_band"),
        (STATE, "notice"),
    ),
    2: ((SIGNAL_KEY, "first_day"),),
}
"""Schema -> the columns that the next one has beside it."""


def migrate(connection: Connection, schema: int, target: int) -> bool:
    """Bring the records from `schema` to `target`. Returns whether there is a way; if not, nothing is changed."""
    if not all(step in _ADDED for step in range(schema, target)) or schema > target:
        return False
    for step in range(schema, target):
        for table, name in _ADDED[step]:
            _add(connection, table, table.c[name])
    connection.execute(update(META).where(META.c.name == "schema").values(value=target))
    return True


def _add(connection: Connection, table: Table, column: Column[object]) -> None:
    described = CreateColumn(column).compile(dialect=connection.dialect)
    connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {described}")
