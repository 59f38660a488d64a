"""Losses are rounded up, add up exactly, and are told as epsilon."""

from __future__ import annotations

import math
from datetime import date

import pytest

from privacy import Budget, Loss, LossError, epsilon_of, loss_of


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


@pytest.mark.parametrize("parts", [(-1, 0), (0, -1), (2**63, 0)])
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


@pytest.mark.parametrize(
    ("days", "purpose", "audience"),
    [([], "a", "b"), ([date(2026, 1, 1)], "A", "b"), ([date(2026, 1, 1)], "a", "b/c")],
)
def test_scopes_of_nonsense_are_refused(days, purpose, audience):
    with pytest.raises(LossError):
        Budget(Loss(1)).quotas(days, purpose, audience)
