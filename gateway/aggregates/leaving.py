"""Whoever leaves the cube's files: all who wait are taken out at once, since rewriting costs the same for one and for a thousand.

Lives on the event loop; the files are rewritten on a thread, one call after the other, so whoever leaves after rows of theirs
were handed to that thread is taken out after these were written.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor

from gateway.aggregates.cube_files import CubeFiles, Stays, names_gone
from gateway.aggregates.cube_keys import CubeKeys
from gateway.aggregates.participation import Participation, days_of_week
from privacy import SubjectRef

_Person = tuple[str, Collection[SubjectRef]]
"""A purpose, and every reference of one person."""


class Leaving:
    """Takes people out, and knows whether all of them are out."""

    def __init__(
        self, files: CubeFiles, participation: Participation, keys: CubeKeys, thread: Executor
    ) -> None:
        """Take them out of `files`; in `participation` they stay, under the week's names. Calls on files go to `thread`."""
        self._files = files
        self._participation = participation
        self._keys = keys
        self._thread = thread
        self._waiting: list[_Person] = []
        self._under_way: set[asyncio.Future[None]] = set()
        self._going: asyncio.Future[None] | None = None
        self._has_failed = False

    def let_go(self, purpose: str, whose: Collection[SubjectRef]) -> None:
        """Take somebody out, with those who wait already."""
        self._waiting.append((purpose, whose))
        if self._going is None or self._going.done():
            self._going = asyncio.ensure_future(self._take_out())
            self.watch(self._going)

    def watch(self, task: asyncio.Future[None]) -> None:
        """Wait for another change of the files, too, and know whether it failed."""
        self._under_way.add(task)
        task.add_done_callback(self._done)

    async def rest(self) -> None:
        """Wait until nobody is being taken out any more."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    async def settle(self, who_stays: Callable[[], Stays]) -> None:
        """Wait until nobody is being taken out any more; where somebody could not be, keep only `who_stays` as of then.

        Raises:
            OSError: that failed too; it is tried again when this is called again.
        """
        await self.rest()
        if self._has_failed:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._files.keep_only, who_stays())
            self._has_failed = False

    async def _take_out(self) -> None:
        run = asyncio.get_running_loop().run_in_executor
        while self._waiting:
            leaving, self._waiting = self._waiting, []
            try:
                await run(self._thread, self._erase, leaving)
            except OSError:
                self._has_failed = True

    def _done(self, task: asyncio.Future[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            self._has_failed = True

    def _erase(self, leaving: Sequence[_Person]) -> None:
        weeks, gone = self._keys.weeks(), defaultdict[str, set[int]](set)
        for purpose, whose in leaving:
            for week in weeks:
                names = {self._keys.name_in(ref, purpose, week) for ref in whose}
                gone[purpose] |= names
                if len(names) > 1:
                    self._participation.keep_together(purpose, days_of_week(week), names)
        self._files.keep_only(names_gone(gone), list(gone))
