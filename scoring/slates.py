"""What ranking gives: a slate with its scores and the reason of each place."""

from __future__ import annotations

import msgspec

from scoring.exploration.drawn import DrawnSlate


class Ranked(msgspec.Struct, gc=False):
    """A slate; its lists are of one length, best item first."""

    items: list[int]
    """Item indices."""
    scores: list[int]
    """Exact scores in units of the model's `scale`; 0 where the item was filled in as popular."""
    because: list[int]
    """The history item with the largest addend, the newest among equals; -1 where the item was filled in."""
    addends: list[int]
    """That addend, a literal part of the score."""
    drawn: DrawnSlate | None = None
    """How the first places were drawn, where the placement explores."""


def popular_slate(items: list[int]) -> Ranked:
    """A slate of items that nothing in a history speaks for."""
    n = len(items)
    return Ranked(items, [0] * n, [-1] * n, [0] * n)
