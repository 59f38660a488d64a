"""What recipients were given, in the log: at intervals one entry for each destination that was delivered something since.

An entry says to whom, for which purpose, how many signals, and up to which index of the log; nothing of whose they were. What was
delivered in the interval before a crash is in no entry: the start in between says so.

Source: GDPR art. 15(1)(c) and 30(1)(d), recipients; CCPA 1798.130(a)(5)(C), disclosures for a business purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress

from audit import LogUnavailableError
from gateway.recurring import Recurring
from gateway.routing.health import DestinationStatus

INTERVAL_SECONDS = 900.0
"""Between two entries about one destination, at least."""

Note = Callable[[Mapping[str, str | int]], Awaitable[object]]
"""Puts an entry with these details into the log, durably."""


class DeliveryLog:
    """Tells the log of deliveries. Lives on the event loop."""

    def __init__(self, status: Callable[[], Sequence[DestinationStatus]], note: Note) -> None:
        """Look at `status` (counts since the start), and tell `note`."""
        self._status = status
        self._note = note
        self._told: Counter[str] = Counter()
        self._looking = Recurring(self.look, INTERVAL_SECONDS, passing=(LogUnavailableError,))

    def start(self) -> None:
        """Begin to look at intervals."""
        self._looking.start()

    async def stop(self) -> None:
        """End, and tell what is left."""
        await self._looking.stop()
        with suppress(LogUnavailableError):
            await self.look()

    async def look(self) -> None:
        """Tell what was delivered since the last look.

        Raises:
            LogUnavailableError: the log cannot take it now; it is told the next time.
        """
        for each in self._status():
            fresh = each.delivered - self._told[each.id]
            if fresh:
                detail = {"act": "delivered", "to": each.id, "purpose": each.purpose}
                await self._note({**detail, "rows": fresh, "until": each.cursor})
                self._told[each.id] += fresh
