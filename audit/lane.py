"""A lane: one thread that does one thing after another and reports each result on the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import Generic, TypeVar

from audit.errors import AuditError, FatalLogError

Job = TypeVar("Job")
Result = TypeVar("Result")


class Lane(Generic[Job, Result]):
    """Runs `work` for each job, in order, off the loop."""

    def __init__(
        self,
        name: str,
        work: Callable[[Job], Result],
        report: Callable[[Result | None, Exception | None], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        """Start the thread; `report` is called on `loop` with the result, or with the OSError or AuditError raised."""
        self._work = work
        self._report = report
        self._loop = loop
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self.put = self._jobs.put
        """Add a job; never waits."""
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Do what is queued, then end the thread. Results that nobody waits for are still reported."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            result: Result | None = None
            # Whatever else goes wrong ends this thread, and must not leave anybody waiting.
            failure: Exception | None = FatalLogError("a thread of the log ended by a defect")
            try:
                result = self._work(job)
                failure = None
            except (OSError, AuditError) as exc:
                failure = exc
            finally:
                self._loop.call_soon_threadsafe(self._report, result, failure)
