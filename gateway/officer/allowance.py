"""How many entries one officer is shown: so many in any twenty-four hours.

Whoever needs more asks for an export, to which another agrees.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable

from gateway.pages.refusals import TooManyError
from privacy import DAY_SECONDS


class Allowance:
    """What each officer was shown in the last day. Lives on the event loop, in memory only."""

    def __init__(self, per_day: int, monotonic: Callable[[], float]) -> None:
        """Allow so many in a day, and at once."""
        self._per_day = per_day
        self._monotonic = monotonic
        self._shown: defaultdict[str, deque[tuple[float, int]]] = defaultdict(deque)

    def take(self, officer: str, entries: int) -> None:
        """Count entries that are about to be shown.

        Raises:
            TooManyError: that would be more than one officer is shown.
        """
        if not entries:
            return
        now, shown = self._monotonic(), self._shown[officer]
        while shown and shown[0][0] <= now - DAY_SECONDS:
            shown.popleft()
        if sum(count for _, count in shown) + entries > self._per_day:
            raise TooManyError
        shown.append((now, entries))
