"""What each person contributes to the shared model: at most 200 distinct items.

- Purpose: model improvement. It is kept exactly as long as the permission, because a person is taken out of the model by
  training again without them.
- The bound is also the unit of privacy: one person moves the Gram matrix by at most 200 items' worth.
- Beyond 200 the least recently seen item leaves, and of those seen in the same second the one that came in first.
- A person moves through tables of 16, 64 and 200 items as they grow: about 150 bytes for most, 1.6 KB for the busiest; 172 more
  for who came back to something (`earlier_sightings`). What they came back to is asked for when a recipe is chosen, and adds
  nothing to what is learnt of them: there each of the 200 items counts once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.compiled_merging import prepare_merging
from scoring.earlier_sightings import EarlierSightings
from scoring.errors import SnapshotShapeError
from scoring.frozen_items import FrozenItems
from scoring.recent_items import NO_ITEM, WORTH_AN_ARRAY, RecentItems
from scoring.recent_items_snapshot import RecentItemsSnapshot, check_snapshot
from scoring.sightings import ITEM_MASK, events_of, items_of, sighting_of
from scoring.visits import UnsortedVisits, Visits

MAX_ITEMS = 200
"""Distinct items of one person that count."""

_WIDTHS = (16, 64, MAX_ITEMS)


@dataclass(frozen=True, slots=True, eq=False)
class ContributionsSnapshot:
    """Everything, by table."""

    tables: tuple[RecentItemsSnapshot, ...]
    """One per width, rising."""
    earlier: RecentItemsSnapshot | None = None
    """What was seen of the same items before; None: nothing is known of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Who saw what, in order: a copy that training may read in a thread while people go on."""

    slots: NDArray[np.int64]
    """(n,): whose rows these are, rising."""
    people: NDArray[np.int64]
    """(e,): the number of the row of each item, rising."""
    items: NDArray[np.int32]
    """(e,): the items of each, the oldest first."""
    events: NDArray[np.int32] | None = None
    """(e,): the code of what was done last with each; None where nobody said."""
    visits: Visits | UnsortedVisits | None = None
    """The same with every earlier sighting that is known; None if nobody came back to anything."""

    @property
    def sightings(self) -> NDArray[np.int32]:
        """(e,): item and event as one."""
        return self.items if self.events is None else sighting_of(self.items, self.events).astype(np.int32)

    def matrix(self, n_items: int) -> csr_matrix:
        """(n, n_items) float32 of ones; the columns of a row in rising order."""
        ones = np.ones(len(self.items), dtype=np.float32)
        return csr_matrix((ones, (self.people, self.items)), shape=(len(self.slots), n_items))


@dataclass(frozen=True, slots=True, eq=False)
class FrozenContributions:
    """What everybody contributed at one moment, for whoever reads all of it in a thread while people go on."""

    tables: tuple[FrozenItems, ...]
    """One per width, rising."""
    earlier: FrozenItems
    """What was seen of the same items before."""

    def seen(self, n_items: int) -> Seen:
        """Who saw what, in order.

        Args:
            n_items: size of the catalogue; later items are left out.
        """
        people, sightings = [], []
        for table in self.tables:
            owners, rows = table.all_rows()
            oldest_first = rows[:, ::-1]
            counted = items_of(oldest_first) < min(n_items, NO_ITEM)
            people.append(np.repeat(owners, counted.sum(axis=1, dtype=np.int64)))
            sightings.append(oldest_first[counted])
        owners = np.concatenate(people)
        order = np.argsort(owners, kind="stable")
        everybody = np.unique(owners)
        numbers = np.searchsorted(everybody, owners[order])
        seen = np.concatenate(sightings)[order]
        visits = self._visits(everybody, n_items)
        return Seen(everybody, numbers.astype(np.int64), seen & ITEM_MASK, events_of(seen), visits)

    def export(self) -> ContributionsSnapshot:
        """Everything as arrays, in order of slot."""
        return ContributionsSnapshot(tuple(table.export() for table in self.tables), self.earlier.export())

    def _visits(self, everybody: NDArray[np.int64], n_items: int) -> UnsortedVisits | None:
        earlier = self.earlier.export()
        if not len(earlier.slots):
            return None
        return UnsortedVisits(everybody, n_items, tuple(table.export() for table in self.tables), earlier)


class Contributions:
    """The items of everybody whose permission for model improvement holds."""

    def __init__(self) -> None:
        """Start with nobody."""
        self._tables = tuple(RecentItems(width) for width in _WIDTHS)
        self._earlier = EarlierSightings()
        self._level_of = bytearray()
        self.removals = 0
        """How often something of somebody was taken away; what was learnt before knows it still."""

    @staticmethod
    def prepare() -> None:
        """Compile what takes in many at once, here and in histories, or read it from the disk."""
        prepare_merging()

    def __len__(self) -> int:
        """How many people contribute."""
        return sum(len(table) for table in self._tables)

    @property
    def nbytes(self) -> int:
        """How many bytes it holds."""
        return len(self._level_of) + sum(table.nbytes for table in (*self._tables, self._earlier))

    def knows(self, slot: int) -> bool:
        """Whether this person contributes anything."""
        return slot < len(self._level_of) and self._tables[self._level_of[slot]].knows(slot)

    def add(self, slot: int, item: int, at: int) -> None:
        """Count an item for a person (see `RecentItems.add`)."""
        level = self._find_level(slot)
        table = self._tables[level]
        if table.is_full(slot) and level + 1 < len(self._tables) and not table.holds(slot, item):
            wider = self._tables[level + 1]
            wider.rewrite(slot, table.sightings(slot))
            table.clear(slot)
            self._level_of[slot] = level + 1
            table = wider
        displaced = table.add(slot, item, at)
        if displaced is not None:
            self._earlier.take([displaced])

    def add_many(self, slots: list[int], items: list[int], times: list[int]) -> None:
        """Count many items at once: the same as `add` for each."""
        if len(slots) < WORTH_AN_ARRAY:
            for slot, item, at in zip(slots, items, times, strict=True):
                self.add(slot, item, at)
            return
        self._find_level(max(slots, default=0))
        levels, full = self._level_of, [table.is_full for table in self._tables[:-1]]
        more = Counter(slots)
        by_level: list[list[int]] = [[] for _ in self._tables]
        for n, slot in enumerate(slots):
            level = levels[slot]
            if level < len(full) and full[level](slot, more[slot]):
                self.add(slot, items[n], times[n])  # perhaps into a wider table
            else:
                by_level[level].append(n)
        for table, chosen in zip(self._tables, by_level, strict=True):
            if len(chosen) == len(slots):
                displaced = table.add_many(slots, items, times)
            else:
                displaced = table.add_many(
                    [slots[n] for n in chosen], [items[n] for n in chosen], [times[n] for n in chosen]
                )
            self._earlier.take(displaced)

    def _find_level(self, slot: int) -> int:
        """Which table a person stands in, or would; from now on `knows` and `clear` look there."""
        if slot >= len(self._level_of):
            self._level_of.extend(bytes(slot + 1 - len(self._level_of)))
        return self._level_of[slot]

    def clear(self, slot: int) -> bool:
        """Forget a person, at once. Says whether there was anything."""
        earlier = self._earlier.clear(
            slot
        )  # perhaps of items that were pushed out, where nothing else is left
        if not self.knows(slot):
            return self._removed(earlier)
        self._tables[self._level_of[slot]].clear(slot)
        self._level_of[slot] = 0
        self.removals += 1
        return True

    def drop(self, slot: int, item: int) -> bool:
        """Forget one item of a person. Says whether it was there."""
        self._earlier.drop(slot, item)
        return self._removed(self.knows(slot) and self._tables[self._level_of[slot]].drop(slot, item))

    def age(self, before: int) -> Iterator[bool]:
        """Forget what was last seen before a time (unix seconds); yields after some rows whether there was any."""
        for table in (*self._tables, self._earlier):
            yield from map(self._removed, table.age(before))

    def drop_until(self, slot: int, at: int) -> bool:
        """Forget what a person last saw at `at` or before. Says whether there was anything."""
        earlier = self._earlier.drop_until(slot, at)
        last = self.knows(slot) and self._tables[self._level_of[slot]].drop_until(slot, at)
        return self._removed(last or earlier)

    def _removed(self, was_there: bool) -> bool:  # counted on its way to the caller
        self.removals += was_there
        return was_there

    def of(self, slot: int) -> list[int]:
        """A person's items, rising."""
        return sorted(item for table in self._tables for item, _ in table.of(slot))

    def matrix(self, n_items: int) -> csr_matrix:
        """Who saw what.

        Args:
            n_items: size of the catalogue; later items are left out.

        Returns:
            (people, n_items) float32 of ones, a copy: training may read it in a thread while people go on.
        """
        columns, lengths = [], []
        for table in self._tables:
            _, items = table.freeze().all_rows()
            items = items_of(items)
            counted = items < min(n_items, NO_ITEM)
            columns.append(items[counted])
            lengths.append(counted.sum(axis=1, dtype=np.int64))
        indices = np.concatenate(columns)
        indptr = np.concatenate(([0], np.cumsum(np.concatenate(lengths))))
        shape = (len(indptr) - 1, n_items)
        return csr_matrix((np.ones(len(indices), dtype=np.float32), indices, indptr), shape=shape)

    def freeze(self) -> FrozenContributions:
        """All of it as it is now, in copies."""
        return FrozenContributions(tuple(table.freeze() for table in self._tables), self._earlier.freeze())

    def export(self) -> ContributionsSnapshot:
        """Everything as arrays."""
        return self.freeze().export()

    def restore(self, snapshot: ContributionsSnapshot) -> None:
        """Replace everything by what `export` gave.

        Raises:
            SnapshotShapeError: it does not fit; everything is as it was.
        """
        if len(snapshot.tables) != len(self._tables):
            raise SnapshotShapeError("a snapshot has one part per table")
        pairs = list(zip(self._tables, snapshot.tables, strict=True))
        earlier = EarlierSightings()
        if snapshot.earlier is not None:
            earlier.restore(snapshot.earlier)
        for table, part in pairs:
            check_snapshot(part, table.width)
        slots = [part.slots for part in snapshot.tables]
        everybody = np.concatenate(slots)
        if len(np.unique(everybody)) != len(everybody):
            raise SnapshotShapeError("a person stands in one table")
        for table, part in pairs:
            table.restore(part)
        self._earlier = earlier
        self._level_of = bytearray(int(everybody.max(initial=-1)) + 1)
        for level, known in enumerate(slots):
            np.frombuffer(self._level_of, dtype=np.uint8)[known] = level
