"""Visits: every sighting that is kept of everybody, in order, not only the last of each item.

They are taken as they stand in the tables, on the event loop, and put in order where they are asked for, in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from scoring.recent_items_snapshot import RecentItemsSnapshot
from scoring.sightings import EVENT_SHIFT, ITEM_MASK, NO_ITEM

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Sightings in order."""

    people: Whole
    """(v,): the number of each one's person among those who take part, rising."""
    sightings: NDArray[np.int32]
    """(v,): items and events as one, the oldest of each person first."""

    def of(self, chosen: NDArray[np.bool_]) -> Visits:
        """Those of some people, by number, who are numbered anew."""
        kept = chosen[self.people]
        return Visits((np.cumsum(chosen) - 1)[self.people[kept]], self.sightings[kept])

    def in_order(self) -> Visits:
        """As they are."""
        return self


@dataclass(frozen=True, slots=True, eq=False)
class UnsortedVisits:
    """A copy of the tables in which they stand."""

    slots: Whole
    """(n,): who takes part, rising."""
    n_items: int
    """Size of the catalogue; later items are left out."""
    last: tuple[RecentItemsSnapshot, ...]
    """Of each item the last sighting, by width of the table, rising."""
    earlier: RecentItemsSnapshot
    """Of the same items, what was seen before."""

    def of(self, chosen: NDArray[np.bool_]) -> UnsortedVisits:
        """Those of some people, by number, who are numbered anew."""
        return replace(self, slots=self.slots[chosen])

    def in_order(self) -> Visits:
        """Last and earlier sightings by their times; of one second as they stand, the earlier first."""
        parts = [_flat(table) for table in (self.earlier, *self.last)]
        owners, sightings, times = (np.concatenate(each) for each in zip(*parts, strict=True))
        items = sightings & ITEM_MASK
        pairs = owners << EVENT_SHIFT | items
        is_last = np.arange(len(pairs)) >= len(parts[0][0])
        since = self._forgotten_until(int(owners.max(initial=0)))
        known = is_last | (times > since[owners]) & np.isin(pairs, pairs[is_last])
        known &= np.isin(owners, self.slots) & (items < self.n_items)
        order = np.flatnonzero(known)
        order = order[np.lexsort((times[order], owners[order]))]
        return Visits(np.searchsorted(self.slots, owners[order]), sightings[order].astype(np.int32))

    def _forgotten_until(self, last_slot: int) -> Whole:
        """(last_slot + 1,): up to when there may have been more than is kept; -1 for whoever's row is not full."""
        widest = self.last[-1]
        full = widest.items[:, -1] != NO_ITEM
        since = np.full(last_slot + 1, -1, dtype=np.int64)
        since[widest.slots[full]] = widest.times[full, -1]
        return since


def _flat(table: RecentItemsSnapshot) -> tuple[Whole, Whole, Whole]:
    """Whose, the sighting and when, of everything in a table, the oldest of each person first."""
    oldest_first, times = table.items[:, ::-1], table.times[:, ::-1]
    there = oldest_first != NO_ITEM
    owners = np.repeat(table.slots, there.sum(axis=1, dtype=np.int64))
    return owners, oldest_first[there].astype(np.int64), times[there].astype(np.int64)
