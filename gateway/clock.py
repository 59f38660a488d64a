"""The one clock of the gateway, and what happens when it steps back.

A consent that ran out must not come back because somebody set the clock: while the wall clock is behind the latest time
seen by more than the tolerance, `trusted` is False and the enforcement point permits nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable

TOLERANCE_SECONDS = 2.0
"""A step back of less than this is ordinary clock discipline (NTP slewing)."""


class Clock:
    """Wall time in whole seconds that notices when it goes backwards."""

    __slots__ = ("_latest", "_read", "trusted")

    def __init__(self, read: Callable[[], float] = time.time, latest: float = 0.0) -> None:
        """Read the time from `read`; `latest` is a time known to have passed (the newest consent event)."""
        self._read = read
        self._latest = latest
        self.trusted = True
        """False while the wall clock is behind a time already seen."""

    def now(self) -> int:
        """Unix seconds; never lower than before, so a stepped clock cannot un-expire anything."""
        t = self._read()
        if t >= self._latest:
            self._latest = t
            self.trusted = True
        elif self._latest - t > TOLERANCE_SECONDS:
            self.trusted = False
        return int(self._latest)
