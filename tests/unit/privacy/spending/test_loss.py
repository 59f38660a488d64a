"""Losses are rounded up, add up exactly, and are told as epsilon."""

from __future__ import annotations

import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import Budget, Loss, LossError, epsilon_of, epsilon_of_loss, loss_of, of_last_days
from privacy.spending.loss import _pure_at, most_of


@pytest.mark.parametrize(
    ("rho", "micro"), [(0.0, 0), (1e-6, 1), (1.0000001e-6, 2), (0.15, 150_000), (0.1 + 0.2, 300_001)]
)
def test_a_rho_is_rounded_up(rho, micro):
    assert loss_of(rho).micro_rho == micro


def test_the_smallest_delta_counts():
    assert loss_of(0, 1e-30) == Loss(0, 1)


@pytest.mark.parametrize(
    ("rho", "delta"), [(-1e-9, 0), (math.nan, 0), (math.inf, 0), (2e6, 0), (0, -1), (0, 1.5), (0, math.nan)]
)
def test_what_is_no_loss_is_refused(rho, delta):
    with pytest.raises(LossError):
        loss_of(rho, delta)


@pytest.mark.parametrize(
    ("rho", "micro"), [(0.02, 20_000), (0.1, 100_000), (1e-6, 1), (1.9e-6, 1), (1e-7, 0), (1000.0, 10**9)]
)
def test_what_may_be_spent_is_what_is_written_and_never_more(rho, micro):
    assert most_of(rho).micro_rho == micro
    assert most_of(0, 1e-7) == Loss(0, 10**8)


def test_what_is_pure_is_said_beside_it():
    assert loss_of(0.125, 1e-15, 1.0) == Loss(125_000, 2, 125_000, 1_000_000)
    assert loss_of(1e-9, 0, 1e-9) == Loss(1, 0, 1, 1), "rounded up"
    assert loss_of(0.5) + loss_of(0.125, 0, 1.0) == Loss(625_000, 0, 125_000, 1_000_000)
    assert loss_of(0.125, 0, 1.0).within(Loss(125_000)), "a budget bounds rho"
    assert not loss_of(0.125, 0, 1.0).within(Loss(124_999, 0, 124_999, 10**6))


def test_an_epsilon_is_the_least_that_follows():
    assert epsilon_of_loss(Loss(0), 1e-9) == 0
    assert 0.999 < epsilon_of_loss(loss_of(0.125, 0, 1.0), 1e-9) <= 1
    both = epsilon_of_loss(loss_of(0.125, 0, 1.0) + loss_of(0.02), 1e-9)
    assert both <= 1 + epsilon_of(0.02, 1e-9) < epsilon_of(0.145, 1e-9)
    assert epsilon_of_loss(loss_of(3.75, 0, 30.0), 1e-9) <= epsilon_of(3.75, 1e-9) < 30
    assert 0.999 < epsilon_of_loss(loss_of(10.0, 0, 1.0), 1e-9) <= 1, (
        "also where the two say different things"
    )
    assert 0 < epsilon_of_loss(loss_of(1e-6, 0, 1e-6), 1e-9) <= 1e-6
    assert 0.7e5 < epsilon_of_loss(loss_of(1e5, 0, 1e5), 1e-9) <= 1e5, "no number is too large"


@given(
    st.lists(st.tuples(st.floats(1e-4, 50), st.integers(1, 1000)), min_size=1, max_size=6),
    st.floats(1.0 + 1e-6, 1e6),
)
def test_at_every_order_what_is_told_of_the_sums_is_no_less_than_the_sum_of_what_is_exact(parts, order):
    each_alone = sum(_pure_at(order, epsilon * times, epsilon) for epsilon, times in parts)
    pure = sum(epsilon * times for epsilon, times in parts)
    rho = sum(times * epsilon**2 / 2 for epsilon, times in parts)
    assert each_alone <= _pure_at(order, pure, 2 * rho / pure) * (1 + 1e-9)


@pytest.mark.parametrize(
    "parts",
    [
        (-1, 0),
        (0, -1),
        (2**63, 0),
        (5, 0, 6, 1),
        (5, 0, -1),
        (5, 0, 5, -1),
        (0, 0, 0, 5),
        (5, 0, 0, 5),
        (5, 0, 5, 0),
    ],
)
def test_what_books_cannot_hold_is_refused(parts):
    with pytest.raises(LossError):
        Loss(*parts)


def test_epsilon_agrees_with_what_others_compute():
    # OpenDP's zCDP to approximate DP at rho 0.125 and delta 1e-9 is 3.058; the textbook's bound is 3.344.
    assert epsilon_of(0.125, 1e-9) == pytest.approx(3.058, abs=5e-4)
    assert epsilon_of(0, 1e-9) == 0
    for rho in (1e-6, 1e-3, 0.02, 0.6, 5.0):
        textbook = rho + 2 * math.sqrt(rho * math.log(1e9))
        assert 0 < epsilon_of(rho, 1e-9) < textbook


@pytest.mark.parametrize(("rho", "delta"), [(-1, 1e-9), (math.nan, 1e-9), (1, 0), (1, 1)])
def test_epsilon_of_nonsense_is_refused(rho, delta):
    with pytest.raises(LossError):
        epsilon_of(rho, delta)


def test_a_release_of_several_days_is_booked_on_each():
    budget = Budget(Loss(100), audiences=(("product", Loss(500)),))
    quotas = budget.quotas([date(2026, 11, 21), date(2026, 11, 20)], "analytics", "product")
    assert [each.scope for each in quotas] == [
        "audience/product/2026-11-20",
        "audience/product/2026-11-21",
        "global/2026-11-20",
        "global/2026-11-21",
        "purpose/analytics/2026-11-20",
        "purpose/analytics/2026-11-21",
    ]
    assert {each.most for each in quotas} == {Loss(100)}, "no part is more than the whole"


def test_the_scopes_of_the_last_days_are_told_and_those_of_every_day():
    days = ["2026-11-20", "2026-11-21", "2026-12-01"]
    scopes = [f"{kind}/{day}" for kind in ("global", "purpose/analytics") for day in days]
    found = of_last_days([*scopes, "global/always", "federated/always"], 2)
    assert found == sorted({*scopes, "global/always", "federated/always"} - set(scopes[::3]))
    assert of_last_days(scopes, 9) == scopes
    assert of_last_days([], 9) == []


@pytest.mark.parametrize(
    ("days", "purpose", "audience"),
    [([], "a", "b"), ([date(2026, 1, 1)], "A", "b"), ([date(2026, 1, 1)], "a", "b/c")],
)
def test_scopes_of_nonsense_are_refused(days, purpose, audience):
    with pytest.raises(LossError):
        Budget(Loss(1)).quotas(days, purpose, audience)
