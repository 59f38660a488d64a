"""A person's history: their last 20 distinct items, which is all that a personal slate is made from.

- Purpose: recommendations. Cleared in the same step that takes the permission away, before the withdrawal is answered.
- Late and repeated events lead to the same history as if they had come in order; of one second, the last to come is the newest.
- An item that the person does not want to be used keeps its place and counts for nothing (`UNUSED`): so every other addend
  stays what it was, and a score falls by exactly the addend that was taken out of it.
- 172 bytes for a slot that has a history (up to a quarter more while the table has room to grow), 4 for one that has none.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.decay import HISTORY_LENGTH
from scoring.recent_items import NO_ITEM, RecentItems, RecentItemsSnapshot
from scoring.sightings import ITEM_MASK, UNUSED

_USED_ITEM = ITEM_MASK | UNUSED
"""The item, and whether it is used."""


class History(RecentItems):
    """The last 20 distinct items of each slot."""

    def __init__(self) -> None:
        """Start with nobody."""
        super().__init__(HISTORY_LENGTH)
        self.holds_unused = False
        """Whether anybody has an unused item: until then nobody looks for one."""

    def has_used(self, slot: int) -> bool:
        """Whether the slot has an item that may be used."""
        return self.knows(slot) and (
            not self.holds_unused or any(item < UNUSED for item, _ in self.sightings(slot))
        )

    def drop(self, slot: int, item: int) -> bool:
        """Use an item no more. Says whether it was there."""
        kept = self.sightings(slot)
        if all(seen & _USED_ITEM != item for seen, _ in kept):
            return False
        self.clear(slot)
        for seen, at in reversed(kept):
            self.add(slot, seen | UNUSED if seen & ITEM_MASK == item else seen, at)
        self.holds_unused = True
        return True

    def use_again(self, slot: int, item: int) -> bool:
        """Use an item again, at the place that it kept. Says whether it had one."""
        kept = self.sightings(slot)
        if all(seen & _USED_ITEM != item | UNUSED for seen, _ in kept):
            return False
        self.clear(slot)
        for seen, at in reversed(kept):
            self.add(slot, seen & ~UNUSED if seen & ITEM_MASK == item else seen, at)
        return True

    def add_unused(self, slot: int, item: int, at: int) -> None:
        """Note an item that the person does not want to be used: it takes the place that it would have had."""
        self.holds_unused = True
        self.add(slot, item | UNUSED, at)

    def of(self, slot: int) -> list[tuple[int, int]]:
        """The items in use with their times, newest first."""
        return [(seen & ITEM_MASK, at) for seen, at in self.sightings(slot) if seen < UNUSED]

    def restore(self, snapshot: RecentItemsSnapshot) -> None:
        """See `RecentItems.restore`."""
        super().restore(snapshot)
        self.holds_unused = bool(((snapshot.items >= UNUSED) & (snapshot.items != NO_ITEM)).any())


def without(row: NDArray[np.int32], items: tuple[int, ...]) -> NDArray[np.int32]:
    """A row (of sightings) in which some items keep their places and count for nothing."""
    if not items:
        return row
    return np.where(np.isin(row & ITEM_MASK, items) & (row != NO_ITEM), row | UNUSED, row)
