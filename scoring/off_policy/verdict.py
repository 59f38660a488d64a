"""A verdict on a policy: three estimates with their intervals, or the reasons why there is none. Pure; chance is an argument.

Intervals are percentiles of 1,000 resamplings of whole decisions (Efron's bootstrap). A comparison of two policies resamples both
together, so that what they have in common cancels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.off_policy.estimators import WEIGHT_CAP, doubly_robust_terms, weights_of
from scoring.off_policy.gates import Gates, Refusal, Support, measure_support, refusals
from scoring.off_policy.logged import LoggedDecisions, TargetPolicy

RESAMPLINGS = 1000
CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval, in rewards per decision."""

    value: float
    """The estimate of the mean reward."""
    low: float
    """Where the interval begins."""
    high: float
    """Where it ends."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of a policy."""

    support: Support
    """How much the log says of it."""
    refused: tuple[Refusal, ...]
    """Why nothing can be concluded; empty if something can."""
    snips: Estimate | None
    """Self-normalised; None when refused."""
    doubly_robust: Estimate | None
    """None when refused, or when the policy is known only for what was done."""
    clipped: Estimate | None
    """Inverse propensities, capped; None when refused."""


def judge_policy(
    logged: LoggedDecisions,
    target: TargetPolicy,
    chance: np.random.Generator,
    gates: Gates | None = None,
) -> Verdict:
    """Say what a policy would have brought, per decision.

    Args:
        logged: what was done, with true propensities.
        target: the policy in question.
        chance: for folds and resampling.
        gates: what the log must have; the defaults unless told.
    """
    weights = weights_of(logged, target)
    support = measure_support(weights, logged)
    refused = refusals(support, gates or Gates())
    if refused:
        return Verdict(support, refused, None, None, None)
    robust = doubly_robust_terms(logged, target, weights, chance)
    columns = [weights * logged.rewards, weights, np.minimum(weights, WEIGHT_CAP) * logged.rewards]
    means = _resampled_means(np.stack(columns if robust is None else [*columns, robust]), chance)
    return Verdict(
        support,
        refused,
        snips=_interval(means[:, 0] / means[:, 1]),
        doubly_robust=None if robust is None else _interval(means[:, 3]),
        clipped=_interval(means[:, 2]),
    )


def compare_policies(
    logged: LoggedDecisions,
    one: TargetPolicy,
    other: TargetPolicy,
    chance: np.random.Generator,
    gates: Gates | None = None,
) -> Estimate | tuple[Refusal, ...]:
    """By how much `one` brings more than `other` (SNIPS), or why nobody can say."""
    weights = [weights_of(logged, each) for each in (one, other)]
    for each in weights:
        refused = refusals(measure_support(each, logged), gates or Gates())
        if refused:
            return refused
    columns = [part for each in weights for part in (each * logged.rewards, each)]
    means = _resampled_means(np.stack(columns), chance)
    return _interval(means[:, 0] / means[:, 1] - means[:, 2] / means[:, 3])


def _resampled_means(terms: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """(1 + RESAMPLINGS, k): the means of k columns of terms (k, n), of all decisions first, then of each resampling."""
    n = terms.shape[1]
    means = np.empty((1 + RESAMPLINGS, len(terms)))
    means[0] = terms.mean(axis=1)
    for row in range(1, 1 + RESAMPLINGS):
        times = np.bincount(chance.integers(0, n, n), minlength=n)
        means[row] = terms @ times / n
    return means


def _interval(values: NDArray[np.float64]) -> Estimate:
    """The first of the values, with the percentiles of all others."""
    outside = (1 - CONFIDENCE) / 2
    low, high = np.nanquantile(values[1:], (outside, 1 - outside))
    return Estimate(float(values[0]), float(low), float(high))
