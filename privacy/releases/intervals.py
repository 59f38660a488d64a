"""Between which numbers the truth lies, with 95 %: what was drawn in (noise) and who happened to come (sampling), both.

The naive interval, which knows only the second, covers 47 % instead of 95 % at 500 people and a noise of 20.

Source: the variances add up because the noise is independent of the data; Bhatia and Davis 2000 for the variance of a bounded
amount.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

Z: Final = 1.959963984540054
"""Of the normal distribution, for 95 % in the middle."""
TOO_NOISY: Final = 0.3
"""A number whose noise is more than this share of it is not shown."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, and between which two the truth lies."""

    value: float
    """The best guess."""
    low: float
    """The lower end."""
    high: float
    """The upper end."""
    hidden: bool
    """Whether there is more noise in it than anybody should read."""


def count(noisy: float, noise: float) -> Estimate:
    """How many people: the rate at which they came (Poisson), seen through the noise."""
    return _estimate(noisy, noise**2 + max(noisy, 0.0), noise, at_least=0.0)


def total(noisy: float, noise: float, most_each: float) -> Estimate:
    """A sum of amounts of at most `most_each` a person: the compound's variance is at most `most_each` times the sum."""
    return _estimate(noisy, noise**2 + max(noisy, 0.0) * most_each, noise, at_least=0.0)


def recorded(noisy: float, noise: float) -> Estimate:
    """A number as it was recorded, without asking what it might have been: noise alone."""
    return _estimate(noisy, noise**2, noise, at_least=-math.inf)


def mean(
    noisy_sum: float, noise_sum: float, noisy_people: float, noise_people: float, most_each: float
) -> Estimate:
    """An amount per person, between 0 and `most_each`."""
    people = max(noisy_people, 1.0)
    ratio = min(max(noisy_sum / people, 0.0), most_each)
    drawn = (noise_sum**2 + ratio**2 * noise_people**2) / people**2
    spread = ratio * (most_each - ratio) / people
    found = _estimate(ratio, drawn + spread, math.sqrt(drawn), at_least=0.0)
    return Estimate(found.value, found.low, min(found.high, most_each), found.hidden)


def share(reached: float, shown: float, noise: float) -> Estimate:
    """Which part of people: both numbers carry the noise."""
    rate, variance, drawn = _rate(reached, shown, noise)
    found = _estimate(rate, variance, drawn, at_least=0.0)
    return Estimate(found.value, found.low, min(found.high, 1.0), found.hidden)


def difference(one: tuple[float, float], other: tuple[float, float], noise: float) -> Estimate:
    """The share of `other` minus that of `one`; each is (reached, shown)."""
    before, after = _rate(*one, noise), _rate(*other, noise)
    spread = Z * math.sqrt(before[1] + after[1])
    found = after[0] - before[0]
    unsure = min(one[1], other[1]) < noise / TOO_NOISY
    return Estimate(found, found - spread, found + spread, unsure)


def quantile(candidates: Sequence[int], counts: Sequence[float], share: float, noise: float) -> Estimate:
    """How much a share of people has at most, in whole numbers: from the first amount that cannot be ruled out to the last one.

    Args:
        candidates: what is looked at, rising; between two of them people are taken to lie evenly.
        counts: how many people have as much as each, and more than the one before, with noise; and last who has more than all.
        share: the share of people, between 0 and 1.
        noise: the standard deviation of the noise of each count.

    Whether an amount is too low shows in (1 - share) times the people up to it minus share times those above it: nothing where
    it is the quantile, with a variance of share (1 - share) of everybody, and of the noise of all counts in it.
    """
    below = list(accumulate(counts))
    people, drawn = max(below[-1], 0.0), []
    for place in range(len(candidates)):
        above = len(counts) - place - 1
        drawn.append(noise * math.sqrt((1 - share) ** 2 * (place + 1) + share**2 * above))
    excess = [each - share * below[-1] for each in below[:-1]]
    far = [Z * math.hypot(own, math.sqrt(people * share * (1 - share))) for own in drawn]
    first, last = _crossings(candidates, excess)
    low, _ = _crossings(candidates, [each + off for each, off in zip(excess, far, strict=True)])
    _, high = _crossings(candidates, [each - off for each, off in zip(excess, far, strict=True)])
    value = math.ceil((first + last) / 2)
    own = drawn[min(bisect_left(candidates, value), len(drawn) - 1)]
    return Estimate(float(value), float(low), float(high), own > TOO_NOISY * min(share, 1 - share) * people)


def _crossings(candidates: Sequence[int], excess: Sequence[float]) -> tuple[int, int]:
    """Where something that rises on the whole gets to nought for the first time, and for the last time."""
    found = [candidates[0]] if excess[0] >= 0 else []
    for place in range(1, len(candidates)):
        before, after = excess[place - 1], excess[place]
        if before < 0 <= after:
            step = candidates[place] - candidates[place - 1]
            found.append(candidates[place - 1] + math.ceil(step * before / (before - after)))
    if excess[-1] < 0:
        found.append(candidates[-1])
    return found[0], found[-1]


def _rate(reached: float, shown: float, noise: float) -> tuple[float, float, float]:
    """(rate, its variance with noise and sampling, the noise's own part as a standard deviation)."""
    people = max(shown, 1.0)
    rate = min(max(reached / people, 0.0), 1.0)
    drawn = noise**2 * (1 + rate**2) / people**2
    return rate, rate * (1 - rate) / people + drawn, math.sqrt(drawn)


def _estimate(value: float, variance: float, noise: float, *, at_least: float) -> Estimate:
    half = Z * math.sqrt(variance)
    return Estimate(
        max(value, at_least),
        max(value - half, at_least),
        max(value + half, at_least),
        noise > TOO_NOISY * abs(value),
    )
