"""De-duplication: the message ids seen lately, as 64-bit keyed digests.

Two generations, each holding half of the window or half of the configured number of ids, whichever fills first: an id is
remembered for at least half and at most the whole window. Each generation is 256 open-addressed tables, so that a
table that grows stops the world for a 256th of the time. About 16 to 32 bytes an id; a set would take 85.

An id whose frame could not be made durable is forgotten again, so that the client's retry is no duplicate.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

_SHARDS = 256
_FIRST_SIZE = 64
_EMPTY = 0
_FORGOTTEN = 1


class _Generation:
    """A set of 64-bit numbers."""

    __slots__ = ("count", "tables", "used")

    def __init__(self) -> None:
        self.tables = [array("Q", bytes(8 * _FIRST_SIZE)) for _ in range(_SHARDS)]
        self.used = [0] * _SHARDS
        self.count = 0

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

    def __iter__(self) -> Iterator[int]:
        for table in self.tables:
            for number in table:
                if number > _FORGOTTEN:
                    yield number

    def grow(self, shard: int) -> None:
        """Double a table and leave out what was forgotten."""
        before = self.tables[shard]
        table = self.tables[shard] = array("Q", bytes(16 * len(before)))
        mask = len(table) - 1
        used = 0
        for number in before:
            if number > _FORGOTTEN:
                at = number & mask
                while table[at]:
                    at = (at + 1) & mask
                table[at] = number
                used += 1
        self.used[shard] = used


class RecentIds:
    """A bounded memory of ids."""

    def __init__(self, *, window_seconds: int, max_ids: int) -> None:
        """Remember ids for up to `window_seconds`, and at most `max_ids` of them."""
        self._half_window = max(1, window_seconds // 2)
        self._half_max = max(1, max_ids // 2)
        self._now = _Generation()
        self._before = _Generation()
        self._turned_at = 0

    def __len__(self) -> int:
        """How many ids are remembered."""
        return self._now.count + self._before.count

    def turn(self, now: int) -> None:
        """Let the older generation go when its time or its room is used up. Call once per request."""
        if now - self._turned_at >= self._half_window or self._now.count >= self._half_max:
            stale = now - self._turned_at >= 2 * self._half_window
            self._before = _Generation() if stale else self._now
            self._now = _Generation()
            self._turned_at = now

    def add(self, message_id: int) -> bool:
        """Remember an id, a number above 1. Returns False when it was known already: a duplicate."""
        now, before = self._now, self._before
        if before.count and message_id in before:
            return False
        shard = message_id >> 56
        table = now.tables[shard]
        mask = len(table) - 1
        at = message_id & mask
        while found := table[at]:
            if found == message_id:
                return False
            at = (at + 1) & mask
        table[at] = message_id
        now.count += 1
        now.used[shard] += 1
        if 2 * now.used[shard] >= mask:
            now.grow(shard)
        return True

    def forget(self, message_ids: Iterable[int]) -> None:
        """Forget ids whose event was not made durable after all."""
        for message_id in message_ids:
            self._now.discard(message_id)
            self._before.discard(message_id)

    def state(self) -> tuple[int, bytes, bytes]:
        """What a snapshot keeps: the turning time and both generations."""
        return self._turned_at, array("Q", self._before).tobytes(), array("Q", self._now).tobytes()

    def restore(self, turned_at: int, before: bytes, now: bytes) -> None:
        """Take up what a snapshot kept."""
        self._turned_at = turned_at
        for number in array("Q", before):
            self.add(number)
        self._before, self._now = self._now, _Generation()
        for number in array("Q", now):
            self.add(number)
