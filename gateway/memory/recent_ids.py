"""De-duplication: the message ids seen lately, as 64-bit keyed digests.

Two generations, each holding the whole window or the configured number of ids, whichever fills first: an id is remembered
for at least the window, unless more ids than configured come after it, and for at most twice that. Each generation is 256
open-addressed tables, so that a table that grows stops the world for a 256th of the time. About 16 to 32 bytes an id; a
set would take 85.

An id whose frame could not be made durable is forgotten again, so that the client's retry is no duplicate.

Machine code looks up and adds the ids of a request (`gateway.memory.compiled_ids`), once `prepare_recent_ids` has made it.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

_SHARDS = 256
_FIRST_SIZE = 64
_EMPTY = 0
_FORGOTTEN = 1
_NOTHING = np.empty(0, dtype=np.uint64)
_WORTH_AN_ARRAY = 4
"""Below so many ids one by one is faster."""


@cache
def prepare_recent_ids() -> None:
    """Make the machine code, or read it from the disk; to be called in a thread."""
    from gateway.memory import compiled_ids  # loads the compiler

    _made.append(compiled_ids)


_made: list[ModuleType] = []
"""`compiled_ids`, once it can be called."""


class _Generation:
    """A set of 64-bit numbers."""

    __slots__ = ("columns", "count", "tables", "used")

    def __init__(self, numbers: NDArray[np.uint64] = _NOTHING) -> None:
        """Hold `numbers`: (n,) digests of ids, each once, above `_FORGOTTEN`; in any order."""
        order = np.argsort(numbers)
        ends = np.searchsorted(numbers[order] >> np.uint64(56), np.arange(_SHARDS + 1, dtype=np.uint64))
        parts = [numbers[order[a:b]] for a, b in pairwise(ends)]
        self.tables = [_lay_out(part, _size_for(len(part))) for part in parts]
        self.used = array("Q", map(len, parts))
        self.count = len(numbers)
        self.columns = tuple(
            np.frombuffer(column, dtype=np.uint64)
            for column in (
                array("Q", (table.buffer_info()[0] for table in self.tables)),
                array("Q", map(len, self.tables)),
                self.used,
            )
        )
        """For machine code, of each table: where in memory it begins, its cells, and how many of them are used."""

    def __contains__(self, number: int) -> bool:
        table = self.tables[number >> 56]
        mask = len(table) - 1
        at = number & mask
        while found := table[at]:
            if found == number:
                return True
            at = (at + 1) & mask
        return False

    def discard(self, number: int) -> None:
        table = self.tables[number >> 56]
        mask = len(table) - 1
        at = number & mask
        while found := table[at]:
            if found == number:
                table[at] = _FORGOTTEN
                self.count -= 1
                return
            at = (at + 1) & mask

    def numbers(self) -> NDArray[np.uint64]:
        """What is in it: (count,) digests of ids, in the order of the tables."""
        return np.concatenate([_numbers_of(table) for table in self.tables])

    def grow(self, shard: int) -> None:
        """Double a table and leave out what was forgotten."""
        before = self.tables[shard]
        numbers = _numbers_of(before)
        table = self.tables[shard] = _lay_out(numbers, 2 * len(before))
        places, sizes, used = self.columns
        places[shard], sizes[shard], used[shard] = table.buffer_info()[0], len(table), len(numbers)


def _numbers_of(table: array[int]) -> NDArray[np.uint64]:
    """The digests in a table of (cells,): (n,) with n <= cells, without empty cells and what was forgotten."""
    cells = np.frombuffer(table, dtype=np.uint64)
    return cells[cells > _FORGOTTEN]


def _size_for(count: int) -> int:
    """The cells of a table that does not have to grow for one more."""
    return max(_FIRST_SIZE, 1 << (2 * count + 2).bit_length())


def _lay_out(numbers: NDArray[np.uint64], size: int) -> array[int]:
    """A table with these numbers, each in the first cell that is free from its own on.

    Args:
        numbers: (n,) digests of ids, each once.
        size: cells of the table, of 8 bytes each: a power of two, above n.
    """
    table = array("Q", bytes(8 * size))
    cells = np.frombuffer(table, dtype=np.uint64)
    if _made:
        _made[0].lay_all(np.ascontiguousarray(numbers), cells)
        return table
    mask = np.uint64(size - 1)
    at = numbers & mask
    while len(numbers):
        free = cells[at] == _EMPTY
        cells[at[free]] = numbers[free]
        moved_on = cells[at] != numbers
        numbers, at = numbers[moved_on], at[moved_on] + np.uint64(1) & mask
    return table


class RecentIds:
    """A bounded memory of ids."""

    def __init__(self, *, window_seconds: int, max_ids: int) -> None:
        """Remember an id for at least `window_seconds`, or until `max_ids` others came; twice that at most."""
        self._window = window_seconds
        self._max_ids = max_ids
        self._now = _Generation()
        self._before = _Generation()
        self._turned_at = 0

    def __len__(self) -> int:
        """How many ids are remembered."""
        return self._now.count + self._before.count

    def __contains__(self, message_id: int) -> bool:
        """Whether an id is remembered."""
        return message_id in self._now or message_id in self._before

    def turn(self, now: int) -> None:
        """Let the older generation go when its time or its room is used up. Call once per request."""
        if now - self._turned_at >= self._window or self._now.count >= self._max_ids:
            stale = now - self._turned_at >= 2 * self._window
            self._before = _Generation() if stale else self._now
            self._now = _Generation()
            self._turned_at = now

    def add(self, message_id: int) -> bool:
        """Remember an id, a number above 1. Returns False when it was known already: a duplicate."""
        return self.add_many((message_id,))[0]

    def add_many(self, message_ids: Sequence[int]) -> list[bool]:
        """`add` of each, in turn; 0 stands for no id, and is never known."""
        together = _made and len(message_ids) >= _WORTH_AN_ARRAY
        added = (self._add_together if together else self._add_in_turn)(message_ids)
        self._now.count += added.count(True) - message_ids.count(0)
        return added

    def _add_together(self, message_ids: Sequence[int]) -> list[bool]:
        now, before = self._now, self._before
        ids = np.frombuffer(array("Q", message_ids), dtype=np.uint64)
        added = np.ones(len(ids), dtype=np.uint8)
        begin = 0
        while (last := _made[0].add_all(*now.columns, *before.columns[:2], ids, begin, added)) >= 0:
            now.grow(message_ids[last] >> 56)
            begin = last + 1
        return added.astype(np.bool_).tolist()

    def _add_in_turn(self, message_ids: Sequence[int]) -> list[bool]:
        now, before = self._now, self._before
        tables, used, looks_back = now.tables, now.used, before.count > 0
        added = []
        for message_id in message_ids:
            shard = message_id >> 56
            table = tables[shard]
            mask = len(table) - 1
            at = message_id & mask
            while (found := table[at]) and found != message_id:
                at = (at + 1) & mask
            if message_id and (found or (looks_back and message_id in before)):
                added.append(False)
                continue
            added.append(True)
            if message_id:
                table[at] = message_id
                used[shard] += 1
                if 2 * used[shard] >= mask:
                    now.grow(shard)
        return added

    def forget(self, message_ids: Iterable[int]) -> None:
        """Forget ids whose event was not made durable after all."""
        for message_id in message_ids:
            self._now.discard(message_id)
            self._before.discard(message_id)

    def state(self) -> tuple[int, bytes, bytes]:
        """What a snapshot keeps: the turning time and both generations."""
        return self._turned_at, self._before.numbers().tobytes(), self._now.numbers().tobytes()

    def restore(self, turned_at: int, before: bytes, now: bytes) -> None:
        """Take up what a snapshot kept."""
        self._turned_at = turned_at
        self._before = _Generation(np.frombuffer(before, dtype=np.uint64))
        self._now = _Generation(np.frombuffer(now, dtype=np.uint64))
