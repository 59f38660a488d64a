"""A person's history: their last 20 distinct items, which is all that a personal slate is made from.

- Purpose: recommendations. Cleared in the same step that takes the permission away, before the withdrawal is answered.
- Late and repeated events lead to the same history as if they had come in order; of one second, the last to come is the newest.
- An item that the person does not want to be used keeps its place and counts for nothing (`UNUSED`): so every other addend
  stays what it was, and a score falls by exactly the addend that was taken out of it.
- How often, and when, the person came back to an item stands beside it (`earlier_sightings`), and goes with it.
- 172 bytes for a slot that has a history (up to a quarter more while the table has room to grow), as many again for one that came
  back to something, 8 for one that has none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from scoring.decay import HISTORY_LENGTH
from scoring.earlier_sightings import EarlierSightings, ages_of
from scoring.recent_items import NO_ITEM, Earlier, RecentItems
from scoring.recent_items_snapshot import RecentItemsSnapshot
from scoring.sightings import ITEM_MASK, UNUSED

_USED_ITEM = ITEM_MASK | UNUSED
"""The item, and whether it is used."""


class History(RecentItems):
    """The last 20 distinct items of each slot."""

    def __init__(self) -> None:
        """Start with nobody."""
        super().__init__(HISTORY_LENGTH)
        self.earlier = EarlierSightings()
        """What was seen of the same items before they were seen last."""
        self.holds_unused = False
        """Whether anybody has an unused item: until then nobody looks for one."""

    @property
    def nbytes(self) -> int:
        """Bytes held by the table, with what was seen earlier."""
        return super().nbytes + self.earlier.nbytes

    def add(self, slot: int, item: int, at: int) -> Earlier | None:
        """See `RecentItems.add`; what it returns is kept."""
        displaced = super().add(slot, item, at)
        if displaced is not None:
            self.earlier.take([displaced])
        return displaced

    def add_many(self, slots: list[int], items: list[int], times: list[int]) -> list[Earlier]:
        """See `RecentItems.add_many`; what it returns is kept."""
        displaced = super().add_many(slots, items, times)
        self.earlier.take(displaced)
        return displaced

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
        self.rewrite(slot, [(seen | UNUSED if seen & ITEM_MASK == item else seen, at) for seen, at in kept])
        self.holds_unused = True
        return True

    def use_again(self, slot: int, item: int) -> bool:
        """Use an item again, at the place that it kept. Says whether it had one."""
        kept = self.sightings(slot)
        if all(seen & _USED_ITEM != item | UNUSED for seen, _ in kept):
            return False
        self.rewrite(slot, [(seen & ~UNUSED if seen & ITEM_MASK == item else seen, at) for seen, at in kept])
        return True

    def add_unused(self, slot: int, item: int, at: int) -> None:
        """Note an item that the person does not want to be used: it takes the place that it would have had."""
        self.holds_unused = True
        self.add(slot, item | UNUSED, at)

    def of(self, slot: int) -> list[tuple[int, int]]:
        """The items in use with their times, newest first."""
        return [(seen & ITEM_MASK, at) for seen, at in self.sightings(slot) if seen < UNUSED]

    def ages(self, slot: int) -> list[tuple[int, int]]:
        """How old each sighting of a slot's items is: see `earlier_sightings.ages_of`."""
        return ages_of(self.sightings(slot), self.earlier.sightings(slot), self.width)

    def returns(self, slot: int) -> Counter[int]:
        """How often a slot came back to each of its items, as far as that is kept."""
        row = [sighting & ITEM_MASK for sighting, _ in self.sightings(slot)]
        return Counter(row[place] for place, _ in self.ages(slot)) - Counter(row)

    def drop_until(self, slot: int, at: int) -> bool:
        """See `RecentItems.drop_until`; earlier sightings by their own times."""
        earlier = self.earlier.drop_until(slot, at)
        return super().drop_until(slot, at) or earlier

    def clear(self, slot: int) -> bool:
        """See `RecentItems.clear`."""
        self.earlier.clear(slot)
        return super().clear(slot)

    def age(self, before: int) -> Iterator[bool]:
        """See `RecentItems.age`; earlier sightings by their own times."""
        yield from super().age(before)
        yield from self.earlier.age(before)

    def restore(self, snapshot: RecentItemsSnapshot) -> None:
        """See `RecentItems.restore`; what was seen earlier is restored by itself, after it."""
        super().restore(snapshot)
        self.earlier = EarlierSightings()
        self.holds_unused = bool(((snapshot.items >= UNUSED) & (snapshot.items != NO_ITEM)).any())


def without(row: NDArray[np.int32], items: tuple[int, ...]) -> NDArray[np.int32]:
    """A row (of sightings) in which some items keep their places and count for nothing."""
    if not items:
        return row
    return np.where(np.isin(row & ITEM_MASK, items) & (row != NO_ITEM), row | UNUSED, row)
