"""Whether the records answer: one small read, on the thread that every other call to them takes.

However often it is asked, the records are read at most once a second, and never while a read is still under way: a disk that
hangs is not asked again. Lives on the event loop.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor

from consent import ConsentError

EVERY_SECONDS = 1.0
"""An answer holds for so long."""

WITHIN_SECONDS = 2.0
"""How long whoever asks waits for one; far more than a commit takes that is ahead in the queue."""


class RecordsProbe:
    """Asks the records, and remembers what came of it."""

    def __init__(self, read: Callable[[], object], worker: Executor, now: Callable[[], float]) -> None:
        """Ask by `read`, on `worker`; `now` gives seconds of a clock that never steps back."""
        self._read = read
        self._worker = worker
        self._now = now
        self._asked_at = float("-inf")
        self._under_way: asyncio.Future[bool] | None = None
        self.answer = True
        """Whether they answered when they were asked last; they were read at the start."""

    async def ask(self) -> bool:
        """Whether they answer. Never raises, and returns within `WITHIN_SECONDS`."""
        if self._under_way is None and self._now() - self._asked_at >= EVERY_SECONDS:
            self._asked_at = self._now()
            try:
                self._under_way = asyncio.get_running_loop().run_in_executor(self._worker, self._try)
            except RuntimeError:  # the worker has ended
                self.answer = False
            else:
                self._under_way.add_done_callback(self._settle)
        if self._under_way is not None:
            done, _ = await asyncio.wait([self._under_way], timeout=WITHIN_SECONDS)
            if not done:
                self.answer = False
        return self.answer

    def _try(self) -> bool:
        try:
            self._read()
        except ConsentError:
            return False
        return True

    def _settle(self, under_way: asyncio.Future[bool]) -> None:
        self._under_way = None
        self.answer = not under_way.cancelled() and under_way.exception() is None and under_way.result()
