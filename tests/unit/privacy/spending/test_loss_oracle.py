"""What the books say of a day, and of many, against Google's accountant: never less than the exact loss, and no fifth more."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from dp_accounting import GaussianDpEvent, LaplaceDpEvent
from dp_accounting.pld import PLDAccountant

from privacy import (
    Claim,
    Granted,
    Length,
    Loss,
    MemoryBudget,
    Release,
    default_releases_text,
    epsilon_of,
    loss_of,
    read_catalogue,
    window_at,
)
from privacy.releases.plan import Keyed, plan_of
from privacy.releases.shapes import Law

CATALOGUE = read_catalogue(default_releases_text().encode())
DAY = window_at(Length.DAY, 1_795_219_200)
DELTA = 1e-9


def events_of(release: Release) -> list[GaussianDpEvent]:
    """The Gaussian mechanisms that a release comes to: noise over the most that one person changes."""
    plan = plan_of(release)
    assert isinstance(plan, Keyed)
    reach = math.sqrt(plan.most_keys if plan.keys is None else min(plan.most_keys, len(plan.keys)))
    found = [GaussianDpEvent(plan.noise_people / reach)]
    if plan.most_each:
        found.append(GaussianDpEvent(plan.noise_sum / (plan.most_each * reach)))
    return found


def booked(days: int) -> Loss:
    """What stands in the books after so many days of everything that is shipped, looked up there."""
    books, total = MemoryBudget(), Loss(0)
    for number in range(days):
        at = DAY.begin + 86_400 * number
        for release in CATALOGUE.releases:
            quotas = CATALOGUE.budget.quotas(
                [datetime.fromtimestamp(at, UTC).date()], release.purpose, "product"
            )
            claim = Claim(f"{release.id}/{number}", loss_of(plan_of(release).rho), quotas, b"p" * 32)
            assert isinstance(books.reserve(claim, b"l" * 16, now=at), Granted)
    for each in books.balances():
        if each.scope.startswith("global/"):
            total += each.spent
    return total


@pytest.mark.parametrize("days", [1, 7, 30])
def test_the_books_bound_the_exact_loss_closely(days):
    accountant = PLDAccountant(value_discretization_interval=1e-3)
    for release in CATALOGUE.releases:
        for event in events_of(release):
            accountant.compose(event, days)
    exact, said = accountant.get_epsilon(DELTA), epsilon_of(booked(days).rho, DELTA)
    assert exact <= said <= 1.2 * exact


@pytest.mark.parametrize("times", [1, 30, 300])
def test_laplace_noise_is_booked_with_no_less_than_the_exact_loss(times):
    plan = Keyed(None, 4, 4 * math.sqrt(2), threshold=100, law=Law.LAPLACE)
    accountant = PLDAccountant(value_discretization_interval=1e-3)
    accountant.compose(LaplaceDpEvent(4.0), plan.most_keys * times)
    exact, said = accountant.get_epsilon(DELTA), epsilon_of(times * loss_of(plan.rho).rho, DELTA)
    assert exact <= said
    assert said <= (1.2 * exact if times > 1 else 3.1), (
        "alone it costs epsilon 1, which the books in rho cannot say"
    )
