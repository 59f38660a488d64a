"""The adapters that every contract suite runs on, and how each is made."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consent import MemoryRecords
from gateway.stores.database import Database
from gateway.stores.records import SqlRecords
from privacy import KeyEncryptionKey, KeyRing

RESERVE = 64 << 10
KEK = KeyEncryptionKey(1, b"1" * 32)
RING = KeyRing([KEK])
NEXT_RING = KeyRing([KEK, KeyEncryptionKey(2, b"2" * 32)])
LATER_RING = KeyRing([KeyEncryptionKey(2, b"2" * 32)])

BACKENDS = ("memory", "sqlite")


@contextmanager
def open_database(directory: Path) -> Iterator[Database]:
    """A database with a small reserve."""
    database = Database.open(directory, reserve_bytes=RESERVE)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def open_records(backend: str, directory: Path) -> Iterator[MemoryRecords | SqlRecords]:
    """An empty store of that kind."""
    if backend == "memory":
        yield MemoryRecords(os.urandom)
        return
    with open_database(directory) as database:
        yield SqlRecords(database, RING)
