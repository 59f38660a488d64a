"""The records database: one SQLite file, one connection, one writer.

- Rollback journal, and fsync of file and directory before a commit returns (`synchronous=EXTRA`: FULL, and the
  journal's removal is durable too, so an acknowledged change cannot come undone by a power loss). SQLite before
  3.51.3 can lose commits of its WAL mode.
- What is deleted is overwritten (`secure_delete`), and nothing temporary touches the disk.
- Every writing transaction raises `generation` by one; the log's frames carry it, so a database restored from an
  older copy is found out.
- A commit costs more than what is in it, so calls that wait for one another may share one (`together`); each of them is
  still all or nothing.
- Denials and erasures give up the reserve when the disk is full. While the reserve is gone, nothing else is written.
- Errors carry no statement and no value.

This file is the only one that knows the dialect.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection, Engine, StaticPool, create_engine, event, insert, select, update

from consent import CallResult, StoreCorruptError, StoreError, StoreUnavailableError
from gateway.lasting.reserve import Reserve
from gateway.stores.every_table import EVERY_TABLE
from gateway.stores.failures import StoreBusyError, told_apart
from gateway.stores.migrations import migrate
from gateway.stores.tables import META

DATABASE_FILE: Final = "records.db"
RESERVE_FILE: Final = "records.reserve"
RESERVE_BYTES: Final = 8 << 20
SCHEMA: Final = 3

_PRAGMAS: Final = (
    "journal_mode=DELETE",
    "synchronous=EXTRA",
    "secure_delete=ON",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "trusted_schema=OFF",
    "cell_size_check=ON",
    "busy_timeout=10000",
)
_T = TypeVar("_T")


class Database:
    """The one connection. Calls may come from any thread; they wait for one another."""

    def __init__(self, engine: Engine, reserve: Reserve) -> None:
        """Use an engine whose tables exist; see `open`."""
        self._engine = engine
        self._connection = engine.connect()
        self._reserve = reserve
        self._lock = threading.RLock()
        self._on_commit: list[Callable[[int], None]] = []
        self._shared: Connection | None = None
        self.generation = self._read_generation()
        """How many writing transactions there have been."""

    @classmethod
    def open(cls, directory: Path, *, reserve_bytes: int = RESERVE_BYTES) -> Database:
        """Open the records of a data directory; make them if there are none.

        Args:
            directory: the data directory, which exists.
            reserve_bytes: how much space is held back for denials and erasures.

        Raises:
            StoreUnavailableError: it cannot be read or written.
            StoreCorruptError: it is damaged, or of a later schema.
        """
        path = directory / DATABASE_FILE
        try:
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        except OSError as error:
            raise StoreUnavailableError("the records cannot be opened") from error
        engine = create_engine(
            "sqlite://", creator=lambda: _connect(path), poolclass=StaticPool, hide_parameters=True
        )
        event.listen(engine, "connect", _set_pragmas)
        reserve = Reserve(directory / RESERVE_FILE, reserve_bytes)
        reserve.take()
        try:
            with told_apart():
                _make_tables(engine)
                return cls(engine, reserve)
        except StoreError:
            engine.dispose()
            raise

    @classmethod
    def view(cls, directory: Path) -> Database:
        """Look at the records of a data directory beside whoever writes them: nothing is changed, the reserve untouched.

        Raises: as `open`; also if there are none, or a crash left a journal behind.
        """
        uri = f"{(directory / DATABASE_FILE).absolute().as_uri()}?mode=ro"
        engine = create_engine(
            "sqlite://", creator=lambda: _connect(uri), poolclass=StaticPool, hide_parameters=True
        )
        event.listen(engine, "connect", _set_pragmas)
        try:
            with told_apart():
                with engine.connect() as connection:
                    _insist_on_schema(connection)
                return cls(engine, Reserve.elsewhere(directory / RESERVE_FILE))
        except StoreError:
            engine.dispose()
            raise

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()
            self._engine.dispose()

    def on_commit(self, tell: Callable[[int], None]) -> None:
        """Tell somebody the generation after every commit, in the committing thread."""
        self._on_commit.append(tell)

    def write(self, work: Callable[[Connection], _T], *, reserved: bool = False) -> _T:
        """Do work in a writing transaction.

        Args:
            work: called with the connection; called again where an attempt had no space.
            reserved: whether the work may use up the reserve: denials and erasures.

        Durable: everything the work wrote.

        Raises:
            StoreUnavailableError: nothing was written.
            StoreCorruptError: the file is damaged.
        """
        with self._lock:
            if not reserved:
                self._keep_reserve()
            if self._shared is not None:
                with told_apart():
                    return work(self._shared)
            failure = StoreUnavailableError("the records cannot be written now")
            for _ in self._reserve.attempts() if reserved else (None,):
                try:
                    return self._write_once(work)
                except StoreBusyError:
                    raise
                except StoreUnavailableError as exc:
                    failure = exc
            raise failure

    def together(self, calls: Sequence[Callable[[], object]]) -> list[CallResult]:
        """Carry out calls that read and write here in one transaction: see `consent.CallGroups`.

        If the transaction as a whole cannot be had, each call is carried out alone: so a grant that finds no space takes
        no denial down with it.
        """
        if len(calls) > 1:
            try:
                with self._lock, told_apart(), self._transaction() as connection:
                    return self._share(connection, calls)
            except StoreBusyError:
                raise
            except StoreUnavailableError:
                pass
        return [CallResult.of(call) for call in calls]

    def _share(self, connection: Connection, calls: Sequence[Callable[[], object]]) -> list[CallResult]:
        self._shared = connection
        try:
            return [_in_savepoint(connection, call) for call in calls]
        finally:
            self._shared = None

    def read(self, work: Callable[[Connection], _T]) -> _T:
        """Do work on a consistent view.

        Raises:
            StoreUnavailableError: it cannot be read.
            StoreCorruptError: the file is damaged.
        """
        with told_apart(), self.reading() as connection:
            return work(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction that raises SQLAlchemy's errors; commits when the block ends well.

        Raises:
            StoreUnavailableError: the disk is full, and what is left is kept for denials and erasures.
        """
        with self._lock:
            self._keep_reserve()
            with self._transaction() as connection:
                yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A consistent view that raises SQLAlchemy's errors."""
        with self._lock:
            if self._shared is not None:
                yield self._shared
                return
            connection = self._connection
            connection.exec_driver_sql("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()

    def _keep_reserve(self) -> None:
        if not self._reserve.take():
            raise StoreUnavailableError("the disk is full: what is left is kept for denials and erasures")

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with self._lock:
            connection = self._connection
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
                bumped = update(META).where(META.c.name == "generation").values(value=META.c.value + 1)
                generation: int = connection.execute(bumped.returning(META.c.value)).scalar_one()
                connection.commit()
            except BaseException:
                connection.rollback()
                raise
            self.generation = generation
            for tell in self._on_commit:
                tell(generation)

    def _write_once(self, work: Callable[[Connection], _T]) -> _T:
        with told_apart(), self._transaction() as connection:
            return work(connection)

    def _read_generation(self) -> int:
        with self.reading() as connection:
            value: int = connection.execute(
                select(META.c.value).where(META.c.name == "generation")
            ).scalar_one()
            return value


def _in_savepoint(connection: Connection, call: Callable[[], object]) -> CallResult:
    """A call that leaves no trace if it fails. A failure of the store itself is everybody's, and passes through."""
    connection.exec_driver_sql("SAVEPOINT one")
    result = CallResult.of(call)
    if isinstance(result.failure, StoreError):
        raise result.failure
    if result.failure is not None:
        connection.exec_driver_sql("ROLLBACK TO one")
    connection.exec_driver_sql("RELEASE one")
    return result


def _connect(place: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(place, isolation_level=None, check_same_thread=False, uri=isinstance(place, str))


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in _PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _make_tables(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        try:
            for table in EVERY_TABLE:
                table.create(connection, checkfirst=True)
            _check_schema(connection)
            connection.commit()
        except BaseException:
            connection.rollback()
            raise


def _schema_of(connection: Connection) -> int | None:
    return connection.execute(select(META.c.value).where(META.c.name == "schema")).scalar_one_or_none()


def _insist_on_schema(connection: Connection) -> None:
    if _schema_of(connection) != SCHEMA:
        raise StoreCorruptError("the records were written by another version")


def _check_schema(connection: Connection) -> None:
    schema = _schema_of(connection)
    if schema is None:
        rows = [{"name": "schema", "value": SCHEMA}, {"name": "generation", "value": 0}]
        connection.execute(insert(META), rows)
    elif schema != SCHEMA and not migrate(connection, schema, SCHEMA):
        raise StoreCorruptError("the records were written by another version")
