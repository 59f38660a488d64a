"""What ranking gives: a slate with its scores and the reasons of each place."""

from __future__ import annotations

import msgspec

from scoring.exploration.drawn import DrawnSlate


class Part(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One part of a score, or what else put an item where it stands."""

    kind: str
    """`history`, `repeat`, `content`, `basket`, `query`, `similar`, `trending`, `boost`, `less_like_this`; with no addend:
    `popular`, `new`, `pinned`, `frozen`.
    """
    because: int = -1
    """The item that it follows from; -1 for none."""
    addend: int = 0
    """How much of the score it is, exactly, in units of the model's `scale`."""
    rule: str = ""
    """The editors' decision that it follows from, if it is one."""


class Ranked(msgspec.Struct, gc=False):
    """A slate; its lists are of one length, best item first."""

    items: list[int]
    """The indices of the items, best first."""
    scores: list[int]
    """Exact scores in units of the model's `scale`; 0 where the item was filled in as popular."""
    because: list[int]
    """The history item with the largest addend, the newest among equals; -1 where the item was filled in."""
    addends: list[int]
    """That addend, a literal part of the score."""
    drawn: DrawnSlate | None = None
    """How the first places were drawn, where the placement explores."""
    parts: list[list[Part]] | None = None
    """Every part of each score, of a slate that was composed; the addends sum to the score."""
    withheld: tuple[str, ...] = ()
    """Fields of the question that were not used for it."""


def popular_slate(items: list[int]) -> Ranked:
    """A slate of items that nothing in a history speaks for."""
    n = len(items)
    return Ranked(items, [0] * n, [-1] * n, [0] * n)
