"""What one person did under one purpose: times, totals and items, for the declared states only.

- Times are event times, sorted, so the order of arrival does not matter. What is older than the person's newest signal by more
  than `LATE_SECONDS` comes too late and changes nothing.
- Bounded: the newest `MAX_TIMES` times of a value, the `MAX_VALUES` values seen last, nothing older than the longest window.
  Counts are exact up to `MAX_TIMES`.

Memory: with what stands in `scoring.rules.standing`, about 1.7 kB for a person of whom two rules keep something; 4 to 8 bytes
for each further signal in a window.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right, insort
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

Packed = tuple[int, dict[str, dict[str, bytes]], dict[str, int], dict[str, dict[int, int]]]
"""A trace as plain values: latest, times, totals, items."""


class Trace:
    """One person's, for one purpose."""

    __slots__ = ("items", "latest", "times", "totals")

    def __init__(self) -> None:
        """Begin with nothing kept."""
        self.latest = 0
        """When their newest signal happened (unix seconds)."""
        self.times: dict[str, dict[str, array[int]]] = {}
        """State -> value -> times, rising."""
        self.totals: dict[str, int] = {}
        """State -> how often."""
        self.items: dict[str, dict[int, int]] = {}
        """State -> item -> how often."""

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
                case Sort.ITEMS:
                    self._count_items(state.key, items)

    def seen(self, state: State, value: str = "") -> array[int]:
        """The times of a value, rising."""
        return self.times.get(state.key, {}).get(value, _NONE)

    def drop(self, kept: frozenset[str]) -> None:
        """Keep only these states."""
        for table in (self.times, self.totals, self.items):
            for key in [key for key in table if key not in kept]:
                del table[key]

    def pack(self) -> Packed:
        """As plain values."""
        times = {
            key: {value: each.tobytes() for value, each in values.items()}
            for key, values in self.times.items()
        }
        return self.latest, times, dict(self.totals), {key: dict(each) for key, each in self.items.items()}

    @classmethod
    def unpack(cls, packed: Packed) -> Trace:
        """From what `pack` gave."""
        trace = cls()
        trace.latest, times, trace.totals, trace.items = packed
        for key, values in times.items():
            trace.times[key] = {value: array("I", each) for value, each in values.items()}
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

    def _count_items(self, key: str, items: Sequence[int]) -> None:
        counts = self.items.setdefault(key, {})
        for item in items:
            if item in counts or len(counts) < _ITEMS_KEPT:
                counts[item] = counts.get(item, 0) + 1


_NONE: array[int] = array("I")


def value_of(fields: Mapping[str, Any], field: str) -> str | None:
    """The value of a field as states tell them apart; empty for no field, None if there is none or it is not simple."""
    if not field:
        return ""
    value = fields.get(field)
    if isinstance(value, str):
        return value[:MAX_VALUE_CHARACTERS]
    return str(value) if isinstance(value, bool | int) else None
