"""Buckets: numbers of which only the range is kept, and what such a range counts for where numbers are added up."""

from __future__ import annotations

import re
from itertools import pairwise

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?"
_BETWEEN = re.compile(rf"({_NUMBER})-({_NUMBER})")
_OPEN = re.compile(rf"(?:<|>=)({_NUMBER})")


def bucket_labels(bounds: tuple[float, ...]) -> tuple[str, ...]:
    """What the ranges between ascending bounds are called: one more than there are bounds."""
    names = [repr(int(bound)) if bound.is_integer() else repr(bound) for bound in bounds]
    between = [f"{low}-{high}" for low, high in pairwise(names)]
    return (f"<{names[0]}", *between, f">={names[-1]}")


def number_of_bucket(label: str) -> float | None:
    """What a range counts for: its middle, and its one bound if it is open. None for what is no range's name."""
    if found := _BETWEEN.fullmatch(label):
        low, high = map(float, found.groups())
        return low + (high - low) / 2
    found = _OPEN.fullmatch(label)
    return None if found is None else float(found[1])
