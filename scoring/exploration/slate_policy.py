"""The order of the first places of a slate, drawn by chance, with the true probability of what was drawn.

- Place after place one of the items left is drawn: item i with probability
  (1 - floor) * exp(u_i / temperature) / sum over those left + floor / number left.
  The probability of the whole order is the product over its places: exact, because nothing else is random.
- So no item left is ever less likely than floor / number left, which is what makes the logged decisions usable later.
- Chance is an argument: one number between 0 and 1 a place. The same numbers give the same order.

Source: Plackett-Luce sampling (Luce 1959, Plackett 1975) with uniform exploration mixed in at each place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ExplorationParameterError

NOBODY_LEFT = -1
"""`Draw.chosen` where there are fewer items than places."""

UTILITY_UNIT = 1 << 16
"""Utilities are whole numbers of 1/65,536: what a log keeps of them is what was drawn from."""

MAX_PLACES = 10


@dataclass(frozen=True, slots=True)
class SlatePolicy:
    """How boldly to explore."""

    temperature: float = 0.05
    """Difference of utility that makes an item e times as likely."""
    floor: float = 0.1
    """Share of each draw that is uniform."""
    places: int = 3
    """How many places are drawn; those behind keep their order."""

    def __post_init__(self) -> None:
        """Refuse what could not be evaluated later.

        Raises:
            ExplorationParameterError: out of range.
        """
        if not (1e-4 <= self.temperature <= 1e4 and 0 < self.floor <= 1 and 1 <= self.places <= MAX_PLACES):
            raise ExplorationParameterError(
                "a temperature of 0.0001 to 10,000, a floor above 0 up to 1, 1 to 10 places"
            )


@dataclass(frozen=True, slots=True, eq=False)
class Draw:
    """What was drawn for a group."""

    chosen: NDArray[np.int64]
    """(R, places): positions among the candidates, each at most once in a row."""
    propensities: NDArray[np.float64]
    """(R, places): the probability of each, given those before it; 1 where nothing was left."""


def draw_slates(
    policy: SlatePolicy,
    utilities: NDArray[np.int64],
    counts: NDArray[np.int64],
    chances: NDArray[np.float64],
) -> Draw:
    """Draw the first places for a group of questions.

    Args:
        policy: how.
        utilities: (R, N) in UTILITY_UNIT, of each candidate.
        counts: (R,) how many of the N there are, from 0; what stands behind them is not looked at.
        chances: (R, places) between 0 and 1.
    """
    n_rows, width = utilities.shape
    chosen = np.full((n_rows, policy.places), NOBODY_LEFT, dtype=np.int64)
    propensities = np.ones((n_rows, policy.places))
    rows = np.arange(n_rows)
    left = np.arange(width) < counts[:, None]
    for place in range(min(policy.places, width)):
        odds = _odds(policy, utilities, left)
        edges = odds.cumsum(axis=1)
        target = chances[:, place] * edges[:, -1]
        last = width - 1 - left[:, ::-1].argmax(axis=1)
        picked = np.minimum((edges <= target[:, None]).sum(axis=1), last)
        some = left.any(axis=1)
        chosen[some, place] = picked[some]
        propensities[some, place] = odds[rows[some], picked[some]]
        left[rows[some], picked[some]] = False
    return Draw(chosen, propensities)


def propensities_of(
    policy: SlatePolicy, utilities: NDArray[np.int64], chosen: NDArray[np.int64]
) -> NDArray[np.float64]:
    """The probability of each place of one order, given those before it: (places,).

    Args:
        policy: how it was, or would be, drawn.
        utilities: (N,) of each candidate.
        chosen: (places,) positions among them; NOBODY_LEFT counts as certain.
    """
    left = np.ones((1, len(utilities)), dtype=np.bool_)
    found = np.ones(len(chosen))
    for place, position in enumerate(chosen.tolist()):
        if position != NOBODY_LEFT:
            found[place] = _odds(policy, utilities[None, :], left)[0, position]
            left[0, position] = False
    return found


def _odds(policy: SlatePolicy, utilities: NDArray[np.int64], left: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(R, N): the probability of each item that is left; rows without any are 0."""
    standing = np.where(left, utilities, -(1 << 62))
    highest = standing.max(axis=1, keepdims=True, initial=-(1 << 62))
    weights = np.exp((standing - highest) / (policy.temperature * UTILITY_UNIT)) * left
    totals = np.maximum(weights.sum(axis=1, keepdims=True), 1e-300)
    n_left = np.maximum(left.sum(axis=1, keepdims=True), 1)
    odds: NDArray[np.float64] = (1 - policy.floor) * weights / totals + policy.floor / n_left * left
    return odds
