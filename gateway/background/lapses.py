"""What runs out: consents end by themselves, and with them what was held on their ground.

Whoever asks for a person whose consent ran out finds it ended at once. This looks for those whom nobody asks for.
"""

from __future__ import annotations

from consent import ConsentError
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.memory.people import People
from gateway.recurring import Recurring

TICK_SECONDS = 30.0
"""Features of a consent that ran out are gone from memory so soon, and within a minute and a half from the disk."""


class Lapses:
    """Looks at intervals for consents that ran out."""

    def __init__(self, desk: ConsentDesk, people: People, clock: Clock) -> None:
        """Let `desk` take away from `people` what ran out."""
        self._desk = desk
        self._people = people
        self._clock = clock
        self._looking = Recurring(
            self.look, TICK_SECONDS, passing=(ConsentError,)
        )  # nothing is lost by waiting

    def start(self) -> None:
        """Begin to look for lapsed consents."""
        self._looking.start()

    async def stop(self) -> None:
        """End the task and wait for it."""
        await self._looking.stop()

    async def look(self) -> int:
        """Take away what has run out by now. Returns of how many people.

        Raises:
            ConsentError: the ledger could not say what holds.
        """
        now = self._clock.now()
        if not self._clock.trusted:
            return 0
        found = self._people.run_out(now)
        for ref in found:
            await self._desk.let_run_out(ref)
        return len(found)
