"""What is looked at again and again on the event loop, beside the paths: at intervals, and sooner for whoever is woken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from inspect import isawaitable


class Recurring:
    """One task that looks, waits, and looks again until it is stopped.

    A look that fails is followed by the next one all the same. The failures that are expected pass in silence; of any other
    the event loop's exception handler is told, and by it the journal (the class alone).
    """

    def __init__(
        self,
        look: Callable[[], object],
        seconds: float,
        *,
        passing: tuple[type[Exception], ...] = (),
        at_once: bool = False,
    ) -> None:
        """Call `look`, a function or a coroutine function, every so many `seconds`.

        Args:
            look: never called while its last call has not ended.
            seconds: from the end of one look to the beginning of the next.
            passing: failures that mean no more than that the next look has to do it.
            at_once: begin with a look rather than with a wait.
        """
        self._look = look
        self._seconds = seconds
        self._passing = passing
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look at intervals."""
        self._task = asyncio.create_task(self._run())

    def wake(self) -> None:
        """Look now rather than at the end of the interval; during a look, once more after it."""
        self._woken.set()

    async def stop(self) -> None:
        """End, and wait for the end. A look under way is cancelled; without a start nothing happens."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        if not self._at_once:
            await self._pause()
        while True:
            await self._look_once()
            await self._pause()

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(self._seconds):
                await self._woken.wait()
        self._woken.clear()

    async def _look_once(self) -> None:
        try:
            found = self._look()
            if isawaitable(found):
                await found
        except self._passing:
            return
        except Exception as failure:  # noqa: BLE001 - whatever it was, the next look is not the worse for it
            told = {"message": "a recurring look failed", "exception": failure, "task": self._task}
            asyncio.get_running_loop().call_exception_handler(told)
