"""The database of the budget: a file of its own (`DIR/budget.db`) that several processes write, or PostgreSQL.

It stands beside the records because others than the one gateway spend of it: the command line, the workers of releases, the
learning on devices. SQLite in its rollback journal with `synchronous=EXTRA`, one writer at a time (`BEGIN IMMEDIATE`); PostgreSQL
with conditional updates, in the order of the names.

What a dialect says otherwise stands here; the one statement of a booking in PostgreSQL in `budget_booking`.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, update
from sqlalchemy.dialects.postgresql import insert as insert_in_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_in_sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.schema import Column, CreateColumn, Table
from sqlalchemy.sql import ColumnElement

from gateway.stores.budget_booking import QuickBooking
from gateway.stores.budget_tables import ADDED, MARK, PUBLICATION, TABLES, TOLD
from gateway.stores.failures import is_broken
from privacy import BudgetStoreError, OtherBooksError

BUDGET_FILE: Final = "budget.db"
SCHEMA: Final = 2
_PRAGMAS: Final = (
    "journal_mode=DELETE",
    "synchronous=EXTRA",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "trusted_schema=OFF",
    "busy_timeout=30000",
)
_T = TypeVar("_T")


class BudgetDatabase:
    """Transactions on the budget's tables, from any thread of any process."""

    def __init__(self, engine: Engine, quick: QuickBooking | None = None) -> None:
        """Use an engine whose tables exist; see `open_file` and `open_url`."""
        self._engine = engine
        self._quick = quick
        self._sqlite = engine.dialect.name == "sqlite"

    @classmethod
    def open(cls, directory: Path, url_file: Path | None) -> BudgetDatabase:
        """Open the budget where it is kept: in the database whose address a file holds, or else in the data directory.

        Raises:
            BudgetStoreError: it cannot be reached, read or written, or is of another version.
        """
        if url_file is None:
            return cls.open_file(directory)
        try:
            url = url_file.read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise BudgetStoreError("the file with the address of the budget cannot be read") from None
        return cls.open_url(url)

    @classmethod
    def open_file(cls, directory: Path) -> BudgetDatabase:
        """Open the budget of a data directory; make it if there is none.

        Raises:
            BudgetStoreError: it cannot be read or written, or is of another version.
        """
        path = directory / BUDGET_FILE
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        except OSError:
            raise BudgetStoreError("the budget cannot be opened") from None
        engine = create_engine("sqlite://", creator=lambda: _connect(path), hide_parameters=True)
        event.listen(engine, "connect", _set_pragmas)
        return cls._with_tables(engine)

    @classmethod
    def open_url(cls, url: str) -> BudgetDatabase:
        """Open the budget in a PostgreSQL database (`postgresql+psycopg://...`); make its tables if there are none.

        Raises:
            BudgetStoreError: it cannot be reached, or is of another version.
        """
        try:
            engine = create_engine(url, hide_parameters=True, pool_pre_ping=True)
            if engine.dialect.name != "postgresql":
                raise BudgetStoreError("the budget's database is PostgreSQL, or a file")
            quick = QuickBooking(url)
        except (SQLAlchemyError, ImportError):
            raise BudgetStoreError("the budget's database cannot be used") from None
        return cls._with_tables(engine, quick)

    @classmethod
    def _with_tables(cls, engine: Engine, quick: QuickBooking | None = None) -> BudgetDatabase:
        database = cls(engine, quick)

        def make(connection: Connection) -> int:
            tells = inspect(connection).has_table(TOLD.name)
            for table in TABLES:
                table.create(connection, checkfirst=True)
            if not tells:  # what an earlier version published, it told of
                connection.execute(insert(TOLD).from_select(["key"], select(PUBLICATION.c.key)))
            if not database.put_if_absent(connection, MARK, {"name": "schema", "value": SCHEMA}):
                _migrate(connection)
            found: int = connection.execute(select(MARK.c.value).where(MARK.c.name == "schema")).scalar_one()
            return found

        try:
            found = database.write(make)
        except BudgetStoreError:
            database.close()
            raise
        if found != SCHEMA:
            database.close()
            raise BudgetStoreError("the budget was written by another version")
        return database

    def belong_to(self, key: bytes | bytearray) -> None:
        """Be the books of the gateway that has this key, from the first one on that says so: they go with one log.

        Raises:
            OtherBooksError: they are another one's.
            BudgetStoreError: nobody can say.
        """
        owner = int.from_bytes(hashlib.blake2b(digest_size=7, key=key, person=b"volens-books").digest())

        def take(connection: Connection) -> int:
            self.put_if_absent(connection, MARK, {"name": "owner", "value": owner})
            found: int = connection.execute(select(MARK.c.value).where(MARK.c.name == "owner")).scalar_one()
            return found

        if self.write(take) != owner:
            raise OtherBooksError("the budget is another gateway's: each has a database of its own")

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()
        if self._quick is not None:
            self._quick.close()

    def book_at_once(self, row: dict[str, Any], most: dict[str, tuple[int, int]]) -> bool:
        """See `QuickBooking.book`; where there is none, nothing ever happens.

        Raises:
            BudgetStoreError: it is not known whether it was booked; asking again is safe.
        """
        if self._quick is None:
            return False
        with self._told():
            return self._quick.book(row, most)

    def write(self, work: Callable[[Connection], _T]) -> _T:
        """Do work in a transaction of its own; durable on return.

        Raises:
            BudgetStoreError: nothing was written.
        """
        with self._told(), self._engine.connect() as connection:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                result = work(connection)
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            return result

    def read(self, work: Callable[[Connection], _T]) -> _T:
        """Do work on a consistent view.

        Raises:
            BudgetStoreError: it cannot be read.
        """
        with self._told(), self._engine.connect() as connection:
            if self._sqlite:
                connection.exec_driver_sql("BEGIN")
            try:
                return work(connection)
            finally:
                connection.rollback()

    def put_if_absent(self, connection: Connection, table: Table, row: dict[str, object]) -> bool:
        """Insert a row unless there is one under its key; whether it was inserted."""
        make = insert_in_sqlite if self._sqlite else insert_in_postgresql
        inserted = make(table).values(row).on_conflict_do_nothing().returning(*table.primary_key.columns)
        return (
            connection.execute(inserted).first() is not None
        )  # NOTE: PostgreSQL's driver counts no rows here

    def is_between(self, column: Column[str], first: str, end: str) -> ColumnElement[bool]:
        """Whether a text is `first` or later, and before `end`, letter by letter, whatever language the database sorts by."""
        text = column if self._sqlite else column.collate("C")
        return (text >= first) & (text < end)

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            if isinstance(error, DBAPIError) and is_broken(error):
                raise BudgetStoreError(
                    "budget.db is damaged: restore it, or put it aside: what the log says was booked is booked again as lost"
                ) from None
            raise BudgetStoreError("the budget cannot be read or written now") from None


def _migrate(connection: Connection) -> None:
    """Bring books of schema 1 to the next one, once: whoever comes at the same time waits, and finds them there."""
    first = (MARK.c.name == "schema") & (MARK.c.value == 1)
    if connection.execute(update(MARK).where(first).values(value=SCHEMA)).rowcount == 1:
        for table, name in ADDED:
            described = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD COLUMN {described}")


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, check_same_thread=False)


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
