"""What the adapters over the records have in common: the database, and how keys are wrapped in it."""

from __future__ import annotations

from gateway.stores.database import Database
from gateway.stores.wrapping import Wrapping


class RecordsAdapter:
    """One part of the records. The parts of one store share their database and their wrapping."""

    def __init__(self, database: Database, wrapping: Wrapping) -> None:
        """Keep records in `database`, with keys wrapped by `wrapping`."""
        self._database = database
        self._wrapping = wrapping
