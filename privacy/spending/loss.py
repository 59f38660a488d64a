"""Privacy loss in whole numbers: rho of zero-concentrated differential privacy in millionths, delta in 10^-15.

Whole numbers add up exactly, in every database, and are rounded up on the way in: what is booked is never less
than what was spent.

Source: Bun and Steinke 2016 (zCDP, composition by addition); Canonne, Kamath and Steinke 2020, proposition 12 (conversion).
"""

from __future__ import annotations

import math
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
    """What a release costs each person at most."""

    micro_rho: int
    """Millionths of rho, rounded up."""
    femto_delta: int = 0
    """10^-15 of delta, rounded up."""

    def __post_init__(self) -> None:
        """Refuse what is no loss.

        Raises:
            LossError: negative, or beyond what books can hold.
        """
        if not (0 <= self.micro_rho <= _MOST and 0 <= self.femto_delta <= _MOST):
            raise LossError("a privacy loss lies outside what a budget may hold")

    def __add__(self, other: Loss) -> Loss:
        """Both, by sequential composition."""
        return Loss(self.micro_rho + other.micro_rho, self.femto_delta + other.femto_delta)

    def within(self, most: Loss) -> bool:
        """Whether neither part is more than that of `most`."""
        return self.micro_rho <= most.micro_rho and self.femto_delta <= most.femto_delta

    def cut_to(self, most: Loss) -> Loss:
        """The smaller one of each part."""
        return Loss(min(self.micro_rho, most.micro_rho), min(self.femto_delta, most.femto_delta))

    @property
    def rho(self) -> float:
        """For people to read."""
        return self.micro_rho / MICRO

    @property
    def delta(self) -> float:
        """For people to read."""
        return self.femto_delta / FEMTO


def loss_of(rho: float, delta: float = 0.0) -> Loss:
    """The loss in whole numbers, rounded up.

    Raises:
        LossError: one of them is not a finite number from 0 on, or is too large.
    """
    if not (math.isfinite(rho) and math.isfinite(delta)) or rho < 0 or not 0 <= delta <= 1 or rho > MOST_RHO:
        raise LossError("a privacy loss lies outside what a budget may hold")
    return Loss(math.ceil(Fraction(rho) * MICRO), math.ceil(Fraction(delta) * FEMTO))


def epsilon_of(rho: float, delta: float) -> float:
    """The epsilon that goes with a rho at a delta above 0: the tightest known closed form, by a search over its order.

    Raises:
        LossError: rho is negative or delta not between 0 and 1.
    """
    if not (math.isfinite(rho) and rho >= 0 and 0 < delta < 1):
        raise LossError("an epsilon is told for a rho from 0 on, at a delta between 0 and 1")
    if rho == 0:
        return 0.0
    low, high = math.log(1e-9), math.log(1e9)
    for _ in range(_STEPS):  # the bound has one minimum over the order: thirds find it
        third = (high - low) / 3
        if _bound(rho, delta, low + third) < _bound(rho, delta, high - third):
            high -= third
        else:
            low += third
    return max(0.0, _bound(rho, delta, low))


def _bound(rho: float, delta: float, log_excess: float) -> float:
    """Proposition 12 at the order 1 + e^log_excess."""
    excess = math.exp(log_excess)
    order = 1 + excess
    return rho * order + (math.log(1 / delta) - math.log(order)) / excess + math.log1p(-1 / order)
