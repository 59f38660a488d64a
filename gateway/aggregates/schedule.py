"""Releases at their times: a window is published a fixed pause after it closed, or as soon as we are here again.

Which windows are due follows from the clock and from when a release came into force, and from nothing that people did. A
window is run once; one that was missed while nobody was here is run when somebody is, as long as its rows are kept, with what
had arrived when it closed.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from audit import LogUnavailableError
from gateway.aggregates.cube import Cube
from gateway.aggregates.release_runs import BOOKED_EARLIER_SECONDS, Ended, ReleaseRuns, key_of
from gateway.errors import MeasuringError
from gateway.recurring import Recurring
from gateway.routing import FeedError
from privacy import DAY_SECONDS, PrivacyError, Release, SpendState, Window, windows_between

TICK_SECONDS = 60.0
BROKE_OFF = "broke_off"
"""Why a window is not published that could not be measured."""
MOST_TRIES = 3
"""So often a window is measured that breaks off; then not until the next start."""

_PASSING = (MeasuringError, FeedError, LogUnavailableError, PrivacyError, OSError)
"""Nothing is lost by waiting: what is booked is taken over."""


class Schedule:
    """Looks at intervals for windows that are due. Lives on the event loop."""

    def __init__(
        self, runs: ReleaseRuns, cube: Cube, clock: Callable[[], int], seconds: float = TICK_SECONDS
    ) -> None:
        """Run what is due by `runs`; look every so many `seconds`."""
        self._runs = runs
        self._cube = cube
        self._now = clock
        self._left: dict[str, str] = {}
        self._broken: Counter[str] = Counter()
        self._looking = Recurring(self._look_and_tidy, seconds, passing=_PASSING)

    def start(self) -> None:
        """Begin to run releases when they are due."""
        self._looking.start()

    async def stop(self) -> None:
        """End; a run under way is taken over after the next start."""
        await self._looking.stop()

    async def due(self) -> list[tuple[Release, Window]]:
        """The windows that should be published by now and are not, oldest first.

        Raises:
            BudgetStoreError: the books cannot be read.
        """
        now, kept = self._now(), self._runs.catalogue.windows
        oldest = now - DAY_SECONDS * kept.keep_days
        spends = await asyncio.to_thread(self._runs.ledger.spends, since=oldest - BOOKED_EARLIER_SECONDS)
        states = {spend.key: spend.state for spend in spends}
        found, left = [], {}
        for release in self._runs.catalogue.releases:
            since = await self._runs.in_force.since(release)
            if since is None:
                continue
            first = max(since, oldest)
            last = now - 60 * (kept.late_minutes + kept.pause_minutes)
            for window in windows_between(release.window, first, last):
                key = key_of(release, window)
                state = states.get(key)
                if state is SpendState.PUBLISHED:
                    continue
                if state is SpendState.LOST:
                    left[key] = Ended.LOST.value
                elif key in self._left:
                    left[key] = self._left[key]
                else:
                    found.append((release, window))
        self._left = left
        return sorted(found, key=lambda each: (each[1].end, each[0].id))

    async def look(self) -> int:
        """Run what is due. Returns how many releases were published.

        A measurement that breaks off holds up no other: it is due again at the next look, but for the third time.

        Raises: as `ReleaseRuns.run`, but for `MeasuringError`; what is left is due at the next look.
        """
        published = 0
        for release, window in await self.due():
            key = key_of(release, window)
            try:
                ended, _ = await self._runs.run(release, window)
            except MeasuringError:
                self._broken[key] += 1
                if self._broken[key] == MOST_TRIES:
                    self._left[key] = BROKE_OFF
                continue
            if ended is Ended.PUBLISHED:
                published += 1
            elif ended is not Ended.ALREADY:
                self._left[key] = ended.value
        return published

    def not_published(self, release: Release) -> dict[str, str]:
        """The windows of a release that are not published though their time has come, and why (`Ended`, or `BROKE_OFF`)."""
        of_it = f"{release.id}@{release.version}/"
        return {key.removeprefix(of_it): why for key, why in self._left.items() if key.startswith(of_it)}

    async def tidy(self) -> None:
        """Let go of what is not kept any more: days of the cube, and the keys of its weeks.

        Raises:
            BudgetStoreError: nobody can say how long it is to be kept.
            OSError: something could not be removed.
        """
        oldest = self._now() - DAY_SECONDS * await self._runs.in_force.keep_days()
        day = datetime.fromtimestamp(oldest, UTC).date() - timedelta(days=1)
        await self._cube.drop_before(day, oldest)

    async def _look_and_tidy(self) -> None:
        await self._runs.in_force.take_up_shipped()
        await self.look()
        await self.tidy()
