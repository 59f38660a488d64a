"""Whether the file of the records is whole: a start reads only the pages that it needs."""

from __future__ import annotations

from consent import StoreCorruptError
from gateway.stores.database import Database


def insist_on_whole_file(database: Database) -> None:
    """Read every page and every index. Takes seconds a gigabyte.

    Raises:
        StoreUnavailableError: the file cannot be read.
        StoreCorruptError: a page or an index is not what it should be.
    """
    found = database.read(lambda connection: connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    if found != "ok":
        raise StoreCorruptError("the records are damaged")
