"""What a log must have before anybody may conclude from it: enough of it must speak of the policy in question.

Source: the usual diagnostics of importance sampling (Owen, "Monte Carlo theory, methods and examples", chapter 9): the effective
sample size of Kish, and a mean weight whose expectation is 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from scoring.off_policy.logged import LoggedDecisions


class Refusal(StrEnum):
    """Why there is no verdict."""

    EFFECTIVE_SAMPLE = "effective_sample"
    """Too few of the logged decisions speak of the policy."""
    MEAN_WEIGHT = "mean_weight"
    """The weights do not average one: the log misses what the policy does, or its propensities are wrong."""
    OUTCOMES = "outcomes"
    """So little came of what speaks of the policy that an interval would claim too much."""
    LEAST_PROPENSITY = "least_propensity"
    """Something was logged as so unlikely that one decision would outweigh all others."""


@dataclass(frozen=True, slots=True)
class Gates:
    """The least that is asked of a log."""

    effective: float = 100.0
    """The least effective number of decisions."""
    effective_share: float = 0.01
    """The same, as a share of all."""
    mean_weight_off: float = 0.1
    """How far the mean weight may be from 1."""
    outcomes: int = 10
    """Decisions that the policy could have made and that something came of."""
    propensity: float = 1e-4
    """The least propensity among decisions that the policy could have made."""


@dataclass(frozen=True, slots=True)
class Support:
    """How much a log says of a policy."""

    decisions: int
    """How many were logged."""
    effective: float
    """Kish's effective sample size: sum(w)² / sum(w²)."""
    mean_weight: float
    """1 in expectation."""
    outcomes: int
    """Decisions that the policy could have made and that something came of."""
    least_propensity: float
    """Among decisions that the policy could have made; 1 if it could have made none."""


def measure_support(weights: NDArray[np.float64], logged: LoggedDecisions) -> Support:
    """Measure what a log says of a policy, from (n,) weights."""
    squares = float((weights**2).sum())
    possible = logged.propensities[weights > 0]
    return Support(
        decisions=len(weights),
        effective=float(weights.sum()) ** 2 / squares if squares else 0.0,
        mean_weight=float(weights.mean()),
        outcomes=int(np.count_nonzero(logged.rewards[weights > 0])),
        least_propensity=float(possible.min()) if len(possible) else 1.0,
    )


def refusals(support: Support, gates: Gates) -> tuple[Refusal, ...]:
    """Every gate that a log does not pass; none if a verdict may be given."""
    found = []
    if support.effective < max(gates.effective, gates.effective_share * support.decisions):
        found.append(Refusal.EFFECTIVE_SAMPLE)
    if abs(support.mean_weight - 1) > gates.mean_weight_off:
        found.append(Refusal.MEAN_WEIGHT)
    if support.outcomes < gates.outcomes:
        found.append(Refusal.OUTCOMES)
    if support.least_propensity < gates.propensity:
        found.append(Refusal.LEAST_PROPENSITY)
    return tuple(found)
