"""Privacy loss in whole numbers: rho of zero-concentrated differential privacy in millionths, delta in 10^-15.

Whole numbers add up exactly, in every database, and are rounded up on the way in: what is booked is never less
than what was spent; what may be spent is rounded down.

A release by Laplace noise is epsilon by itself, without the delta that an epsilon of a rho needs. So beside everything in rho,
which is what a budget bounds, stands how much of that is pure, and which epsilon the pure part comes to: an epsilon is told as
the least of what follows from either (`epsilon_of_loss`).

Source: Bun and Steinke 2016 (zCDP, composition by addition, proposition 1.4); Canonne, Kamath and Steinke 2020, proposition 12
(conversion); Dwork, Kenthapadi et al. 2006 (pure epsilons add up, also to an epsilon with a delta).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from privacy.errors import LossError

MICRO: Final = 10**6
"""Parts of one rho."""
TOLD_DELTA: Final = 1e-9
"""At which epsilon is told of what the budget has, whoever asks."""
FEMTO: Final = 10**15
"""Parts of one delta."""
MOST_RHO: Final = 10**6
"""Nothing costs more, so that sums stay far within 64 bits."""
_MOST: Final = 2**62
_STEPS: Final = 200


@dataclass(frozen=True, slots=True)
class Loss:
    """What a release costs each person at most, or several together."""

    micro_rho: int
    """Millionths of rho, rounded up: of everything."""
    femto_delta: int = 0
    """10^-15 of delta, rounded up."""
    pure_micro_rho: int = 0
    """As much of `micro_rho` as is pure: of releases by Laplace noise."""
    pure_micro_epsilon: int = 0
    """Millionths of the epsilon that the pure part comes to, rounded up."""

    def __post_init__(self) -> None:
        """Refuse what is no loss.

        Raises:
            LossError: negative, or beyond what books can hold; or more of it is pure than there is; or a pure part has a rho
                without an epsilon, or an epsilon without a rho.
        """
        parts = (self.micro_rho, self.femto_delta, self.pure_micro_epsilon)
        if not all(0 <= part <= _MOST for part in parts) or not 0 <= self.pure_micro_rho <= self.micro_rho:
            raise LossError("a privacy loss lies outside what a budget may hold")
        if bool(self.pure_micro_rho) is not bool(self.pure_micro_epsilon):
            raise LossError("what is pure has both a rho and an epsilon")

    def __add__(self, other: Loss) -> Loss:
        """Both, by sequential composition."""
        return Loss(
            self.micro_rho + other.micro_rho,
            self.femto_delta + other.femto_delta,
            self.pure_micro_rho + other.pure_micro_rho,
            self.pure_micro_epsilon + other.pure_micro_epsilon,
        )

    def within(self, most: Loss) -> bool:
        """Whether neither rho nor delta is more than that of `most`: a budget bounds these, however much is pure."""
        return self.micro_rho <= most.micro_rho and self.femto_delta <= most.femto_delta

    def cut_to(self, most: Loss) -> Loss:
        """The smaller rho and the smaller delta."""
        return Loss(min(self.micro_rho, most.micro_rho), min(self.femto_delta, most.femto_delta))

    @property
    def rho(self) -> float:
        """For people to read."""
        return self.micro_rho / MICRO

    @property
    def delta(self) -> float:
        """For people to read."""
        return self.femto_delta / FEMTO


def loss_of(rho: float, delta: float = 0.0, epsilon: float = 0.0) -> Loss:
    """The loss of one release in whole numbers, rounded up; with `epsilon`, if it is pure.

    Raises:
        LossError: one of them is not a finite number from 0 on, or is too large.
    """
    _insist(rho, delta, epsilon)
    rounded = math.ceil(Fraction(rho) * MICRO)
    return kept_loss(rounded, math.ceil(Fraction(delta) * FEMTO), math.ceil(Fraction(epsilon) * MICRO))


def kept_loss(micro_rho: int, femto_delta: int, micro_epsilon: int) -> Loss:
    """The loss of one release as it is kept: all of it is pure, or nothing (an epsilon of 0).

    Raises:
        LossError: negative, or beyond what books can hold.
    """
    return Loss(micro_rho, femto_delta, micro_rho if micro_epsilon else 0, micro_epsilon)


def most_of(rho: float, delta: float = 0.0) -> Loss:
    """What may be spent, in whole numbers: as it is written, and what is finer than books are, rounded down.

    Raises:
        LossError: as `loss_of`.
    """
    _insist(rho, delta)
    return Loss(math.floor(Fraction(repr(rho)) * MICRO), math.floor(Fraction(repr(delta)) * FEMTO))


def _insist(rho: float, delta: float, epsilon: float = 0.0) -> None:
    finite = all(map(math.isfinite, (rho, delta, epsilon)))
    if not finite or not 0 <= rho <= MOST_RHO or not 0 <= delta <= 1 or not 0 <= epsilon <= MOST_RHO:
        raise LossError("a privacy loss lies outside what a budget may hold")


def epsilon_of_loss(loss: Loss, delta: float) -> float:
    """The epsilon that a loss comes to at `delta` beside its own, however laws are mixed in it: the least of three bounds.

    All of it in rho; the pure part as epsilon, and the rest in rho; both together, order by order (`_pure_at`).

    Raises:
        LossError: delta is not between 0 and 1.
    """
    rest, pure = (loss.micro_rho - loss.pure_micro_rho) / MICRO, loss.pure_micro_epsilon / MICRO
    apart = min(epsilon_of(loss.rho, delta), pure + epsilon_of(rest, delta))
    if not pure:
        return apart
    each = 2 * loss.pure_micro_rho / MICRO / pure
    return min(apart, _least(lambda order: rest * order + _pure_at(order, pure, each), delta))


def epsilon_of(rho: float, delta: float) -> float:
    """The epsilon that goes with a rho at a delta above 0: the tightest known closed form, by a search over its order.

    Raises:
        LossError: rho is negative or delta not between 0 and 1.
    """
    if not (math.isfinite(rho) and rho >= 0 and 0 < delta < 1):
        raise LossError("an epsilon is told for a rho from 0 on, at a delta between 0 and 1")
    return _least(lambda order: rho * order, delta) if rho else 0.0


def _least(renyi: Callable[[float], float], delta: float) -> float:
    """The epsilon at `delta` of a Renyi divergence by its order: proposition 12 at every order is one, and the least is told.

    Of a rho the bound has one minimum over the order, which thirds find; of anything else what they find bounds it all the same.
    """

    def bound(log_excess: float) -> float:
        excess = math.exp(log_excess)
        order = 1 + excess
        return renyi(order) + (math.log(1 / delta) - math.log(order)) / excess + math.log1p(-1 / order)

    low, high = math.log(1e-9), math.log(1e9)
    for _ in range(_STEPS):
        third = (high - low) / 3
        if bound(low + third) < bound(high - third):
            high -= third
        else:
            low += third
    return max(0.0, bound(low))


def _pure_at(order: float, epsilon: float, each: float) -> float:
    """The Renyi divergence at an order of mechanisms that come to `epsilon` in all, if each of them were as much as `each`.

    None of epsilon e says more than an answer that is true but for once in 1 + e^e, whose divergence is
    R(e) = log(cosh((a - 1/2) e) / cosh(e / 2)) / (a - 1). R(e)/e rises and is concave, for x^2 times the third derivative of
    log cosh x is nowhere above 0: so of mechanisms with the sums E of e and rho of e^2/2, however they differ, the sum of R is
    at most E R(m)/m at m = 2 rho/E. Source: Kairouz, Oh and Viswanath 2015; Mironov 2017, proposition 5 (randomised response).
    """
    excess, half = order - 1, each / 2
    # the ratio of the two less 1, which is 2 sinh(a e/2) sinh((a - 1) e/2) / cosh(e/2), as a logarithm: no number is too large
    left, right = order * half, excess * half
    grown = left + right - half + _log_shrunk(left) + _log_shrunk(right) - math.log1p(math.exp(-2 * half))
    ratio = max(grown, 0.0) + math.log1p(math.exp(-abs(grown)))
    return min(epsilon, epsilon / each * ratio / excess)


def _log_shrunk(half: float) -> float:
    return math.log(-math.expm1(-2 * half))
