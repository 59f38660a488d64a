"""Ramps: how the coverage of a split rises with time. It never falls, so nobody leaves an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class RampStep:
    """From a moment on, a share of everybody takes part."""

    at: int
    """The moment (unix seconds)."""
    coverage: float
    """The share, from 0 to 1."""


def coverage_at(steps: Sequence[RampStep], now: int, base: float) -> float:
    """The coverage at a moment: that of the last step that has come, `base` before the first."""
    reached = [step.coverage for step in steps if step.at <= now]
    return max([base, *reached])


def rises(steps: Sequence[RampStep], base: float) -> bool:
    """Whether the steps come one after the other, and none takes anything back."""
    times = [step.at for step in steps]
    shares = [base, *(step.coverage for step in steps)]
    return all(a < b for a, b in pairwise(times)) and all(a <= b for a, b in pairwise(shares))
