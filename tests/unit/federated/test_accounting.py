"""The privacy loss: three ways of reckoning it, and the noise that it speaks of."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import opendp.prelude as dp
import pytest
from scipy.optimize import brentq
from scipy.stats import norm as normal

from federated import NoiseError, composed, rho_for, rho_of, scale_for
from federated.noise import add_noise
from privacy import LossError, epsilon_of

DELTA = 1e-5


def by_orders(rho: float, delta: float) -> float:
    """Epsilon by a plain search over Renyi orders, with the looser conversion of Mironov (2017)."""
    return min(order * rho + math.log(1 / delta) / (order - 1) for order in np.linspace(1.01, 200, 40_000))


def analytic(rho: float, delta: float) -> float:
    """Epsilon of the continuous Gaussian of this rho, exactly (Balle and Wang, 2018): no sound account is below it."""
    mu = math.sqrt(2 * rho)

    def exceeds(epsilon: float) -> float:
        first = normal.cdf(mu / 2 - epsilon / mu)
        return first - math.exp(epsilon) * normal.cdf(-mu / 2 - epsilon / mu) - delta

    return brentq(exceeds, 0, 100)


@pytest.mark.parametrize("epsilon", [0.5, 1, 2, 4, 8])
def test_what_is_accounted_lies_between_the_exact_loss_and_the_looser_bound(epsilon: float) -> None:
    rho = rho_for(epsilon, DELTA)
    assert epsilon_of(rho, DELTA) == pytest.approx(epsilon, abs=1e-9)
    assert analytic(rho, DELTA) <= epsilon_of(rho, DELTA) <= by_orders(rho, DELTA)


def library_epsilon(norm: float, scales: list[float], delta: float) -> float:
    """The epsilon of releases with these scales together, as OpenDP works it out."""
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T="f64")
    composition = dp.c.make_composition([dp.m.make_gaussian(*space, scale=scale) for scale in scales])
    return float(dp.c.make_zCDP_to_approxDP(composition).map(norm).epsilon(delta))


@pytest.mark.parametrize("scales", [[10.0], [3.0, 3.0], [5.0, 9.0, 70.0]])
def test_opendp_comes_to_the_same(scales: list[float]) -> None:
    ours = epsilon_of(composed(rho_of(6.0, scale) for scale in scales), DELTA)
    assert library_epsilon(6.0, scales, DELTA) == pytest.approx(ours, rel=1e-6)


def test_a_scale_costs_no_more_than_it_was_chosen_for() -> None:
    for rho in (1e-6, 0.01, 1 / 3, 1.0, 7.7):
        assert rho_of(22_600.0, scale_for(22_600.0, rho)) <= rho


def test_losses_add_up() -> None:
    assert composed([0.5, 0.25]) == 0.75
    assert epsilon_of(0, DELTA) == 0
    assert epsilon_of(composed([0.5] * 4), DELTA) > epsilon_of(0.5, DELTA)


@pytest.mark.parametrize("bad", [(0.0, 1.0), (1.0, 0.0), (math.inf, 1.0), (1.0, math.nan)])
def test_what_is_no_norm_or_scale_is_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(NoiseError):
        rho_of(*bad)
    with pytest.raises(LossError):
        epsilon_of(1.0, 0.0 if bad[0] else 1.0)


def test_the_noise_has_the_scale_it_says_on_every_value() -> None:
    noisy = add_noise(np.full(70_000, 1_000, np.int64), 10.0, 40.0) - 1_000
    assert noisy.dtype == np.int64
    # 7 standard errors of mean and of deviation: beyond them once in 10**11
    assert abs(noisy.mean()) < 7 * 40 / math.sqrt(70_000)
    assert abs(noisy.std() - 40) < 7 * 40 / math.sqrt(140_000)
    assert len(set(noisy[:65_536].tolist()) ^ set(noisy[65_536:].tolist())) > 0


def test_the_package_loads_neither_opendp_nor_flower() -> None:
    program = "import federated, sys; print(any(n.split('.')[0] in {'opendp', 'flwr'} for n in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "False"
