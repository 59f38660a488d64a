"""What people saw and did: first uses of arms, and the events that metrics are made of.

- Purpose: experiments. Everything of a person is gone when `forget` returns: whoever withdraws is removed from what is counted
  and from what it is divided by, in every arm alike.
- An event counts for a unit if it came after the unit's first exposure: by its time, and within one second by the order in which
  the two came in. What came before the exposure is the covariate.
- A unit that was seen in two arms of an experiment tells nothing: it is left out and counted.
- Columns are flat arrays, 20 bytes an observation; there is a bound, and beyond it nothing is taken in (`is_full`).

Lives on the event loop; no locks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.experiments.definition import Experiment, Metric

MAX_OBSERVATIONS = 5_000_000
"""Observations kept, of everybody together: 100 MB."""
BEFORE_SECONDS = 14 * 86_400
"""How long before its exposure a unit's events make its covariate."""

Series = tuple[str, str | None]
"""An event, and its field that is added up (None: the event is counted)."""

_ROW = np.dtype([("slot", "<i4"), ("at", "<u4"), ("order", "<u4"), ("value", "<f8")])
_NOBODY = -1


@dataclass(frozen=True, slots=True, eq=False)
class Units:
    """The units of an experiment, and what was measured of them."""

    arm: NDArray[np.int64]
    """Of each unit, the number of its arm."""
    values: tuple[NDArray[np.float64], ...]
    """Per metric, what came after each unit's exposure."""
    before: tuple[NDArray[np.float64], ...]
    """Per metric, what came in the two weeks before."""
    in_two_arms: int
    """Units that were seen in more than one arm, and left out."""


class _Column:
    """Rows of one series, in the order in which they came."""

    __slots__ = ("_rows", "size")

    def __init__(self) -> None:
        self._rows = np.zeros(64, dtype=_ROW)
        self.size = 0

    def append(self, slot: int, at: int, order: int, value: float) -> None:
        if self.size == len(self._rows):
            self._rows = np.concatenate([self._rows, np.zeros(self.size, dtype=_ROW)])
        self._rows[self.size] = (slot, at, order, value)
        self.size += 1

    def drop(self, slot: int) -> int:
        hits = np.flatnonzero(self._rows["slot"][: self.size] == slot)
        if not len(hits):
            return 0
        first, dropped = int(hits[0]), len(hits)
        tail = self._rows[first : self.size]
        kept = tail[tail["slot"] != slot]
        tail[: len(kept)] = kept
        tail[len(kept) :] = np.zeros(dropped, dtype=_ROW)
        self.size -= dropped
        return dropped

    def drop_before(self, before: int) -> int:
        rows = self._rows[: self.size]
        kept = rows[rows["at"] >= before]
        dropped = self.size - len(kept)
        if dropped:
            rows[: len(kept)] = kept
            rows[len(kept) :] = np.zeros(dropped, dtype=_ROW)
            self.size = len(kept)
        return dropped

    @property
    def rows(self) -> NDArray[np.void]:
        return self._rows[: self.size]


class Trials:
    """Exposures and observations of everybody who permits experiments."""

    def __init__(self, max_observations: int = MAX_OBSERVATIONS) -> None:
        """Start with nothing."""
        self._max = max_observations
        self._size = 0
        self._order = 0
        self._series: dict[Series, _Column] = {}
        self._exposures: dict[str, _Column] = {}
        self._first: dict[str, dict[int, tuple[int, int, str]]] = {}
        self._arms: dict[str, list[str]] = {}
        self.withdrawn: dict[str, Counter[str]] = {}
        """Per experiment, how many units of each arm withdrew. Counts of nobody in particular."""

    def __len__(self) -> int:
        """How many rows are kept."""
        return self._size

    @property
    def is_full(self) -> bool:
        """Whether the bound is reached: what came since is not counted."""
        return self._size >= self._max

    def expose(self, experiment: str, arm: str, slot: int, at: int) -> None:
        """A unit used an arm."""
        if self.is_full:
            return
        names = self._arms.setdefault(experiment, [])
        if arm not in names:
            names.append(arm)
        column = self._exposures.setdefault(experiment, _Column())
        first = self._first.setdefault(experiment, {})
        self._order += 1
        known = first.get(slot)
        if known is not None and known[2] == arm and known[0] <= at:
            return  # used again
        column.append(slot, at, self._order, float(names.index(arm)))
        self._size += 1
        if known is None or at < known[0]:
            first[slot] = (at, self._order, arm)

    def observe(self, series: Series, slot: int, at: int, value: float) -> None:
        """A unit did something."""
        if self.is_full:
            return
        self._order += 1
        self._series.setdefault(series, _Column()).append(slot, at, self._order, value)
        self._size += 1

    def arm_of(self, experiment: str, slot: int) -> str | None:
        """The arm that a unit used first, if it used any."""
        found = self._first.get(experiment, {}).get(slot)
        return None if found is None else found[2]

    def first_used(self, experiment: str, slots: Sequence[int]) -> str | None:
        """The arm that the first of these units used first."""
        first = self._first.get(experiment, {})
        used = [first[slot] for slot in slots if slot in first]
        return min(used)[2] if used else None

    def forget(self, slot: int, *, withdrew: bool = False) -> list[tuple[str, str]]:
        """Drop everything of a person. Returns the (experiment, arm) pairs they were in.

        Args:
            slot: whose.
            withdrew: whether the person ended it, so that it counts as a withdrawal from their arms.
        """
        left = []
        for experiment, first in self._first.items():
            found = first.pop(slot, None)
            if found is not None:
                left.append((experiment, found[2]))
                self._size -= self._exposures[experiment].drop(slot)
        for column in self._series.values():
            self._size -= column.drop(slot)
        if withdrew:
            for experiment, arm in left:
                self.withdrawn.setdefault(experiment, Counter())[arm] += 1
        return left

    def age(self, before: int) -> Iterator[bool]:
        """Forget what happened before a time (unix seconds); yields after each series whether there was any.

        A unit whose exposure is that old is one of the experiment no more; its next use of the arm exposes it anew.
        """
        for experiment, column in list(self._exposures.items()):
            dropped = column.drop_before(before)
            self._size -= dropped
            if dropped:
                self._first[experiment] = self._firsts_of(experiment)
            yield bool(dropped)
        for column in list(self._series.values()):
            dropped = column.drop_before(before)
            self._size -= dropped
            yield bool(dropped)

    def _firsts_of(self, experiment: str) -> dict[int, tuple[int, int, str]]:
        names, first = self._arms[experiment], dict[int, tuple[int, int, str]]()
        for row in self._exposures[experiment].rows.tolist():
            slot, at, order, arm = row
            if slot not in first or at < first[slot][0]:
                first[slot] = (at, order, names[int(arm)])
        return first

    def units_of(self, experiment: Experiment, same: Mapping[int, int] | None = None) -> Units:
        """The units of an experiment as they stand now.

        Args:
            experiment: which.
            same: slots that are one unit with another: whose they are.
        """
        column, names = self._exposures.get(experiment.id), self._arms.get(experiment.id, [])
        rows = np.zeros(0, dtype=_ROW) if column is None else _joined(column.rows, same)
        number = np.array([_place(name, experiment.arms) for name in names], dtype=np.int64)
        arms = number[rows["value"].astype(np.int64)] if len(rows) else np.zeros(0, dtype=np.int64)
        rows, arms = rows[arms >= 0], arms[arms >= 0]
        order = np.lexsort((rows["order"], rows["at"], rows["slot"]))
        rows, arms = rows[order], arms[order]
        slots, starts = np.unique(rows["slot"], return_index=True)
        first = rows[starts]
        mixed = np.zeros(len(slots), dtype=bool)
        if len(slots):
            mixed = np.minimum.reduceat(arms, starts) != np.maximum.reduceat(arms, starts)
        kept = ~mixed
        measured = [self._measure(metric, slots[kept], first[kept], same) for metric in experiment.metrics]
        return Units(
            arm=arms[starts][kept] if len(slots) else arms,
            values=tuple(after for after, _ in measured),
            before=tuple(before for _, before in measured),
            in_two_arms=int(mixed.sum()),
        )

    def _measure(
        self,
        metric: Metric,
        slots: NDArray[np.int32],
        first: NDArray[np.void],
        same: Mapping[int, int] | None,
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Per unit, what came after its exposure, and what came before."""
        column = self._series.get((metric.event, metric.field))
        if column is None or not len(slots):
            return np.zeros(len(slots)), np.zeros(len(slots))
        rows = _joined(column.rows, same)
        place = np.minimum(np.searchsorted(slots, rows["slot"]), len(slots) - 1)
        known = slots[place] == rows["slot"]
        rows, place = rows[known], place[known]
        at, exposed = rows["at"].astype(np.int64), first["at"][place].astype(np.int64)
        is_after = (at > exposed) | ((at == exposed) & (rows["order"] > first["order"][place]))
        is_before = ~is_after & (at >= exposed - BEFORE_SECONDS)
        after, before = (
            np.bincount(place[chosen], rows["value"][chosen], len(slots)).astype(np.float64)
            for chosen in (is_after, is_before)
        )
        if metric.once:
            after, before = (after > 0).astype(np.float64), (before > 0).astype(np.float64)
        return after, before


def _joined(rows: NDArray[np.void], same: Mapping[int, int] | None) -> NDArray[np.void]:
    """The rows, with every slot that is another's as that one."""
    if not same or not len(rows):
        return rows
    known = np.arange(int(rows["slot"].max()) + 1, dtype=np.int32)
    for slot, whose in same.items():
        if slot < len(known):
            known[slot] = whose
    joined = rows.copy()
    joined["slot"] = known[rows["slot"]]
    return joined


def _place(name: str, arms: Sequence[str]) -> int:
    return arms.index(name) if name in arms else _NOBODY
