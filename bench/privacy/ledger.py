"""Sixteen processes book on the same scopes of one PostgreSQL: `python -m bench.privacy.ledger URL PROCESSES CLAIMS OUT`."""

from __future__ import annotations

import json
import multiprocessing
import sys
import time
from datetime import date
from pathlib import Path
from typing import Any

from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from privacy import Budget, Claim, Granted, Loss

QUOTAS = Budget(Loss(10**9)).quotas([date(2026, 11, 21)], "analytics", "product")


def book(url: str, number: int, count: int, ready: Any, told: Any) -> None:
    """Book so many claims once everybody is ready; tell when that began and ended, and how many were granted."""
    books = SqlBudget(BudgetDatabase.open_url(url))
    lease = number.to_bytes(16, "big")
    claims = [Claim(f"{number}/{n}", Loss(1), QUOTAS, b"p" * 32) for n in range(count + 1)]
    books.reserve(claims[0], lease, now=0)
    ready.wait()
    began, worked = time.perf_counter(), time.process_time()
    granted = sum(isinstance(books.reserve(each, lease, now=0), Granted) for each in claims[1:])
    told.put((began, time.perf_counter(), time.process_time() - worked, granted))
    books.close()


def main(url: str, processes: int, count: int, out: Path) -> None:
    """Book, and say how fast; nothing may be lost or spent twice."""
    BudgetDatabase.open_url(url).close()
    forked = multiprocessing.get_context("fork")
    ready, told = forked.Barrier(processes), forked.Queue()
    workers = [
        forked.Process(target=book, args=(url, number, count, ready, told)) for number in range(processes)
    ]
    for each in workers:
        each.start()
    found = [told.get() for _ in workers]
    for each in workers:
        each.join()
    granted = sum(each[3] for each in found)
    books = SqlBudget(BudgetDatabase.open_url(url))
    spent = {each.spent.micro_rho for each in books.balances()}
    books.close()
    if spent != {granted + processes}:
        raise SystemExit("the books do not add up")
    seconds = max(each[1] for each in found) - min(each[0] for each in found)
    cpu = sum(each[2] for each in found) / granted
    out.write_text(
        json.dumps({"granted": granted, "per_second": granted / seconds, "client_cpu_ms": 1000 * cpu})
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
