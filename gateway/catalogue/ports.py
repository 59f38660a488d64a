"""What the gateway needs of a store beside the ports of consent and routing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
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


ArmCounts = Mapping[tuple[str, str], int]
"""(experiment, arm) -> how many withdrew."""


class FlagStore(Protocol):
    """Flags, and how many people withdrew from each arm. Nothing in it is about anybody in particular.

    Contract:
        Concurrency: synchronous calls from any thread; writers wait for one another.
        Durability: when a writing call returns, its change survives a crash and a power loss.
        Atomicity: a call is one transaction.
        Errors: `consent.StoreUnavailableError` (nothing was changed), `consent.StoreCorruptError`.
    """

    def put(self, key: str, body: bytes) -> None:
        """Keep a flag, in place of the one of this key."""
        ...

    def delete(self, key: str) -> bool:
        """Keep it no longer. Says whether it was there."""
        ...

    def load_all(self) -> Iterator[tuple[str, bytes]]:
        """Every flag, by key."""
        ...

    def add_withdrawals(self, counts: ArmCounts) -> None:
        """Add to the counts."""
        ...

    def withdrawals(self) -> dict[tuple[str, str], int]:
        """How many people withdrew, by experiment and arm."""
        ...
