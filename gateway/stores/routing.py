"""Cursors and dead letters of destinations, in the records store.

Adapter of `gateway.routing.RoutingStore`. A letter is a place in the log: no column holds anything of a signal. The
statements are plain SQLAlchemy Core over the tables below and the same on every dialect; atomicity is the
transaction's, and there is one writer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Protocol

from sqlalchemy import BigInteger, ColumnElement, Connection, Row, Table, and_, func, select, tuple_
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Field, SQLModel

from consent import StoreError
from gateway.routing import CursorMovedBackError, DeadLetter, LetterKey, LetterReason, RoutingStoreError


class Transactions(Protocol):
    """What this adapter needs of the database."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """A writing transaction, serialised with every other; commits when the block ends well. May refuse: `StoreError`."""
        ...

    def reading(self) -> AbstractContextManager[Connection]:
        """A consistent view to read from."""
        ...


class RoutingCursorRow(SQLModel, table=True):
    """How far a destination has come."""

    __tablename__ = "routing_cursor"

    destination: str = Field(primary_key=True, max_length=63)
    """The destination's id."""
    purpose: str = Field(primary_key=True, max_length=63)
    """The purpose's id: another purpose is another cursor."""
    next_index: int = Field(sa_type=BigInteger)
    """The log index at which delivery continues."""


class DeadLetterRow(SQLModel, table=True):
    """A signal that could not be delivered: its place in the log, and why."""

    __tablename__ = "dead_letter"

    destination: str = Field(primary_key=True, max_length=63)
    """The destination's id."""
    purpose: str = Field(primary_key=True, max_length=63)
    """The purpose's id."""
    log_index: int = Field(primary_key=True, sa_type=BigInteger)
    """The log index of the record."""
    position: int = Field(primary_key=True)
    """Which of the record's signals."""
    reason: str = Field(max_length=32)
    """Why it was given up."""
    status: int | None = None
    """The destination's last HTTP status."""
    attempts: int
    """How often it was tried."""
    failed_at: int = Field(sa_type=BigInteger)
    """When it last failed (unix seconds)."""


TABLES: tuple[Table, ...] = (
    SQLModel.metadata.tables["routing_cursor"],
    SQLModel.metadata.tables["dead_letter"],
)
"""The tables of this adapter, to create."""

_CURSOR, _LETTER = TABLES


class SqlRoutingStore:
    """Implements the port `RoutingStore` on a database."""

    def __init__(self, database: Transactions) -> None:
        """Keep cursors and letters in `database`, whose tables exist."""
        self._database = database

    def place(self, destination: str, purpose: str, index: int) -> int:
        """See the port."""
        present = self.cursor(destination, purpose)
        if present is not None:
            return present
        with _told_apart(), self._database.transaction() as connection:
            present = _next_index(connection, destination, purpose)
            if present is None:
                _put_cursor(connection, destination, purpose, index, new=True)
                return index
            return present

    def cursor(self, destination: str, purpose: str) -> int | None:
        """See the port."""
        with _told_apart(), self._database.reading() as connection:
            return _next_index(connection, destination, purpose)

    def settle(self, destination: str, purpose: str, next_index: int, letters: Sequence[DeadLetter]) -> None:
        """See the port."""
        with _told_apart(), self._database.transaction() as connection:
            present = _next_index(connection, destination, purpose)
            if present is not None and next_index < present:
                raise CursorMovedBackError
            _put_cursor(connection, destination, purpose, next_index, new=present is None)
            for letter in letters:
                if not _replace(connection, letter):
                    connection.execute(_LETTER.insert().values(**_key_values(letter.key), **_values(letter)))

    def letters(
        self, destination: str, purpose: str, after: LetterKey | None, limit: int
    ) -> list[DeadLetter]:
        """See the port."""
        chosen = and_(_LETTER.c.destination == destination, _LETTER.c.purpose == purpose)
        place = tuple_(_LETTER.c.log_index, _LETTER.c.position)
        if after is not None:
            chosen = and_(chosen, place > (after.index, after.position))
        query = select(_LETTER).where(chosen).order_by(_LETTER.c.log_index, _LETTER.c.position).limit(limit)
        with _told_apart(), self._database.reading() as connection:
            return [_letter(row) for row in connection.execute(query)]

    def count(self, destination: str, purpose: str) -> int:
        """See the port."""
        chosen = and_(_LETTER.c.destination == destination, _LETTER.c.purpose == purpose)
        with _told_apart(), self._database.reading() as connection:
            counted: int = connection.execute(
                select(func.count()).select_from(_LETTER).where(chosen)
            ).scalar_one()
        return counted

    def keep(self, letter: DeadLetter) -> None:
        """See the port."""
        with _told_apart(), self._database.transaction() as connection:
            _replace(connection, letter)

    def resolve(self, key: LetterKey) -> bool:
        """See the port."""
        with _told_apart(), self._database.transaction() as connection:
            return connection.execute(_LETTER.delete().where(_is(key))).rowcount > 0


@contextmanager
def _told_apart() -> Iterator[None]:
    """Errors of the database as errors of the port; their text may quote values, so it is not carried on."""
    try:
        yield
    except (SQLAlchemyError, StoreError):
        raise RoutingStoreError from None


def _next_index(connection: Connection, destination: str, purpose: str) -> int | None:
    here = and_(_CURSOR.c.destination == destination, _CURSOR.c.purpose == purpose)
    index: int | None = connection.execute(select(_CURSOR.c.next_index).where(here)).scalar_one_or_none()
    return index


def _put_cursor(connection: Connection, destination: str, purpose: str, index: int, *, new: bool) -> None:
    if new:
        values = {"destination": destination, "purpose": purpose, "next_index": index}
        connection.execute(_CURSOR.insert().values(**values))
        return
    here = and_(_CURSOR.c.destination == destination, _CURSOR.c.purpose == purpose)
    connection.execute(_CURSOR.update().where(here).values(next_index=index))


def _replace(connection: Connection, letter: DeadLetter) -> bool:
    """Write a newer failure over an existing letter; whether there was one."""
    return connection.execute(_LETTER.update().where(_is(letter.key)).values(**_values(letter))).rowcount > 0


def _is(key: LetterKey) -> ColumnElement[bool]:
    return and_(*(_LETTER.c[name] == value for name, value in _key_values(key).items()))


def _key_values(key: LetterKey) -> dict[str, Any]:
    return {
        "destination": key.destination,
        "purpose": key.purpose,
        "log_index": key.index,
        "position": key.position,
    }


def _values(letter: DeadLetter) -> dict[str, Any]:
    return {
        "reason": letter.reason.value,
        "status": letter.status,
        "attempts": letter.attempts,
        "failed_at": letter.failed_at,
    }


def _letter(row: Row[Any]) -> DeadLetter:
    return DeadLetter(
        key=LetterKey(row.destination, row.purpose, row.log_index, row.position),
        reason=LetterReason(row.reason),
        status=row.status,
        attempts=row.attempts,
        failed_at=row.failed_at,
    )
