"""Many processes at one budget in PostgreSQL: `python -m tests.fault.gateway.budget_hammer URL PROCESSES CLAIMS ROOM`.

Each asks for its claims, every third of them for a key that all the others want as well. Prints what it was told, as JSON: one list of
[key, answer] for each process.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date

from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from privacy import Budget, Claim, Loss

PLAN = b"p" * 32
DAY = date(2026, 11, 21)


def claims_of(number: int, count: int) -> list[str]:
    """The keys that a process asks for."""
    return [f"shared-{n}" if n % 3 == 0 else f"own-{number}-{n}" for n in range(count)]


def ask(url: str, number: int, count: int, room: int) -> list[tuple[str, str]]:
    """Ask for everything; the answers."""
    quotas = Budget(Loss(room)).quotas([DAY], "analytics", "product")
    books = SqlBudget(BudgetDatabase.open_url(url))
    lease = number.to_bytes(16, "big")
    try:
        return [
            (key, type(books.reserve(Claim(key, Loss(1), quotas, PLAN), lease, now=0)).__name__)
            for key in claims_of(number, count)
        ]
    finally:
        books.close()


def main(arguments: Sequence[str]) -> None:
    """Fork, ask, tell."""
    url, processes, count, room = arguments[0], *map(int, arguments[1:])
    pipes = []
    for number in range(processes):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            told = json.dumps(ask(url, number, count, room)).encode()
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(told)
            os._exit(0)
        os.close(writing)
        pipes.append(os.fdopen(reading, "rb"))
    print(json.dumps([json.loads(pipe.read()) for pipe in pipes]))


if __name__ == "__main__":
    main(sys.argv[1:])
