"""A table of the most recent distinct items per slot, in flat arrays.

- A row holds up to `width` distinct items with the time each was last seen, newest first. Of equal times the one that came in
  later is the newer; otherwise the order of arrival does not matter, and neither does repetition.
- With each item stands what was done with it last (`sightings`); so an item is one, whatever was done with it.
- Rows are given only to slots that have items; a slot without one costs 4 bytes. A row costs `8 * width` bytes.
- There is no Python object per slot: the table grows in blocks and freed rows are wiped and used again.

Lives on one thread; no locks.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from scoring.compiled_merging import is_prepared, prepare_merging
from scoring.frozen_items import FrozenItems
from scoring.recent_items_snapshot import RecentItemsSnapshot, check_snapshot
from scoring.sightings import ITEM_MASK, NO_ITEM

__all__ = ["NO_ITEM", "WORTH_AN_ARRAY", "Earlier", "RecentItems", "RecentItemsSnapshot"]

_FIRST_ROWS = 64
_ROWS_AT_ONCE = 65_536
"""Rows looked at for what is too old in one piece (a few milliseconds)."""
_LATEST = 0xFFFF_FFFF
WORTH_AN_ARRAY = 4
"""Below so many items one by one is faster."""

Earlier = tuple[int, int, int]
"""A sighting that is not its item's last: whose (the slot), the sighting, when (unix seconds)."""


class RecentItems:
    """The last `width` distinct items of each slot."""

    distinct = True
    """Whether an item stands in a row once, where it was seen last."""

    def __init__(self, width: int) -> None:
        """Start with nobody."""
        self.width = width
        """Items per row."""
        self._row_of = array("i")
        self._slot_of = array("q", [-1])
        self._free: list[int] = []
        self._items: NDArray[np.int32] = np.zeros((0, width), dtype=np.int32)
        self._times: NDArray[np.uint32] = np.zeros((0, width), dtype=np.uint32)
        self._allocate(_FIRST_ROWS)

    def __len__(self) -> int:
        """How many slots have at least one item."""
        return len(self._slot_of) - 1 - len(self._free)

    @property
    def nbytes(self) -> int:
        """Bytes held by the table."""
        rows = self._items.nbytes + self._times.nbytes
        return rows + 4 * len(self._row_of) + 8 * len(self._slot_of)

    def knows(self, slot: int) -> bool:
        """Whether the slot has an item."""
        return slot < len(self._row_of) and self._row_of[slot] != 0

    def add(self, slot: int, item: int, at: int) -> Earlier | None:
        """Note that an item was seen.

        Args:
            slot: whose, from 0.
            item: its permanent index, or a sighting of it.
            at: when (unix seconds; cut to 0 to 2**32 - 1).

        Returns:
            The sighting that is no longer, or never was, the item's last; None if there was no other, or in the same second.
        """
        at = min(max(at, 0), _LATEST)
        row = self._row_of[slot] if slot < len(self._row_of) else 0
        if row == 0:
            row = self._give_row(slot)
        width, times, items = self.width, self._times_view, self._items_view
        first = row * width
        hole, earlier = self._place_of(first, item, at), None
        if hole >= 0:
            if times[hole] > at:
                return slot, item, at
            if times[hole] == at:
                items[hole] = item  # what was done last counts
                return None
            earlier = slot, items[hole], times[hole]
        else:
            hole = first + width - 1
        place = first
        if at < times[first]:
            while place <= hole and times[place] > at:
                place += 1
            if place > hole:
                return None
        if place < hole:
            items[place + 1 : hole + 1] = items[place:hole]
            times[place + 1 : hole + 1] = times[place:hole]
        items[place] = item
        times[place] = at
        return earlier

    def _place_of(self, first: int, item: int, at: int) -> int:
        """Where what would be pushed aside by a sighting stands; -1 if nothing would."""
        sought, row = item & ITEM_MASK, slice(first, first + self.width)
        seen: list[int] = (self._flat[row] & ITEM_MASK).tolist()
        if sought not in seen:
            return -1
        if self.distinct:
            return first + seen.index(sought)
        times = self._times_view[row]
        return next((first + n for n, each in enumerate(seen) if each == sought and times[n] == at), -1)

    def drop(self, slot: int, item: int) -> bool:
        """Forget one item of a slot. Says whether it was there."""
        return self._keep(slot, lambda each: each[0] & ITEM_MASK != item)

    def drop_until(self, slot: int, at: int) -> bool:
        """Forget what was last seen at `at` or before. Says whether there was anything."""
        return self._keep(slot, lambda each: each[1] > at)

    def _keep(self, slot: int, wanted: Callable[[tuple[int, int]], bool]) -> bool:
        kept = self.sightings(slot)
        rest = [each for each in kept if wanted(each)]
        if len(rest) < len(kept):
            self.rewrite(slot, rest)
        return len(rest) < len(kept)

    def rewrite(self, slot: int, sightings: list[tuple[int, int]]) -> None:
        """Let a slot have these sightings with their times, newest first and each item once, `width` at most, and no others."""
        RecentItems.clear(self, slot)
        if sightings:
            row, n = self._give_row(slot), len(sightings)
            self._items[row, :n], self._times[row, :n] = zip(*sightings, strict=True)

    def add_many(self, slots: list[int], items: list[int], times: list[int]) -> list[Earlier]:
        """Note many items at once: the same as `add` for each in turn, and many times faster once that is compiled.

        Args:
            slots: whose.
            items: which, or sightings of them.
            times: when (unix seconds).

        Returns:
            What `add` returns of each, where that is something.
        """
        if len(slots) < WORTH_AN_ARRAY or not is_prepared():
            singly = (RecentItems.add(self, *each) for each in zip(slots, items, times, strict=True))
            return [each for each in singly if each is not None]
        rows = self._rows_for(slots, np.array(slots, dtype=np.int64))
        which = np.array(items, dtype=np.int32)
        when = np.clip(np.array(times, dtype=np.int64), 0, _LATEST).astype(np.uint32)
        by = np.empty(len(slots), dtype=np.int32)
        n = prepare_merging()(self._items, self._times, rows, which, when, self.distinct, by)
        gone = zip(by[:n].tolist(), which[:n].tolist(), when[:n].tolist(), strict=True)
        return [(slots[number], sighting, at) for number, sighting, at in gone]

    def _rows_for(self, slots: list[int], whose: NDArray[np.int64]) -> NDArray[np.int32]:
        """The row of each slot, given now to those that have none; `whose` holds the same slots."""
        last = max(slots)
        if last >= len(self._row_of):
            self._row_of.frombytes(bytes(4 * (last + 1 - len(self._row_of))))
        rows: NDArray[np.int32] = np.frombuffer(self._row_of, dtype=np.int32)[whose]
        if not rows.all():
            for n in np.flatnonzero(rows == 0).tolist():
                rows[n] = self._row_of[slots[n]] or self._give_row(slots[n])
        return rows

    def is_full(self, slot: int, more: int = 1) -> bool:
        """Whether so many further distinct items would push one out (`more` from 1)."""
        if more > self.width:
            return True
        return self.knows(slot) and self._items_view[(self._row_of[slot] + 1) * self.width - more] != NO_ITEM

    def holds(self, slot: int, item: int) -> bool:
        """Whether this item is in the slot's row."""
        if not self.knows(slot):
            return False
        first = self._row_of[slot] * self.width
        return item & ITEM_MASK in [each & ITEM_MASK for each in self._items_view[first : first + self.width]]

    def of(self, slot: int) -> list[tuple[int, int]]:
        """The slot's items with their times, newest first."""
        return [(seen & ITEM_MASK, at) for seen, at in self.sightings(slot)]

    def sightings(self, slot: int) -> list[tuple[int, int]]:
        """The slot's sightings with their times, newest first."""
        if not self.knows(slot):
            return []
        first = self._row_of[slot] * self.width
        pairs = zip(
            self._items_view[first : first + self.width],
            self._times_view[first : first + self.width],
            strict=True,
        )
        return [(item, at) for item, at in pairs if item != NO_ITEM]

    def clear(self, slot: int) -> bool:
        """Forget a slot's items: the row is overwritten at once. Says whether there were any."""
        if not self.knows(slot):
            return False
        row = self._row_of[slot]
        self._row_of[slot] = 0
        self._slot_of[row] = -1
        self._items[row] = NO_ITEM
        self._times[row] = 0
        self._free.append(row)
        return True

    def age(self, before: int) -> Iterator[bool]:
        """Forget what was last seen before a time (unix seconds); yields after some rows whether there was any."""
        yield from (self._age(before, first) for first in range(0, len(self._slot_of), _ROWS_AT_ONCE))

    def _age(self, before: int, first_row: int) -> bool:
        some = slice(first_row, min(first_row + _ROWS_AT_ONCE, len(self._slot_of)))
        items, times = self._items[some], self._times[some]
        old = (times < before) & (items != NO_ITEM)
        if not old.any():
            return False
        items[old] = NO_ITEM
        times[old] = 0
        for row in np.flatnonzero(old.any(axis=1) & (items[:, 0] == NO_ITEM)).tolist():
            self.clear(self._slot_of[first_row + row])
        return True

    def rows(self, slots: Iterable[int]) -> NDArray[np.int32]:
        """The sightings of some slots.

        Returns:
            (len(slots), width) int32, newest first, NO_ITEM at the end; a copy.
        """
        row_of = self._row_of
        known = len(row_of)
        return self._items.take([row_of[slot] if slot < known else 0 for slot in slots], axis=0)

    def freeze(self) -> FrozenItems:
        """All of it as it is now, in copies."""
        n_rows = len(self._slot_of)
        return FrozenItems(
            np.array(self._slot_of, dtype=np.int64), self._items[:n_rows].copy(), self._times[:n_rows].copy()
        )

    def export(self) -> RecentItemsSnapshot:
        """The table as arrays of its own, in order of slot."""
        return self.freeze().export()

    def restore(self, snapshot: RecentItemsSnapshot) -> None:
        """Replace everything by what `export` gave.

        Raises:
            SnapshotShapeError: see `check_snapshot`; the table is as it was.
        """
        check_snapshot(snapshot, self.width)
        slots, items, times = snapshot.slots, snapshot.items, snapshot.times
        n = len(slots)
        self._free = []
        self._slot_of = array("q", [-1])
        self._allocate(max(_FIRST_ROWS, n + 1))
        self._items[1 : n + 1] = items
        self._times[1 : n + 1] = times
        self._slot_of.frombytes(slots.tobytes())
        row_of = np.zeros(int(slots[-1]) + 1 if n else 0, dtype=np.int32)
        row_of[slots] = np.arange(1, n + 1)
        self._row_of = array("i")
        self._row_of.frombytes(row_of.tobytes())

    def _give_row(self, slot: int) -> int:
        if slot >= len(self._row_of):
            self._row_of.frombytes(bytes(4 * (slot + 1 - len(self._row_of))))
        if self._free:
            row = self._free.pop()
            self._slot_of[row] = slot
        else:
            row = len(self._slot_of)
            if row == len(self._items):
                self._allocate(row + max(row // 4, _FIRST_ROWS))
            self._slot_of.append(slot)
        self._row_of[slot] = row
        return row

    def _allocate(self, n_rows: int) -> None:
        """Make room for `n_rows` rows, keeping those there are. Row 0 stays empty: it is everybody's who has none."""
        items = np.full((n_rows, self.width), NO_ITEM, dtype=np.int32)
        times = np.zeros((n_rows, self.width), dtype=np.uint32)
        kept = len(self._slot_of)
        if kept > 1:
            items[:kept] = self._items[:kept]
            times[:kept] = self._times[:kept]
        self._items, self._times = items, times
        self._flat = items.reshape(-1)
        self._items_view = self._flat.data
        self._times_view = times.reshape(-1).data
