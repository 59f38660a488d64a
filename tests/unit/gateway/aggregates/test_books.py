"""The books are read on a thread, and say what the ledger says."""

from __future__ import annotations

import threading

from gateway.aggregates.books import Books
from privacy import Budget, Claim, Length, Loss, MemoryBudget, window_at

LEASE = b"l" * 16


class Watched(MemoryBudget):
    """Knows where it was read."""

    def __init__(self) -> None:
        super().__init__()
        self.read_on: list[threading.Thread] = []

    def published(self, release: str, *, most: int, before: int | None = None):
        self.read_on.append(threading.current_thread())
        return super().published(release, most=most, before=before)

    def balances(self):
        self.read_on.append(threading.current_thread())
        return super().balances()

    def last_spends(self, *, most: int, before: int | None = None):
        self.read_on.append(threading.current_thread())
        return super().last_spends(most=most, before=before)


async def test_they_are_never_read_on_the_loop():
    ledger = Watched()
    window = window_at(Length.DAY, 1_795_219_200)
    quotas = Budget(Loss(100)).quotas(window.days, "analytics", "product")
    ledger.reserve(Claim("people@1/2026-11-21", Loss(5), quotas, b"p" * 32), LEASE, now=0)
    ledger.publish("people@1/2026-11-21", LEASE, b"numbers", now=1)
    books = Books(ledger)
    assert [(each.key, each.body) for each in await books.published("people", most=1)] == [
        ("people@1/2026-11-21", b"numbers")
    ]
    assert {each.spent for each in await books.balances()} == {Loss(5)}
    assert [each.key for _, each in await books.last_spends(most=9)] == ["people@1/2026-11-21"]
    assert len(ledger.read_on) == 3
    assert threading.current_thread() not in ledger.read_on


async def test_the_last_window_is_told_and_not_the_one_that_was_booked_last():
    ledger = MemoryBudget()
    days = ["11-21", "11-23", "11-22"]
    keys = [*(f"people@9/2026-{day}" for day in days), "people@10/2026-11-22", "others@1/2026-11-20"]
    quotas = Budget(Loss(100)).quotas(window_at(Length.DAY, 1_795_219_200).days, "analytics", "product")
    for key in (*keys, "people@9/2026-11-24", "federated/1-0"):
        ledger.reserve(Claim(key, Loss(1), quotas, b"p" * 32), LEASE, now=0)
    for key in (*keys, "federated/1-0"):
        ledger.publish(key, LEASE, key.encode(), now=1)
    books = Books(ledger)
    assert await books.last_windows() == {
        "people": [b"people@9/2026-11-23"],
        "others": [b"others@1/2026-11-20"],
    }
    assert (await books.last_windows(most=3))["people"] == [
        b"people@9/2026-11-22",
        b"people@10/2026-11-22",
        b"people@9/2026-11-23",
    ]
