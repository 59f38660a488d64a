"""A model in the shadow ranks what was asked a moment ago, beside the one in use; what comes out is counted, never shown.

The loop notes a few questions a turn (histories, limit, what was ranked); a thread ranks them. A note lives a quarter second,
and if anybody withdrew anything meanwhile all of them are dropped unseen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gateway.deciding.asked import Asked
from scoring import Model, rank_group

MOST_NOTED = 64
"""Questions noted between two looks of the thread."""


@dataclass(frozen=True, slots=True, eq=False)
class Noted:
    """Questions that were ranked by the model in use."""

    rows: NDArray[np.int32]
    """(n, 20) histories."""
    asked: list[tuple[list[int], NDArray[np.int32] | None, NDArray[np.int32] | None]]
    """What was ranked, what was excluded, and what was allowed."""


@dataclass(slots=True)
class Compared:
    """How a shadow differs from the model in use."""

    decisions: int = 0
    """How many decisions were compared."""
    differing: int = 0
    """With another slate."""
    items: int = 0
    """Items ranked by the model in use."""
    shared: int = 0
    """Of those, ranked by both."""


class ShadowNotes:
    """Takes questions down until the thread comes for them. Lives on the event loop."""

    def __init__(self, revocations: Callable[[], int]) -> None:
        """Start empty; `revocations` tells whether anybody withdrew anything."""
        self._revocations = revocations
        self._since = 0
        self._rows: list[NDArray[np.int32]] = []
        self._asked: list[tuple[list[int], NDArray[np.int32] | None, NDArray[np.int32] | None]] = []

    def note(self, personal: list[Asked], rows: NDArray[np.int32]) -> None:
        """Take down what was ranked, as far as there is room."""
        if not self._asked:
            self._since = self._revocations()
        for asked, row in zip(personal[: MOST_NOTED - len(self._asked)], rows, strict=False):
            self._rows.append(row.copy())
            self._asked.append((asked.slate.items[: asked.limit], asked.exclude, asked.candidates))

    def take(self) -> Noted | None:
        """What was taken down, which is gone from here; None if there is nothing, or somebody withdrew since."""
        rows, asked = self._rows, self._asked
        self._rows, self._asked = [], []
        if not asked or self._revocations() != self._since:
            return None
        return Noted(np.stack(rows), asked)


def compare(shadow: Model, noted: Noted, available: NDArray[np.bool_]) -> Compared:
    """Rank what was noted with another model. Runs in a thread."""
    slates = rank_group(
        shadow,
        noted.rows,
        exclude=[exclude for _, exclude, _ in noted.asked],
        candidates=[candidates for _, _, candidates in noted.asked],
        available=available,
        limit=max(len(items) for items, _, _ in noted.asked) or 1,
    )
    found = Compared(decisions=len(slates))
    for slate, (items, _, _) in zip(slates, noted.asked, strict=True):
        beside = slate.items[: len(items)]
        found.differing += beside != items
        found.items += len(items)
        found.shared += len(set(beside) & set(items))
    return found
