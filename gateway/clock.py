"""The one clock of the gateway, and what happens when it steps back.

A consent that ran out must not come back because somebody set the clock: while the wall clock is behind the latest time
seen by more than the tolerance, `trusted` is False and the enforcement point permits nothing. A restart does not forget
that time: the log's last entry carries it (rounded down, as the log's times are).
"""

from __future__ import annotations

import time
from collections.abc import Callable

TOLERANCE_SECONDS = 2.0
"""A step back of less than this is ordinary clock discipline (NTP slewing)."""


class Clock:
    """Wall time in whole seconds that notices when it goes backwards."""

    __slots__ = ("_latest", "_read", "trusted", "when_stepped_back")

    def __init__(self, read: Callable[[], float] = time.time) -> None:
        """Read the time (unix seconds) from `read`."""
        self._read = read
        self._latest = 0.0
        self.trusted = True
        """False while the wall clock is behind a time already seen."""
        self.when_stepped_back: Callable[[], None] | None = None
        """Told each time that the clock is found to have stepped back."""

    def has_seen(self, at: float) -> None:
        """Learn of a time (unix seconds) that has passed: the clock may not stand before it."""
        self._latest = max(self._latest, at)

    def wall(self) -> float:
        """What the machine's clock says (unix seconds), also if it has stepped back: for what others compare with theirs."""
        return self._read()

    def now(self) -> int:
        """Unix seconds; never lower than before, so a stepped clock cannot un-expire anything."""
        t = self._read()
        if t >= self._latest:
            self._latest = t
            self.trusted = True
        elif self._latest - t > TOLERANCE_SECONDS and self.trusted:
            self.trusted = False
            if self.when_stepped_back is not None:
                self.when_stepped_back()
        return int(self._latest)
