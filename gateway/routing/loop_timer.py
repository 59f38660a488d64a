"""Time on the event loop: the `Timer` of a running gateway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable


class LoopTimer:
    """Implements the port `Timer`."""

    def __init__(self, read: Callable[[], float]) -> None:
        """Take wall time from `read` (unix seconds)."""
        self._read = read

    def now(self) -> float:
        """Wall time (unix seconds)."""
        return self._read()

    async def wait(self, woken: asyncio.Event, seconds: float) -> None:
        """Wait for the event, at most so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await woken.wait()
