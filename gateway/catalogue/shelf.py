"""Changes of the catalogue: stored first, then shown, then in the log.

The catalogue is not personal data; its changes are in the log because a decision can only be explained by what could be
shown at that moment.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor

from audit import Kind, Outcome, Sequencer
from gateway.catalogue.ports import CatalogueStore
from gateway.clock import Clock
from gateway.evidence.entries import EntryWriter
from scoring import Catalogue, Item


class Shelf:
    """Writes the catalogue."""

    def __init__(  # noqa: PLR0913  # what a change of the catalogue touches
        self,
        *,
        catalogue: Catalogue,
        store: CatalogueStore,
        writer: EntryWriter,
        sequencer: Sequencer,
        clock: Clock,
        worker: Executor,
        on_changed: Callable[[], Awaitable[None]],
    ) -> None:
        """Store on `worker`, show in `catalogue`; `on_changed` follows what it shows."""
        self._catalogue = catalogue
        self._store = store
        self._writer = writer
        self._sequencer = sequencer
        self._clock = clock
        self._worker = worker
        self._on_changed = on_changed
        self._lock = asyncio.Lock()

    async def upsert(self, items: Sequence[Item]) -> None:
        """Take items in. They are stored, shown and logged on return.

        Raises:
            CatalogueFullError: no index is left.
            LogUnavailableError: stored and shown, but not logged.
        """
        async with self._lock:
            await asyncio.get_running_loop().run_in_executor(self._worker, self._store.upsert, items)
            self._catalogue.upsert(items)
            await self._on_changed()
            await self._log({"act": "items", "n": len(items)})

    async def delete(self, item_id: str) -> bool:
        """Take an item out. Says whether it was there.

        Raises:
            LogUnavailableError: it is out, but not logged.
        """
        async with self._lock:
            found: bool = await asyncio.get_running_loop().run_in_executor(
                self._worker, self._store.delete, item_id
            )
            if found:
                self._catalogue.delete(item_id)
                await self._log({"act": "item_deleted", "n": 1})
            return found

    async def _log(self, detail: dict[str, str | int]) -> None:
        self._sequencer.append(self._writer.plain(Kind.ADMIN, Outcome.DONE, self._clock.now(), detail))
        await self._sequencer.wait_durable()
