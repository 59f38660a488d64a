"""What the catalogue needs of a store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from scoring import Item


class CatalogueStore(Protocol):
    """The items that can be shown, each under a permanent number.

    Contract:
        Concurrency: synchronous calls from any thread; writers wait for one another.
        Durability: when a writing call returns, its change survives a crash and a power loss.
        Atomicity: a call is one transaction.
        Numbers: a new id gets the next number, from 0, in the order of the call; a number is never given twice, and
            an id that comes back after a deletion has its own again.
        Errors: `consent.StoreUnavailableError` (nothing was changed), `consent.StoreCorruptError`.
    """

    def upsert(self, items: Sequence[Item]) -> list[int]:
        """Take new items in and replace known ones, each as a whole. Returns their numbers, in order.

        Raises:
            CatalogueFullError: there are not enough numbers left; nothing was changed.
        """
        ...

    def delete(self, item_id: str) -> bool:
        """Take an item out; its number stays its own. Says whether it was there."""
        ...

    def load_all(self) -> Iterator[tuple[str, Item | None]]:
        """Every id in order of number; None for a deleted item."""
        ...
