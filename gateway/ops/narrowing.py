"""Looks once a day whether people's histories narrow, and says so when that has grown for weeks.

What is kept is one number a day, a mean over at least twenty people, in memory only. Histories are those of people who permit
personal slates at that moment; nothing of a person is kept.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import islice

from gateway.memory.people import People
from privacy import DAY_SECONDS
from scoring import Catalogue, History, growth_of, mean_concentration

DAYS = 30
MOST_PEOPLE = 5_000
"""Looked at, evenly spread over everybody."""


class Narrowing:
    """Lives on the event loop; no locks."""

    def __init__(
        self, history: History, catalogue: Catalogue, people: People, on_alarm: Callable[[], None]
    ) -> None:
        """Look at `history`; `on_alarm` learns when concentration has begun to grow."""
        self._history = history
        self._catalogue = catalogue
        self._people = people
        self._on_alarm = on_alarm
        self._day = -1
        self._grows = False
        self.means: deque[float] = deque(maxlen=DAYS)
        """One a day, the oldest first; nan where too few people are known."""
        self.alarms = 0
        """How often growth began."""

    @property
    def last(self) -> float:
        """The mean of the last day that was looked at, from 0 to 1; nan if it is not known."""
        return self.means[-1] if self.means else float("nan")

    def look(self, now: int) -> None:
        """Measure, if a day has begun since the last time (unix seconds, UTC)."""
        if now // DAY_SECONDS <= self._day:
            return
        self._day = now // DAY_SECONDS
        self.means.append(self._measure())
        grows = growth_of(self.means).alarms
        if grows and not self._grows:
            self.alarms += 1
            self._on_alarm()
        self._grows = grows

    def _measure(self) -> float:
        stride = max(1, len(self._people) // MOST_PEOPLE)
        slots = list(islice(self._people.slots(), 0, None, stride))[:MOST_PEOPLE]
        rows, catalogue = self._history.rows(slots), self._catalogue
        return mean_concentration(rows, catalogue.category_of, len(catalogue.category_number))
