"""The catalogue: what may be shown, and the permanent number of each item.

- An item's index is given once and never again to another; a deleted item keeps its index and comes back to it.
- `available` answers in one look-up whether an item may be shown now: in the catalogue, not blocked, in stock. It changes in
  the same step as the item, so the very next slate knows.
- `id_json` holds each id as JSON text, made once: answers are put together from it.

Knows nothing of people or of popularity. Lives on the event loop; no locks. `available` and `category_of` are replaced when the
catalogue grows: ask for them anew each time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.errors import CatalogueFullError, CatalogueItemError

MAX_CATALOGUE_ITEMS = 1 << 20
"""Indices there are: ranking packs an index into 20 bits."""

MAX_ITEM_TEXT = 1024
"""Characters of an id, a title, a category or a tag."""

MAX_TAGS = 64
"""Tags of one item."""

NO_CATEGORY = -1
"""`category_of` an item without one."""

NO_PROVIDER = -1
"""`provider_of` an item without one."""


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be shown."""

    id: str
    """The app's id."""
    title: str = ""
    """What people see."""
    category: str | None = None
    """Its one category."""
    tags: tuple[str, ...] = ()
    """Words that describe it."""
    price: float | None = None
    """In the shop's currency."""
    stock: int | None = None
    """Pieces left; None where nothing runs out."""
    blocked: bool = False
    """Never to be shown."""
    provider: str | None = None
    """Who offers it: exposure is shared out among providers, where a placement asks for that."""

    def __post_init__(self) -> None:
        """Refuse what could not be shown.

        Raises:
            CatalogueItemError: an empty id, an overlong text, too many tags, a negative or non-finite number.
        """
        texts = (self.id, self.title, self.category or "", self.provider or "", *self.tags)
        if not self.id or len(self.tags) > MAX_TAGS or any(len(text) > MAX_ITEM_TEXT for text in texts):
            raise CatalogueItemError("an item has an id, and its texts are at most 1,024 characters")
        if self.price is not None and not 0 <= self.price < 1e12:
            raise CatalogueItemError("a price is a number from 0")
        if self.stock is not None and self.stock < 0:
            raise CatalogueItemError("stock is a number from 0")

    @property
    def can_be_shown(self) -> bool:
        """In stock and not blocked."""
        return not self.blocked and self.stock != 0


class Catalogue:
    """All items by permanent index."""

    def __init__(self) -> None:
        """Begin with no items."""
        self.index_of: dict[str, int] = {}
        """Every id's index, those of deleted items too."""
        self.ids: list[str] = []
        """Ids by index."""
        self.id_json: list[str] = []
        """Ids by index, as JSON strings (ASCII)."""
        self.items: list[Item | None] = []
        """Items by index; None where deleted."""
        self.version = 0
        """Rises with every change: what was computed from the catalogue compares it."""
        self.available: NDArray[np.bool_] = np.zeros(0, dtype=np.bool_)
        """(n_items,) whether it may be shown now."""
        self.category_of: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        """(n_items,) number of the category, NO_CATEGORY without."""
        self.category_number: dict[str, int] = {}
        """Every category's number."""
        self.provider_of: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        """(n_items,) number of the provider, NO_PROVIDER without."""
        self._provider_number: dict[str, int] = {}
        self._blocked: frozenset[int] = frozenset()
        self._grouped: dict[int, NDArray[np.int32]] = {}
        self._grouped_at = 0

    def __len__(self) -> int:
        """How many indices are given, deleted items included."""
        return len(self.ids)

    @property
    def n_providers(self) -> int:
        """How many providers there ever were; their numbers lie below."""
        return len(self._provider_number)

    def get(self, item_id: str) -> Item | None:
        """The item of this id, or None."""
        index = self.index_of.get(item_id)
        return None if index is None else self.items[index]

    def in_category(self, category: str) -> NDArray[np.int32]:
        """Indices of the items of a category, rising; none for one that is not known."""
        number = self.category_number.get(category)
        if number is None:
            return np.zeros(0, dtype=np.int32)
        if self._grouped_at != self.version:
            self._grouped_at = self.version
            self._grouped.clear()
        if number not in self._grouped:
            self._grouped[number] = np.flatnonzero(self.category_of == number).astype(np.int32)
        return self._grouped[number]

    def upsert(self, items: Iterable[Item]) -> list[int]:
        """Take new items in and replace known ones, each as a whole.

        Returns:
            Their indices, in order.

        Raises:
            CatalogueFullError: there are not enough indices; nothing was changed.
        """
        batch = list(items)
        new = list(dict.fromkeys(item.id for item in batch if item.id not in self.index_of))
        self._grow(new)
        for item in batch:
            self._put(self.index_of[item.id], item)
        self.version += 1
        return [self.index_of[item.id] for item in batch]

    def delete(self, item_id: str) -> bool:
        """Take an item out; its index stays its own. Says whether it was there."""
        index = self.index_of.get(item_id)
        if index is None or self.items[index] is None:
            return False
        self.items[index] = None
        self.available[index] = False
        self.category_of[index] = NO_CATEGORY
        self.version += 1
        return True

    def load(self, rows: Iterable[tuple[str, Item | None]]) -> None:
        """Fill an empty catalogue with what was stored, in order of index; None for a deleted item.

        Raises:
            CatalogueFullError: it is not empty, or there are too many rows.
            CatalogueItemError: an id occurs twice, or differs from its item's.
        """
        stored = list(rows)
        ids = [item_id for item_id, _ in stored]
        if self.ids:
            raise CatalogueFullError("only an empty catalogue can be loaded")
        if len(set(ids)) != len(ids) or any(
            item is not None and item.id != item_id for item_id, item in stored
        ):
            raise CatalogueItemError("each id has one row")
        self._grow(ids)
        for index, (_, item) in enumerate(stored):
            if item is not None:
                self._put(index, item)
        self.version += 1

    def block(self, indices: Iterable[int]) -> None:
        """Let exactly these items, by editors' decision, stand nowhere from now on."""
        blocked = frozenset(indices)
        for index in (blocked ^ self._blocked) & set(range(len(self.items))):
            item = self.items[index]
            self.available[index] = item is not None and item.can_be_shown and index not in blocked
        if blocked != self._blocked:
            self.version += 1
        self._blocked = blocked

    def _grow(self, new: list[str]) -> None:
        """Give each new id the next index."""
        if not new:
            return
        before = len(self.ids)
        if before + len(new) > MAX_CATALOGUE_ITEMS:
            raise CatalogueFullError("no index is left")
        for offset, item_id in enumerate(new):
            self.index_of[item_id] = before + offset
            self.ids.append(item_id)
            self.id_json.append(json.dumps(item_id))
            self.items.append(None)
        self.available = np.concatenate((self.available, np.zeros(len(new), dtype=np.bool_)))
        self.category_of = np.concatenate((self.category_of, np.full(len(new), NO_CATEGORY, dtype=np.int32)))
        self.provider_of = np.concatenate((self.provider_of, np.full(len(new), NO_PROVIDER, dtype=np.int32)))

    def _put(self, index: int, item: Item) -> None:
        self.items[index] = item
        self.available[index] = item.can_be_shown and index not in self._blocked
        self.provider_of[index] = (
            NO_PROVIDER
            if item.provider is None
            else self._provider_number.setdefault(item.provider, len(self._provider_number))
        )
        if item.category is None:
            self.category_of[index] = NO_CATEGORY
        else:
            self.category_of[index] = self.category_number.setdefault(
                item.category, len(self.category_number)
            )
