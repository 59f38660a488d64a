"""The catalogue's store in memory: `gateway.catalogue.ports.CatalogueStore` for tests. Nothing survives the process."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

from scoring import MAX_CATALOGUE_ITEMS, CatalogueFullError, Item


class MemoryCatalogue:
    """Items in the order of their numbers."""

    def __init__(self, *, max_items: int = MAX_CATALOGUE_ITEMS) -> None:
        """Keep at most `max_items` items, deleted ones included."""
        self._max_items = max_items
        self._lock = threading.Lock()
        self._items: dict[str, Item | None] = {}

    def upsert(self, items: Sequence[Item]) -> list[int]:
        """See the port."""
        with self._lock:
            merged: dict[str, Item | None] = {**self._items, **{item.id: item for item in items}}
            if len(merged) > self._max_items:
                raise CatalogueFullError("no index is left")
            self._items = merged
            numbers = {item_id: number for number, item_id in enumerate(merged)}
            return [numbers[item.id] for item in items]

    def delete(self, item_id: str) -> bool:
        """See the port."""
        with self._lock:
            if self._items.get(item_id) is None:
                return False
            self._items[item_id] = None
            return True

    def load_all(self) -> Iterator[tuple[str, Item | None]]:
        """See the port."""
        with self._lock:
            return iter(list(self._items.items()))
