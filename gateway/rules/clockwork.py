"""Timers: looked at twice a second, while any may run."""

from __future__ import annotations

from gateway.clock import Clock
from gateway.recurring import Recurring
from gateway.rules.rulebook import Rulebook

TICK_SECONDS = 0.5
"""A timer fires so soon after its time."""


class Clockwork:
    """Lets timers fire."""

    def __init__(self, rulebook: Rulebook, clock: Clock) -> None:
        """Look at the timers of `rulebook`."""
        self._rulebook = rulebook
        self._clock = clock
        self._looking = Recurring(self.look, TICK_SECONDS)

    def start(self) -> None:
        """Begin to keep time."""
        self._looking.start()

    async def stop(self) -> None:
        """End the task and wait for it."""
        await self._looking.stop()

    def look(self) -> None:
        """Let fire what is due; a clock that stepped back lets nothing fire."""
        now = self._clock.now()
        if self._clock.trusted:
            effects = self._rulebook.engine.tick(now)
            if effects:
                self._rulebook.record(effects)
