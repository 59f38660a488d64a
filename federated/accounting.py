"""What a release costs: zero-concentrated differential privacy. The epsilon that it comes to at a delta is `privacy.epsilon_of`.

- The unit is a person: everything one person contributed to one sum. Neighbours differ by one person, added or removed.
- Noise is the discrete Gaussian: rho = norm**2 / (2 * scale**2) for the whole vector, in whole numbers on both sides.
- rho adds up over releases, whoever was in them. No amplification by sampling is claimed.

Source: Canonne, Kamath and Steinke, The Discrete Gaussian for Differential Privacy (NeurIPS 2020), theorem 14 and corollary 13.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from federated.errors import NoiseError
from privacy import epsilon_of

DELTA = 1e-5
"""At which the epsilon of rounds is told."""
MAX_RHO = 1_000.0


def rho_of(norm: float, scale: float) -> float:
    """The loss of one release.

    Args:
        norm: the largest Euclidean norm of one person's contribution.
        scale: standard deviation of the noise of each value, in the same unit.

    Raises:
        NoiseError: a number that is not positive.
    """
    if not (0 < norm < math.inf and 0 < scale < math.inf):
        raise NoiseError("a norm and a scale are positive numbers")
    return math.nextafter((norm / scale) ** 2 / 2, math.inf)


def composed(losses: Iterable[float]) -> float:
    """The loss of several releases together, rounded up."""
    return math.fsum(losses)


def rho_for(epsilon: float, delta: float) -> float:
    """The largest rho whose epsilon at `delta` is at most `epsilon`.

    Raises:
        NoiseError: an epsilon that is not positive, or too large.
    """
    if not 0 < epsilon <= MAX_RHO / 2:
        raise NoiseError("epsilon is out of range")
    low, high = 0.0, float(epsilon)
    for _ in range(80):
        middle = (low + high) / 2
        low, high = (middle, high) if epsilon_of(middle, delta) <= epsilon else (low, middle)
    return low


def scale_for(norm: float, rho: float) -> float:
    """The scale of noise that costs `rho` at most.

    Raises:
        NoiseError: a number that is not positive.
    """
    if not (0 < norm < math.inf and 0 < rho <= MAX_RHO):
        raise NoiseError("a norm and a loss are positive numbers")
    scale = norm / math.sqrt(2 * rho)
    while rho_of(norm, scale) > rho:
        scale *= 1 + 1e-12
    return scale
