"""Trending: what many people turn to just now.

- An item's heat is a sum over distinct people, each `2 ** (-age / half_life)` by the last time that they turned to it:
  nobody counts twice, and everybody counts less from minute to minute.
- Fewer than `min_people` people make no trend: until then the heat is 0, so that a slate tells of nobody.
- It holds of people only what `Contributions` holds as well (slots, items, times, the purpose model improvement), and is
  rebuilt from there at a start. `clear` takes a person out in the same step that takes the permission away; the heat is added
  up anew from who is left, so nothing of them remains in it.

Lives on the event loop; no locks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.contributions import ContributionsSnapshot
from scoring.recent_items import NO_ITEM
from scoring.sightings import ITEM_MASK

HALF_LIVES_KEPT = 8
"""After so many half-lives an event counts for less than a two-hundredth, and is forgotten."""

MAX_KEPT = 200_000
"""Pairs of person and item; beyond it the oldest half goes."""


class Trending:
    """Who turned to what lately."""

    def __init__(self, half_life_seconds: int, min_people: int) -> None:
        """Halve in `half_life_seconds`; let fewer than `min_people` people make no trend."""
        self._half_life = half_life_seconds
        self._min_people = min_people
        self._times: dict[int, dict[int, int]] = {}
        self._items_of: dict[int, set[int]] = {}
        self._sums: dict[int, tuple[int, float]] = {}
        self._n_kept = 0
        self._swept_at = 0
        self._heat: tuple[int, NDArray[np.int64], NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        """Pairs of person and item held."""
        return self._n_kept

    def add_many(self, slots: list[int], items: list[int], times: list[int]) -> None:
        """Note that people turned to items (or sightings of them); of one person and item the latest time counts."""
        for slot, item, at in zip(slots, items, times, strict=True):
            self.add(slot, item, at)

    def add(self, slot: int, item: int, at: int) -> None:
        """Note that somebody turned to an item; what they did with it does not matter here."""
        item &= ITEM_MASK
        people = self._times.setdefault(item, {})
        before = people.get(slot)
        if before is None:
            self._n_kept += 1
            self._items_of.setdefault(slot, set()).add(item)
        elif before >= at:
            return
        people[slot] = at
        known = self._sums.get(item)
        if known is not None:
            latest, total = known
            reference = max(latest, at)
            gained = self._fade(reference - at) - (0.0 if before is None else self._fade(reference - before))
            self._sums[item] = (reference, total * self._fade(reference - latest) + gained)
        if self._n_kept > MAX_KEPT:
            every = sorted(at for people in self._times.values() for at in people.values())
            self._forget_until(every[len(every) // 2])

    def clear(self, slot: int) -> bool:
        """Forget a person, at once. Says whether there was anything."""
        items = self._items_of.get(slot)
        if items is None:
            return False
        for item in list(items):
            self._remove(item, slot)
        return True

    def drop(self, slot: int, item: int) -> bool:
        """Forget one item of a person. Says whether it was there."""
        if item not in self._items_of.get(slot, ()):
            return False
        self._remove(item, slot)
        return True

    def drop_until(self, slot: int, at: int) -> bool:
        """Forget what a person turned to at `at` or before. Says whether there was anything."""
        gone = [item for item in self._items_of.get(slot, ()) if self._times[item][slot] <= at]
        for item in gone:
            self._remove(item, slot)
        return bool(gone)

    def rebuild(self, contributions: ContributionsSnapshot, now: int) -> None:
        """Hold what the contributions say of the last few half-lives, and nothing else."""
        self._times, self._items_of, self._sums, self._n_kept, self._heat = {}, {}, {}, 0, None
        since = now - HALF_LIVES_KEPT * self._half_life
        for table in contributions.tables:
            rows, places = np.nonzero((table.times >= max(since, 1)) & (table.items != NO_ITEM))
            self.add_many(
                table.slots[rows].tolist(),
                table.items[rows, places].tolist(),
                table.times[rows, places].tolist(),
            )

    def heat(self, now: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The items that trend, rising, and how hot each is: a half for `min_people` people just now, towards 1 for many.

        Args:
            now: unix seconds. What is added within this second counts from the next one on; who leaves is out at once.
        """
        if self._heat is None or self._heat[0] != now:
            if now >= self._swept_at + self._half_life:
                self._forget_until(now - HALF_LIVES_KEPT * self._half_life)
                self._swept_at = now
            hot = sorted(item for item, people in self._times.items() if len(people) >= self._min_people)
            sums = np.array([self._sum(item, now) for item in hot], dtype=np.float64)
            self._heat = (now, np.array(hot, dtype=np.int64), sums / (sums + self._min_people))
        return self._heat[1], self._heat[2]

    def _sum(self, item: int, now: int) -> float:
        known = self._sums.get(item)
        if known is None:
            people = self._times[item]
            latest = max(people.values())
            # In the order of time: what is left does not depend on who was there before.
            known = self._sums[item] = (
                latest,
                sum(self._fade(latest - at) for at in sorted(people.values())),
            )
        latest, total = known
        return total * self._fade(max(now - latest, 0))

    def _fade(self, seconds: int) -> float:
        return float(2.0 ** (-seconds / self._half_life))

    def _forget_until(self, until: int) -> None:
        """Drop what happened at `until` or before."""
        gone = [
            (item, slot) for item, people in self._times.items() for slot, at in people.items() if at <= until
        ]
        for item, slot in gone:
            self._remove(item, slot)

    def _remove(self, item: int, slot: int) -> None:
        items, people = self._items_of[slot], self._times[item]
        items.discard(item)
        if not items:
            del self._items_of[slot]
        del people[slot]
        self._n_kept -= 1
        self._heat = None
        self._sums.pop(item, None)
        if not people:
            del self._times[item]
