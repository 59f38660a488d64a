"""What rounds cost is on the one budget: booked once, before anything is opened, and settled whatever becomes of the round."""

from __future__ import annotations

import hashlib

import pytest

from gateway.errors import FleetRefusedError
from gateway.fleet.spending import RoundSpending, key_of
from gateway.fleet.values import Round, RoundState
from privacy import Budget, Loss, LossError, MemoryBudget, SpendState

MOST = 1_000
QUOTAS = Budget(Loss(10)).quotas_of_always("federated", Loss(MOST))


def a_round(number: int = 1, state: RoundState = RoundState.OPEN, **more) -> Round:
    return Round(
        round_id=number, state=state, opened_at=0, manifest=b"manifest %d" % number, opened_index=0, **more
    )


class Books:
    """The budget, and who asked for what of it."""

    def __init__(self, quotas=QUOTAS):
        self.ledger = MemoryBudget()
        self.drawn = 0
        self.spending = RoundSpending(
            ledger=self.ledger, book=self.book, quotas=quotas, now=lambda: 0, draw=self.draw
        )

    async def book(self, claim, lease):
        return self.ledger.reserve(claim, lease, now=0)

    def draw(self, n_bytes):
        self.drawn += 1
        return self.drawn.to_bytes(n_bytes)

    @property
    def spent(self):
        return {each.scope: each.spent.micro_rho for each in self.ledger.balances()}


async def test_a_round_is_booked_on_its_scope_and_on_the_global_one():
    books = Books()
    await books.spending.reserve(a_round(), 400)
    assert books.spent == {"federated/always": 400, "global/always": 400}
    [spend] = books.ledger.spends()
    assert (spend.key, spend.plan) == (key_of(a_round()), hashlib.sha256(b"manifest 1").digest())


async def test_asked_again_it_is_booked_once():
    books = Books()
    for _ in range(3):
        await books.spending.reserve(a_round(), 400)
    assert set(books.spent.values()) == {400}


async def test_what_does_not_fit_is_refused_and_books_nothing():
    books = Books()
    await books.spending.reserve(a_round(1), 700)
    assert not await books.spending.would_fit(301)
    assert await books.spending.would_fit(300)
    with pytest.raises(FleetRefusedError):
        await books.spending.reserve(a_round(2), 301)
    assert set(books.spent.values()) == {700}


async def test_a_smaller_budget_of_every_day_bounds_what_rounds_may_spend():
    quotas = Budget(Loss(10), always=Loss(500)).quotas_of_always("federated", Loss(MOST))
    books = Books(quotas)
    assert await books.spending.would_fit(500)
    assert not await books.spending.would_fit(501)


async def test_nobody_alone_raises_what_rounds_may_spend():
    books = Books(Budget(Loss(10)).quotas_of_always("federated", Loss(10**9)))
    assert await books.spending.would_fit(4_000_000)
    assert not await books.spending.would_fit(4_000_001)
    agreed = Books(Budget(Loss(10), always=Loss(10**9)).quotas_of_always("federated", Loss(10**9)))
    assert await agreed.spending.would_fit(10**9)


@pytest.mark.parametrize(
    ("ended", "state"),
    [
        (a_round(state=RoundState.CLOSED, record=b"{}"), SpendState.PUBLISHED),
        (a_round(state=RoundState.ABORTED), SpendState.LOST),
    ],
)
async def test_a_round_that_is_over_is_settled_once_and_what_was_booked_stays(ended, state):
    books = Books()
    await books.spending.reserve(a_round(), 400)
    assert await books.spending.settle(ended) == 400
    assert await books.spending.settle(ended) == 400
    assert [each.state for each in books.ledger.spends()] == [state]
    assert set(books.spent.values()) == {400}
    with pytest.raises(FleetRefusedError):
        await books.spending.reserve(a_round(), 400)


async def test_a_round_that_booked_nothing_settles_nothing():
    books = Books()
    assert await books.spending.settle(a_round(state=RoundState.ABORTED)) == 0
    assert books.ledger.spends() == []


async def test_nothing_more_is_booked_on_what_is_burnt():
    books = Books()
    books.ledger.burn(["global/always"])
    assert not await books.spending.would_fit(1)


def test_whoever_spends_of_every_day_has_a_name():
    with pytest.raises(LossError):
        Budget(Loss(10)).quotas_of_always("Somebody else", Loss(1))
