"""Rules and segments in SQL: `gateway.rules.definitions.DefinitionStore`. Nothing in these tables concerns a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import BigInteger, Connection, LargeBinary, Table, delete, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from consent import StoreError
from gateway.rules.definitions import Definition, DefinitionKind, DefinitionsUnavailableError, KeptState
from gateway.stores.routing import Transactions


class DefinitionRow(SQLModel, table=True):
    """A rule or a segment."""

    __tablename__ = "definition"

    kind: str = Field(primary_key=True, max_length=16)
    """`rule` or `segment`."""
    name: str = Field(primary_key=True, max_length=63)
    """The name of the definition."""
    body: bytes = Field(sa_type=LargeBinary)
    """As it was sent."""
    version: int
    """How often it was saved."""
    created: int = Field(sa_type=BigInteger)
    """The log index at which it was first saved."""
    since: int = Field(sa_type=BigInteger)
    """The log index at which it was last saved."""


class KeptStateRow(SQLModel, table=True):
    """A state that definitions read."""

    __tablename__ = "kept_state"

    purpose: str = Field(primary_key=True, max_length=63)
    """The purpose's id."""
    key: str = Field(primary_key=True, max_length=512)
    """What tells the state from others."""
    since: int = Field(sa_type=BigInteger)
    """The log index from which on it is kept."""


TABLES: tuple[Table, ...] = (
    SQLModel.metadata.tables["definition"],
    SQLModel.metadata.tables["kept_state"],
)
"""The tables of this adapter, to create."""

_DEFINITION, _STATE = TABLES


class SqlDefinitions:
    """Implements the port `DefinitionStore` on a database."""

    def __init__(self, database: Transactions) -> None:
        """Keep definitions in `database`, whose tables exist."""
        self._database = database

    def load(self) -> tuple[list[Definition], list[KeptState]]:
        """See the port."""
        with _told_apart(), self._database.reading() as connection:
            rows = connection.execute(select(_DEFINITION).order_by(_DEFINITION.c.kind, _DEFINITION.c.name))
            found = [
                Definition(DefinitionKind(row.kind), row.name, row.body, row.version, row.created, row.since)
                for row in rows
            ]
            kept = connection.execute(select(_STATE).order_by(_STATE.c.purpose, _STATE.c.key))
            return found, [KeptState(row.purpose, row.key, row.since) for row in kept]

    def save(self, definition: Definition, states: Sequence[KeptState]) -> None:
        """See the port."""
        values = {
            "kind": definition.kind.value,
            "name": definition.name,
            "body": definition.body,
            "version": definition.version,
            "created": definition.created,
            "since": definition.since,
        }
        with _told_apart(), self._database.transaction() as connection:
            _drop(connection, definition.kind, definition.name)
            connection.execute(insert(_DEFINITION).values(**values))
            _replace_states(connection, states)

    def remove(self, kind: DefinitionKind, name: str, states: Sequence[KeptState]) -> bool:
        """See the port."""
        with _told_apart(), self._database.transaction() as connection:
            found = _drop(connection, kind, name)
            _replace_states(connection, states)
            return found


@contextmanager
def _told_apart() -> Iterator[None]:
    try:
        yield
    except (SQLAlchemyError, StoreError):
        raise DefinitionsUnavailableError from None


def _drop(connection: Connection, kind: DefinitionKind, name: str) -> bool:
    here = (_DEFINITION.c.kind == kind.value, _DEFINITION.c.name == name)
    return connection.execute(delete(_DEFINITION).where(*here)).rowcount > 0


def _replace_states(connection: Connection, states: Sequence[KeptState]) -> None:
    connection.execute(delete(_STATE))
    if states:
        rows = [{"purpose": each.purpose, "key": each.key, "since": each.since} for each in states]
        connection.execute(insert(_STATE), rows)
