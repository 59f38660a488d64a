"""Charts as numbers that a template draws: bars in per cent of the largest. Pure; nothing is fetched and nothing is scripted.

Each chart is drawn inside the page as SVG without text, beside a table that says the same: what is seen can also be read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from privacy import DAY_SECONDS

DAYS = 30
"""On the chart of consent."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a table with its bar."""

    name: str
    """Of what: a word of ours."""
    n: int
    """How many there are."""
    width: float
    """Per cent of the longest bar."""
    share: float
    """Per cent of all of them."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the chart of consent; places and heights are in a picture of `DAYS * 10` by 100."""

    at: int
    """When it began (unix seconds)."""
    given: int
    """Given or confirmed."""
    ended: int
    """Refused or ended."""
    x: int
    """Where it stands."""
    given_height: float
    """Up from the middle."""
    ended_height: float
    """Down from the middle."""


def bars(counts: Mapping[str, int]) -> list[Bar]:
    """The counts with their bars, the most first; what never happened is left out."""
    found = sorted(((n, name) for name, n in counts.items() if n), key=lambda each: (-each[0], each[1]))
    most, total = max((n for n, _ in found), default=1), sum(n for n, _ in found) or 1
    return [Bar(name, n, round(100 * n / most, 2), round(100 * n / total, 1)) for n, name in found]


def days(given: Mapping[int, int], ended: Mapping[int, int], now: int, length: int = DAYS) -> list[Day]:
    """The last days up to today, the oldest first; both halves have the same scale."""
    today = now // DAY_SECONDS
    numbers = range(today - length + 1, today + 1)
    most = max((max(given.get(day, 0), ended.get(day, 0)) for day in numbers), default=0) or 1
    return [
        Day(
            day * DAY_SECONDS,
            given.get(day, 0),
            ended.get(day, 0),
            10 * place,
            round(48 * given.get(day, 0) / most, 2),
            round(48 * ended.get(day, 0) / most, 2),
        )
        for place, day in enumerate(numbers)
    ]
