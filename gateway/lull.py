"""Waiting for a lull: what comes in meanwhile is worked on together, because many at once cost less each than a few.

Work that waits for a lull begins as soon as a turn of the event loop has brought nothing more, or after a moment, however much
comes in. Whoever asks alone waits for one turn that finds nothing; under load, one group goes where two would have, with one
sync of the log in place of two.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

MOMENT_SECONDS = 0.001
"""The longest that anything waits for a lull."""


class Lull:
    """Calls some work when nothing more comes in. Lives on the event loop."""

    def __init__(
        self,
        work: Callable[[], None],
        waiting: Callable[[], int],
        call_soon: Callable[[Callable[[], None]], object],
    ) -> None:
        """Wait for `work`; `waiting` tells how much waits for it, `call_soon` calls something in the next turn."""
        self._work = work
        self._waiting = waiting
        self._call_soon = call_soon
        self._seen = 0
        self._since = 0.0

    def begin(self) -> None:
        """Begin to wait: to be called when something waits that did not before."""
        self._seen = 0
        self._since = monotonic()
        self._call_soon(self._look)

    def _look(self) -> None:
        """Wait on if a turn has brought something, unless that has gone on for a moment."""
        seen, self._seen = self._seen, self._waiting()
        if self._seen > seen and monotonic() - self._since < MOMENT_SECONDS:
            self._call_soon(self._look)
        else:
            self._work()
