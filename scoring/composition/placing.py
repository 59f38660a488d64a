"""Placing: who stands where, when more than the score has a say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.slates import Part, Ranked


class Places:
    """The places of one slate. Every item stands once; what is pushed out leaves at the end."""

    def __init__(self, limit: int, items: list[int]) -> None:
        """Begin with what the score chose."""
        self._limit = limit
        self.items = items[:limit]
        """What stands there, the first place first."""
        self.labels: dict[int, list[Part]] = {}
        """Why an item stands where it does, beside its score."""
        self._given = 0

    def give_last(self, item: int, label: Part) -> None:
        """Give an item the last place that is not given away yet, unless it has one."""
        self.labels.setdefault(item, []).append(label)
        if item in self.items:
            return
        if len(self.items) < self._limit:
            self.items.append(item)
        else:
            self._given += 1
            self.items[self._limit - self._given] = item

    def give_first(self, item: int, label: Part) -> None:
        """Let an item stand first."""
        self._move(0, item, label)

    def pin(self, at: int, item: int, label: Part) -> None:
        """Let an item stand at a place, from 0; at the last one if there are not so many. Pins come with rising places."""
        self._move(at, item, label)

    def _move(self, at: int, item: int, label: Part) -> None:
        if at >= self._limit:
            return
        self.labels.setdefault(item, []).append(label)
        if item in self.items:
            self.items.remove(item)
        self.items.insert(at, item)
        for gone in self.items[self._limit :]:
            self.labels.pop(gone, None)
        del self.items[self._limit :]


def frozen_slate(frozen: tuple[str, tuple[int, ...]], may_show: NDArray[np.bool_], limit: int) -> Ranked:
    """The fixed items of a frozen placement, without those that may not be shown."""
    rule, listed = frozen
    known = [item for item in dict.fromkeys(listed) if item < len(may_show)]
    items = [item for item in known if may_show[item]][:limit]
    n = len(items)
    return Ranked(items, [0] * n, [-1] * n, [0] * n, parts=[[Part("frozen", -1, 0, rule)] for _ in items])
