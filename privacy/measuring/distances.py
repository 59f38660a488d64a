"""How far apart two worlds are, one with a person and one without them: what is claimed, exactly, and what was seen, at least.

Gaussian noise is told exactly by Gaussian privacy (mu, the distance of two normal distributions of variance 1), Laplace noise by
epsilon. What was seen are counts of hits; lower bounds of it hold but for once in 10^9 (Clopper and Pearson 1934).

Source: Dong, Roth and Su 2019; Balle and Wang 2018 for the epsilon of mu; Kairouz, Oh and Viswanath 2015 for the epsilon of many.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from scipy import special

ALPHA: Final = 1e-9
"""How often a lower bound may lie above the truth."""


def mu_at_least(there: int, absent: int, of: int) -> float:
    """The mu of two worlds, from how often of so many times something happened in each."""
    return float(special.ndtri(at_least(there, of)) - special.ndtri(_at_most(absent, of)))


def epsilon_at_least(there: int, absent: int, of: int) -> float:
    """The epsilon of two worlds at a delta of nought, likewise."""
    low = at_least(there, of)
    return math.log(low / _at_most(absent, of)) if low > 0 else -math.inf


def at_least(hits: int, of: int) -> float:
    """How likely something is that happened so often, at least."""
    return 0.0 if hits == 0 else float(special.betaincinv(hits, of - hits + 1, ALPHA / 2))


def _at_most(hits: int, of: int) -> float:
    return 1.0 if hits == of else float(special.betaincinv(hits + 1, of - hits, 1 - ALPHA / 2))


def gaussian_epsilon(mu: float, delta: float) -> float:
    """The epsilon of Gaussian privacy `mu` at `delta`, exactly (Balle and Wang 2018, theorem 8), by bisection."""

    def excess(epsilon: float) -> float:
        left = special.log_ndtr(mu / 2 - epsilon / mu)
        right = epsilon + special.log_ndtr(-mu / 2 - epsilon / mu)
        return float(math.exp(left) - math.exp(right) - delta)

    return _root(excess)


def repeated_epsilon(each: float, times: int, delta: float) -> float:
    """The epsilon at `delta` of so many mechanisms of epsilon `each`, exactly.

    None says more than an answer that is true but for once in 1 + e^each, and of these the loss counts how many were true
    (Kairouz, Oh and Viswanath 2015, theorem 3.3).
    """
    true = special.expit(each)
    losses = [
        (special.binom(times, n) * true**n * (1 - true) ** (times - n), (2 * n - times) * each)
        for n in range(times + 1)
    ]

    def excess(epsilon: float) -> float:
        return float(sum(p * -math.expm1(epsilon - loss) for p, loss in losses if loss > epsilon) - delta)

    return _root(excess)


def _root(excess: Callable[[float], float]) -> float:
    """Where something that falls is nought, from nought on."""
    low, high = 0.0, 1.0
    while excess(high) > 0:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if excess(middle) > 0 else (low, middle)
    return high
