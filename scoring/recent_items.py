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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.errors import SnapshotShapeError
from scoring.row_merging import NO_ITEM, merge_one_each
from scoring.sightings import ITEM_MASK

__all__ = ["NO_ITEM", "WORTH_AN_ARRAY", "RecentItems", "RecentItemsSnapshot"]

_FIRST_ROWS = 64
_ROWS_AT_ONCE = 65_536
"""Rows looked at for what is too old in one piece (a few milliseconds)."""
_LATEST = 0xFFFF_FFFF
WORTH_AN_ARRAY = 8
"""Below so many items one by one is faster."""
_MAX_SLOT = 0x7FFF_FFFE


@dataclass(frozen=True, slots=True, eq=False)
class RecentItemsSnapshot:
    """The whole table as arrays, in order of slot."""

    slots: NDArray[np.int64]
    """(n,): which slot each row belongs to, rising."""
    items: NDArray[np.int32]
    """(n, width): sightings, newest first, NO_ITEM at the end."""
    times: NDArray[np.uint32]
    """(n, width): unix seconds, 0 where there is no item."""


class RecentItems:
    """The last `width` distinct items of each slot."""

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

    def add(self, slot: int, item: int, at: int) -> None:
        """Note that an item was seen.

        Args:
            slot: whose, from 0.
            item: its permanent index, or a sighting of it.
            at: when (unix seconds; cut to 0 to 2**32 - 1).
        """
        at = min(max(at, 0), _LATEST)
        row = self._row_of[slot] if slot < len(self._row_of) else 0
        if row == 0:
            row = self._give_row(slot)
        width, times, items = self.width, self._times_view, self._items_view
        first = row * width
        seen = [each & ITEM_MASK for each in items[first : first + width]]
        hole = first + width - 1
        if item & ITEM_MASK in seen:
            hole = first + seen.index(item & ITEM_MASK)
            if times[hole] >= at:
                if times[hole] == at:
                    items[hole] = item  # what was done last counts
                return
        place = first
        if at < times[first]:
            while place <= hole and times[place] > at:
                place += 1
            if place > hole:
                return
        if place < hole:
            items[place + 1 : hole + 1] = items[place:hole]
            times[place + 1 : hole + 1] = times[place:hole]
        items[place] = item
        times[place] = at

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
            self.clear(slot)
            for seen, at in reversed(rest):
                self.add(slot, seen, at)
        return len(rest) < len(kept)

    def add_many(self, slots: list[int], items: list[int], times: list[int]) -> None:
        """Note many items at once: the same as `add` for each in turn, and several times faster.

        Args:
            slots: whose.
            items: which, or sightings of them.
            times: when (unix seconds).
        """
        if len(slots) < WORTH_AN_ARRAY or len(set(slots)) < len(slots):
            for slot, item, at in zip(slots, items, times, strict=True):
                self.add(slot, item, at)
            return
        whose = np.array(slots, dtype=np.int64)
        rows = self._rows_for(slots, whose)
        when = np.clip(np.array(times, dtype=np.int64), 0, _LATEST).astype(np.uint32)
        before = self._items.take(rows, axis=0), self._times.take(rows, axis=0)
        self._items[rows], self._times[rows] = merge_one_each(before, np.array(items, dtype=np.int32), when)

    def _rows_for(self, slots: list[int], whose: NDArray[np.int64]) -> NDArray[np.int32]:
        """The row of each slot, given now to those that have none; `whose` holds the same slots."""
        last = max(slots)
        if last >= len(self._row_of):
            self._row_of.frombytes(bytes(4 * (last + 1 - len(self._row_of))))
        rows: NDArray[np.int32] = np.frombuffer(self._row_of, dtype=np.int32)[whose]
        if not rows.all():
            for n in np.flatnonzero(rows == 0).tolist():
                rows[n] = self._give_row(slots[n])
        return rows

    def is_full(self, slot: int) -> bool:
        """Whether a further distinct item would push one out."""
        return self.knows(slot) and self._items_view[(self._row_of[slot] + 1) * self.width - 1] != NO_ITEM

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

    def all_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Every slot that has items, rising, and its sightings: (n,) int64 and (n, width) int32."""
        slots, rows = self._used()
        return slots, self._items[rows]

    def export(self) -> RecentItemsSnapshot:
        """The table as arrays of its own."""
        slots, rows = self._used()
        return RecentItemsSnapshot(slots, self._items[rows], self._times[rows])

    def restore(self, snapshot: RecentItemsSnapshot) -> None:
        """Replace everything by what `export` gave.

        Raises:
            SnapshotShapeError: see `check`; the table is as it was.
        """
        self.check(snapshot)
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

    def check(self, snapshot: RecentItemsSnapshot) -> None:
        """Whether a snapshot could be restored here.

        Raises:
            SnapshotShapeError: its arrays do not fit together, or are of another width.
        """
        slots, items, times = snapshot.slots, snapshot.items, snapshot.times
        if items.shape != (len(slots), self.width) or times.shape != items.shape:
            raise SnapshotShapeError("arrays of a snapshot have one row per slot")
        if slots.dtype != np.int64 or items.dtype != np.int32 or times.dtype != np.uint32:
            raise SnapshotShapeError("arrays of a snapshot have fixed types")
        if len(slots) and (slots[0] < 0 or slots[-1] > _MAX_SLOT or np.any(np.diff(slots) <= 0)):
            raise SnapshotShapeError("slots of a snapshot rise")
        if np.any(items < 0) or np.any(times[items == NO_ITEM]):
            raise SnapshotShapeError("items of a snapshot are indices")

    def _used(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        slot_of = np.array(self._slot_of, dtype=np.int64)
        rows = np.flatnonzero(slot_of >= 0)
        rows = rows[np.argsort(slot_of[rows])]
        return slot_of[rows], rows

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
        self._items_view = items.reshape(-1).data
        self._times_view = times.reshape(-1).data
