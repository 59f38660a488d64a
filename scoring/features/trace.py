"""What one person did under one purpose: times, totals and items, for the declared states only.

- Times are event times, sorted, so the order of arrival does not matter. What is older than the person's newest signal by more
  than `LATE_SECONDS` comes too late and changes nothing.
- Bounded: the newest `MAX_TIMES` times of a value, the `MAX_VALUES` values seen last, nothing older than the longest window.
  Counts are exact up to `MAX_TIMES`.
- Numbers without a window of their own know of which day each of their parts is: what is kept long enough goes (`age`).

Memory: with what stands in `scoring.rules.standing`, about 1.7 kB for a person of whom two rules keep something; 4 to 8 bytes
for each further signal in a window, 12 bytes for each day of a total and each day of an item.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Mapping, Sequence
from typing import Any

from scoring.features.declaration import Sort, State

MAX_WINDOW_SECONDS = 31 * 86_400
"""The longest window."""
LATE_SECONDS = 86_400
"""How much later than a newer signal a signal may come and still count."""
MAX_TIMES = 1_000
"""Times kept of one value."""
MAX_VALUES = 100
"""Values kept of one field."""
MAX_VALUE_CHARACTERS = 128

_ITEMS_KEPT = 500
_VALUES_OF_ITEMS = 20
"""Values of one field by which items are told apart: those that came first."""
_DAY_SECONDS = 86_400
_ALL_ITEMS = 2**32 - 1
"""Stands for the item in what a total is made of."""
_LOOKED_BACK = 16
"""Parts of a number that are looked at for one of the same day."""

Packed = tuple[int, dict[str, dict[str, bytes]], dict[str, int], dict[str, dict[int, int]], dict[str, bytes]]
"""A trace as plain values: latest, times, totals, items, days."""
NO_TRACE: Packed = (0, {}, {}, {}, {})
"""That of somebody who left none."""


class Trace:
    """One person's, for one purpose."""

    __slots__ = ("_days", "items", "latest", "times", "totals")

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self.latest = 0
        """When their newest signal happened (unix seconds)."""
        self.times: dict[str, dict[str, array[int]]] = {}
        """State -> value -> times, rising."""
        self.totals: dict[str, int] = {}
        """State -> how often."""
        self.items: dict[str, dict[int, int]] = {}
        """State, with the value of its field if it has one -> item -> how often."""
        self._days: dict[str, array[int]] = {}
        """State -> what its number is made of: (day, item, how often), one after the other."""

    def is_late(self, at: int) -> bool:
        """Whether something that happened then comes too late."""
        return at < self.latest - LATE_SECONDS

    def write(
        self, states: Sequence[State], at: int, items: Sequence[int], fields: Mapping[str, Any]
    ) -> None:
        """Take a signal in that does not come too late.

        Args:
            states: those that this event writes.
            at: when it happened (unix seconds).
            items: permanent item indices.
            fields: its minimised fields.
        """
        self.latest = max(self.latest, at)
        for state in states:
            match state.sort:
                case Sort.TIMES:
                    value = value_of(fields, state.field)
                    if value is not None:
                        self._note(state.key, value, at)
                case Sort.TOTAL:
                    self.totals[state.key] = self.totals.get(state.key, 0) + 1
                    self._date(state.key, at // _DAY_SECONDS, _ALL_ITEMS)
                case Sort.ITEMS:
                    value = value_of(fields, state.field)
                    if value is not None and self._has_room_for(state, value):
                        self._count_items(state.key_of(value), items, at // _DAY_SECONDS)

    def seen(self, state: State, value: str = "") -> array[int]:
        """The times of a value, rising."""
        return self.times.get(state.key, {}).get(value, _NONE)

    def drop(self, kept: frozenset[str]) -> None:
        """Keep only these states."""
        for table in (self.times, self.totals, self.items, self._days):
            for key in [key for key in table if _state_of(key) not in kept]:
                del table[key]

    def age(self, before: int) -> bool:
        """Forget what happened before a time (unix seconds), and numbers of the day it falls into. Says whether there was any."""
        aged = False
        for values in self.times.values():
            for value, times in list(values.items()):
                if times[0] < before:
                    aged = True
                    del times[: bisect_left(times, before)]
                    if not times:
                        del values[value]
        first_day = -(-before // _DAY_SECONDS)
        for key, parts in list(self._days.items()):
            old = [at for at in range(0, len(parts), 3) if parts[at] < first_day]
            for at in old:
                self._take_off(key, parts[at + 1], parts[at + 2])
            if old:
                aged = True
                gone = set(old)
                self._days[key] = array("I", [n for at, n in enumerate(parts) if at - at % 3 not in gone])
                if not self._days[key]:
                    del self._days[key]
        return aged

    def pack(self) -> Packed:
        """As plain values."""
        times = {
            key: {value: each.tobytes() for value, each in values.items()}
            for key, values in self.times.items()
        }
        items = {key: dict(each) for key, each in self.items.items()}
        return (
            self.latest,
            times,
            dict(self.totals),
            items,
            {k: each.tobytes() for k, each in self._days.items()},
        )

    @classmethod
    def unpack(cls, packed: Packed) -> Trace:
        """From what `pack` gave."""
        trace = cls()
        trace.latest, times, trace.totals, trace.items, days = packed
        for key, values in times.items():
            trace.times[key] = {value: array("I", each) for value, each in values.items()}
        trace._days = {key: array("I", each) for key, each in days.items()}
        return trace

    def _note(self, key: str, value: str, at: int) -> None:
        values = self.times.setdefault(key, {})
        times = values.get(value)
        if times is None:
            times = values[value] = array("I")
        insort(times, at)
        if len(times) > MAX_TIMES:
            del times[0]
        oldest = self.latest - MAX_WINDOW_SECONDS
        if times[0] <= oldest:
            del times[: bisect_right(times, oldest)]
        if not times:
            del values[value]
        elif len(values) > MAX_VALUES:
            del values[min(values, key=lambda each: (values[each][-1], each))]

    def _has_room_for(self, state: State, value: str) -> bool:
        """Whether items may be told apart by one more value of a field."""
        if not state.field or state.key_of(value) in self.items:
            return True
        return sum(_state_of(key) == state.key for key in self.items) < _VALUES_OF_ITEMS

    def _count_items(self, key: str, items: Sequence[int], day: int) -> None:
        counts = self.items.setdefault(key, {})
        for item in items:
            if item in counts or len(counts) < _ITEMS_KEPT:
                counts[item] = counts.get(item, 0) + 1
                self._date(key, day, item)

    def _date(self, key: str, day: int, item: int) -> None:
        """Note of which day one more is."""
        parts = self._days.setdefault(key, array("I"))
        end = len(parts)
        for at in range(end - 3, max(end - 3 * _LOOKED_BACK, 0) - 1, -3):
            if parts[at] == day and parts[at + 1] == item:
                parts[at + 2] += 1
                return
        parts.extend((day, item, 1))

    def _take_off(self, key: str, item: int, n: int) -> None:
        if item == _ALL_ITEMS:
            self.totals[key] -= n
            if not self.totals[key]:
                del self.totals[key]
        else:
            counts = self.items[key]
            counts[item] -= n
            if not counts[item]:
                del counts[item]


_NONE: array[int] = array("I")


def _state_of(key: str) -> str:
    """The state that a key is of, without the value that may follow."""
    return "\n".join(key.split("\n", 3)[:3])


def value_of(fields: Mapping[str, Any], field: str) -> str | None:
    """The value of a field as states tell them apart; empty for no field, None if there is none or it is not simple."""
    if not field:
        return ""
    value = fields.get(field)
    if isinstance(value, str):
        return value[:MAX_VALUE_CHARACTERS]
    return str(value) if isinstance(value, bool | int) else None
