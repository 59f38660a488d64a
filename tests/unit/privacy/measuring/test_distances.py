"""How far two worlds are apart: exactly, as others count it; and at least, as was seen."""

from __future__ import annotations

import math

import pytest
from dp_accounting import NeighboringRelation, RandomizedResponseDpEvent
from dp_accounting.pld import PLDAccountant

from privacy.measuring.distances import (
    at_least,
    epsilon_at_least,
    gaussian_epsilon,
    mu_at_least,
    repeated_epsilon,
)


def test_the_epsilon_of_a_mu_is_the_one_of_the_literature():
    # Balle and Wang 2018: a noise of 1 at a sensitivity of 1 has delta 1e-5 at epsilon 4.3765.
    assert gaussian_epsilon(1.0, 1e-5) == pytest.approx(4.3765, abs=2e-3)


@pytest.mark.parametrize(("each", "times", "delta"), [(0.25, 4, 1e-9), (0.1, 50, 1e-9), (1.0, 10, 1e-3)])
def test_the_epsilon_of_many_is_that_of_another_accountant(each, times, delta):
    accountant = PLDAccountant(NeighboringRelation.REPLACE_ONE, value_discretization_interval=1e-4)
    for _ in range(times):
        accountant.compose(RandomizedResponseDpEvent(2 / (1 + math.exp(each)), 2))
    assert repeated_epsilon(each, times, delta) == pytest.approx(accountant.get_epsilon(delta), rel=2e-3)


def test_many_cost_no_more_than_their_sum_and_at_a_large_delta_less():
    assert repeated_epsilon(0.25, 4, 1e-15) == pytest.approx(1.0)
    assert repeated_epsilon(0.25, 4, 1e-2) < 0.99


@pytest.mark.parametrize("hits", [0, 1, 500, 1000])
def test_what_was_seen_is_never_less_likely_than_its_lower_bound(hits):
    assert 0 <= at_least(hits, 1000) <= hits / 1000


def test_bounds_lie_below_what_is_true_and_grow_with_what_is_seen():
    assert 0.9 < mu_at_least(84_134, 50_000, 100_000) < 1.0
    assert 0.9 < epsilon_at_least(27_183, 10_000, 100_000) < 1.0
    assert epsilon_at_least(0, 10, 1000) == -math.inf
    assert mu_at_least(0, 0, 1000) == -math.inf
