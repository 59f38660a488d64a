"""The list of items that a round is about: public, in a fixed order, and part of what is signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from consent import canonical_json
from federated.errors import DocumentError

MAX_ITEMS = 2_048
"""A contribution has one value per pair of items: 8 MiB at this many."""
MAX_ID_CHARACTERS = 256


class Visit(NamedTuple):
    """One thing a person did with an item. It never leaves the device."""

    item: str
    at: int
    """Unix time, seconds."""


class ItemList:
    """The items, each under its number."""

    __slots__ = ("_numbers", "digest", "ids")

    def __init__(self, ids: Sequence[str]) -> None:
        """Number the items in this order.

        Raises:
            DocumentError: none, too many, one twice, or an id that is empty or too long.
        """
        if not 1 <= len(ids) <= MAX_ITEMS:
            raise DocumentError("a list holds between 1 and 2,048 items")
        if any(not 1 <= len(item) <= MAX_ID_CHARACTERS for item in ids):
            raise DocumentError("an item's id is empty or too long")
        self.ids = tuple(ids)
        self._numbers = {item: number for number, item in enumerate(self.ids)}
        if len(self._numbers) < len(self.ids):
            raise DocumentError("an item stands in the list twice")
        self.digest = hashlib.sha256(canonical_json(list(self.ids))).digest()
        """What a manifest says of the list, 32 bytes."""

    def __len__(self) -> int:
        return len(self.ids)

    def number_of(self, item: str) -> int | None:
        """The number of an item, or None for one that the list does not have."""
        return self._numbers.get(item)

    def latest_of(self, history: Iterable[Visit], n_items: int, now: int | None = None) -> list[int]:
        """The last distinct items of a history that are on the list, newest first, at most `n_items`.

        Args:
            history: in any order; of equal times, the one further back counts as newer.
            n_items: how many at most.
            now: Unix time; what lies after it is not looked at.
        """
        found: dict[int, None] = {}
        for item, at in sorted(history, key=lambda visit: visit.at)[::-1]:
            number = self._numbers.get(item)
            if number is not None and (now is None or at <= now):
                found.setdefault(number)
                if len(found) == n_items:
                    break
        return list(found)
