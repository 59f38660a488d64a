"""The noise of a release: OpenDP's discrete Gaussian, on whole numbers, from the operating system's chance.

This module loads OpenDP. It stands on no face and is imported only where rounds are driven, never by the gateway's own process.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import opendp.prelude as dp
from numpy.typing import NDArray

from federated.accounting import rho_of
from federated.errors import NoiseError

_CHUNK = 65_536
"""Values handed to the library at once; each value's noise is drawn independently of all others."""

dp.enable_features("contrib")


def add_noise(total: NDArray[np.int64], norm: float, scale: float) -> NDArray[np.int64]:
    """The sum with fresh noise on every value.

    Args:
        total: the exact sum, 64-bit.
        norm: the largest Euclidean norm of one person's contribution.
        scale: standard deviation of the noise.

    Raises:
        NoiseError: the library's own account of the loss is another than ours.
    """
    mechanism = _gaussian(scale)
    if mechanism.map(norm) > rho_of(norm, scale) * (1 + 1e-9):
        raise NoiseError("the loss of this noise is more than what was accounted")
    drawn = [mechanism(total[at : at + _CHUNK].tolist()) for at in range(0, len(total), _CHUNK)]
    return np.concatenate([np.array(part, np.int64) for part in drawn])


def epsilon_by_library(scales: Sequence[float], delta: float) -> float:
    """The epsilon of releases together, as OpenDP works it out: a second account beside `composed` and `privacy.epsilon_of`.

    Args:
        scales: standard deviation of each release's noise, as a multiple of what one person can move.
        delta: at which.
    """
    if not scales:
        return 0.0
    together: Any = dp.c.make_composition([_gaussian(scale) for scale in scales])
    profile: Any = dp.c.make_zCDP_to_approxDP(together)
    return float(profile.map(1.0).epsilon(delta))


def _gaussian(scale: float) -> Any:
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    return dp.m.make_gaussian(*space, scale=scale)
