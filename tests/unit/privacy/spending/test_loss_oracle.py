"""What the books say of a day, and of many, against Google's accountant: never less than the exact loss, and no fifth more."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest
from dp_accounting.dp_event import DiscreteLaplaceDpEvent, DpEvent, GaussianDpEvent, SelfComposedDpEvent
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
    epsilon_of_loss,
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


def noise_by_laplace(each: float, keys: int) -> tuple[Loss, DpEvent]:
    """What a release by Laplace noise is booked with, and the mechanism that it comes to: noise in whole numbers."""
    plan = Keyed(None, keys, math.sqrt(2) / each, threshold=100, law=Law.LAPLACE)
    loss = loss_of(plan.rho, 0, plan.epsilon_each * plan.reach)
    return loss, SelfComposedDpEvent(DiscreteLaplaceDpEvent(each, 1), keys)


def noise_by_gauss(rho: float) -> tuple[Loss, DpEvent]:
    return loss_of(rho), GaussianDpEvent(math.sqrt(1 / (2 * rho)))


FEW, MANY, LARGE = noise_by_laplace(0.25, 4), noise_by_laplace(0.05, 20), noise_by_laplace(1.0, 1)
DAILY, OFTEN = noise_by_gauss(0.0035), noise_by_gauss(0.2)


@pytest.mark.parametrize(
    "mix",
    [
        [(FEW, 1)],
        [(FEW, 3)],
        [(FEW, 10)],
        [(FEW, 15)],
        [(FEW, 30)],
        [(MANY, 1)],
        [(MANY, 2)],
        [(MANY, 30)],
        [(LARGE, 1)],
        [(LARGE, 8)],
        [(FEW, 1), (DAILY, 1)],
        [(FEW, 1), (OFTEN, 1)],
        [(FEW, 8), (DAILY, 5)],
        [(MANY, 3), (OFTEN, 3)],
        [(FEW, 2), (MANY, 2), (LARGE, 1), (DAILY, 5), (OFTEN, 1)],
    ],
    ids=str,
)
def test_however_laws_are_mixed_the_epsilon_is_no_less_than_exact_and_no_fifth_more(mix):
    accountant, spent = PLDAccountant(value_discretization_interval=1e-3), Loss(0)
    for (loss, event), times in mix:
        accountant.compose(event, times)
        for _ in range(times):
            spent += loss
    exact = accountant.get_epsilon(DELTA)
    assert exact <= epsilon_of_loss(spent, DELTA) * (1 + 1e-9) <= 1.2 * exact


def test_a_release_by_laplace_noise_alone_is_told_as_what_it_is():
    loss, _ = noise_by_laplace(0.25, 4)
    assert 0.999 < epsilon_of_loss(loss, DELTA) <= 1
    assert epsilon_of(loss.rho, DELTA) > 3
