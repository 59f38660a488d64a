"""What may be concluded from two samples, at any moment and as often as one looks.

Source:
- confidence sequences: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, "Time-uniform central limit theory and asymptotic confidence
  sequences" (arXiv 2103.06476v7), equations 9, 155 and 161;
- covariate adjustment (CUPED): Deng, Xu, Kohavi, Walker, WSDM 2013;
- several hypotheses: Holm 1979;
- sample ratio mismatch: Fabijan et al., KDD 2019; the thresholds are Statsig's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import exp, inf, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

TUNED_FOR = 5_000
"""The number of units at which the sequence is narrowest."""
MIN_UNITS = 50
"""In each arm, before anything is concluded: the sequences hold for large samples."""

_RED, _YELLOW = 0.001, 0.01
_RED_DEVIATION = 0.001
_MIN_EXPECTED = 5.0


class Alarm(StrEnum):
    """How bad it is."""

    NONE = "none"
    """Nothing is wrong."""
    YELLOW = "yellow"
    """Look into it."""
    RED = "red"
    """The numbers must not be relied upon."""
    TOO_FEW = "too_few"
    """Nobody can tell yet."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is needed of one arm."""

    n: int
    """How many units there are."""
    mean: float
    """Of their values."""
    variance: float
    """Of their values, with n - 1."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a difference lies."""

    low: float
    """The lower end of the interval."""
    high: float
    """The upper end of the interval."""


def sample(values: NDArray[np.float64]) -> Sample:
    """The sample of some values."""
    n = len(values)
    return Sample(n, float(values.mean()) if n else 0.0, float(values.var(ddof=1)) if n > 1 else 0.0)


def adjust_by_covariate(
    values: Sequence[NDArray[np.float64]], before: Sequence[NDArray[np.float64]]
) -> list[NDArray[np.float64]]:
    """Take out of each arm's values what was known of its units before their exposure.

    The covariate is centred over all arms, so the mean over everybody stays what it was. It was measured before anybody was
    exposed, so no arm can have moved it.

    Args:
        values: per arm, one value a unit.
        before: per arm, the covariate of the same units.
    """
    all_values, all_before = np.concatenate(values), np.concatenate(before)
    if len(all_values) < 2 or not all_before.any() or all_before.var() == 0:
        return list(values)
    theta = float(np.cov(all_values, all_before)[0, 1] / all_before.var(ddof=1))
    centre = float(all_before.mean())
    return [one - theta * (known - centre) for one, known in zip(values, before, strict=True)]


def confidence_sequence(
    treatment: Sample, baseline: Sample, alpha: float, tuned_for: int = TUNED_FOR
) -> Interval:
    """An interval for the difference of two means that may be looked at as often as one likes."""
    n = treatment.n + baseline.n
    error = _squared_error(treatment, baseline)
    if error is None:
        return Interval(-inf, inf)
    grown = n * _rho_squared(alpha, tuned_for) + 1
    width = sqrt(error) * sqrt(2 * grown * log(sqrt(grown) / alpha) / (n * _rho_squared(alpha, tuned_for)))
    difference = treatment.mean - baseline.mean
    return Interval(difference - width, difference + width)


def always_valid_p(treatment: Sample, baseline: Sample, alpha: float, tuned_for: int = TUNED_FOR) -> float:
    """The p-value of the same sequence: how small alpha could have been with nought still outside the interval."""
    error = _squared_error(treatment, baseline)
    if error is None:
        return 1.0
    n, rho_squared = treatment.n + baseline.n, _rho_squared(alpha, tuned_for)
    grown = n * rho_squared + 1
    squared_z = (treatment.mean - baseline.mean) ** 2 / error
    exponent = n * rho_squared * squared_z / (2 * grown)
    return min(1.0, sqrt(grown) * exp(-min(exponent, 700.0)))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, adjusted for there being several of them, in their order."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    adjusted = [1.0] * len(p_values)
    largest = 0.0
    for rank, place in enumerate(order):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[place]))
        adjusted[place] = largest
    return adjusted


def check_split(counts: Sequence[int], weights: Sequence[float]) -> tuple[float, Alarm]:
    """Whether the arms are as full as their weights say. Returns the p-value and what it means."""
    total = sum(counts)
    expected = [total * weight / sum(weights) for weight in weights]
    if not total or min(expected) < _MIN_EXPECTED:
        return 1.0, Alarm.TOO_FEW
    statistic = sum((o - e) ** 2 / e for o, e in zip(counts, expected, strict=True))
    deviation = max(abs(o - e) / total for o, e in zip(counts, expected, strict=True))
    return _judged(statistic, len(counts) - 1, is_large=deviation >= _RED_DEVIATION)


def check_withdrawals(exposed: Sequence[int], withdrawn: Sequence[int]) -> tuple[float, Alarm]:
    """Whether one arm drives more people to withdraw than another. Returns the p-value and what it means."""
    share = sum(withdrawn) / max(sum(exposed), 1)
    if not 0 < share < 1 or min(min(n * share, n * (1 - share)) for n in exposed) < _MIN_EXPECTED:
        return 1.0, Alarm.TOO_FEW
    statistic = sum(
        (left - n * share) ** 2 / (n * share * (1 - share))
        for n, left in zip(exposed, withdrawn, strict=True)
    )
    return _judged(statistic, len(exposed) - 1, is_large=True)


def _judged(statistic: float, degrees: int, *, is_large: bool) -> tuple[float, Alarm]:
    p = float(chdtrc(degrees, statistic))
    if p < _RED and is_large:
        return p, Alarm.RED
    return p, Alarm.YELLOW if p < _YELLOW else Alarm.NONE


def _squared_error(treatment: Sample, baseline: Sample) -> float | None:
    """The squared standard error of the difference; None if there is too little to say."""
    if min(treatment.n, baseline.n) < MIN_UNITS:
        return None
    error = treatment.variance / treatment.n + baseline.variance / baseline.n
    return error if error > 0 else None


def _rho_squared(alpha: float, tuned_for: int) -> float:
    return (-2 * log(alpha) + log(-2 * log(alpha) + 1)) / tuned_for
