"""Errors of the driver as errors of the port. Their texts may quote values, so nothing of them is carried on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from consent import StoreCorruptError, StoreUnavailableError

_BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})


class StoreBusyError(StoreUnavailableError):
    """Another process holds the database. Only one gateway may have it."""


@contextmanager
def told_apart() -> Iterator[None]:
    """Run a block whose errors are the port's.

    Raises:
        StoreBusyError, StoreUnavailableError, StoreCorruptError: instead of the driver's.
    """
    try:
        yield
    except DBAPIError as error:
        if is_broken(error):
            raise StoreCorruptError("the records are damaged") from None
        if _code_of(error) in _BUSY:
            raise StoreBusyError("another process holds the records") from None
        raise StoreUnavailableError("the records cannot be read or written now") from None
    except SQLAlchemyError:
        raise StoreCorruptError("the records are not what they should be") from None


def is_broken(error: DBAPIError) -> bool:
    """Whether the file is damaged, or no database."""
    return _code_of(error) in _BROKEN


def _code_of(error: DBAPIError) -> int:
    """What SQLite called it, without what it added; 0 for another database."""
    return int(getattr(error.orig, "sqlite_errorcode", 0)) & 0xFF
