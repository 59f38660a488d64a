"""Who is in a segment now: people leave by time alone, and nobody looks at them until somebody asks how many there are.

Everybody of whom something is remembered for the segment's purpose is looked at, with everybody else's turns in between; who
moved has an entry, as ever. However often somebody asks, what only time changes is looked at anew after `RECENT_SECONDS`, and
four times as long as it works a look rests.
"""

from __future__ import annotations

import asyncio
from time import perf_counter

from gateway.clock import Clock
from gateway.rules.recorder import Recorder
from gateway.rules.rulebook import Rulebook
from scoring import Definitions

LOOP_SECONDS = 0.002
"""How long one turn of the event loop may last."""
RECENT_SECONDS = 30
"""So long a look is as good as another, where only time may have moved somebody since."""
_REST = 4
"""Times as long as it has worked, a look leaves the loop to everybody else."""


class RollCall:
    """Brings segments up to date. Lives on the event loop."""

    def __init__(self, rulebook: Rulebook, recorder: Recorder, clock: Clock) -> None:
        """Look at the segments of `rulebook`; who moves is recorded by `recorder`."""
        self._rulebook = rulebook
        self._recorder = recorder
        self._clock = clock
        self._lock = asyncio.Lock()
        self._looked: dict[int, tuple[Definitions, int]] = {}

    async def hold(self, bits: frozenset[int]) -> None:
        """Let everybody be, by the time this returns, in the segments of these purposes (bits) where they belonged when it began,
        or when all were last looked at, if that ended less than `RECENT_SECONDS` ago.

        Those who ask while it is under way wait for it. While the clock is not trusted nobody moves. One that is broken off
        was none: the next to ask looks.
        """
        async with self._lock:
            for bit in sorted(bits):
                if self._clock.trusted and self._may_have_moved(bit):
                    definitions = self._rulebook.engine.definitions
                    await self._look(bit)
                    self._looked[bit] = (definitions, self._clock.now())
        await self._recorder.settled()

    def _may_have_moved(self, bit: int) -> bool:
        """Whether somebody may have come to belong elsewhere since all were looked at, and nobody looked at them."""
        definitions = self._rulebook.engine.definitions
        looked_by, at = self._looked.get(bit, (None, 0))
        drifts = any(segment.drifts for segment in definitions.of_purpose.get(bit, ()))
        is_recent = 0 <= self._clock.now() - at < RECENT_SECONDS
        return looked_by is not definitions or (drifts and not is_recent)

    async def _look(self, bit: int) -> None:
        engine = self._rulebook.engine
        began = perf_counter()
        for slot in engine.memory.slots(bit):
            if self._rulebook.permits(bit, slot):
                self._rulebook.record(engine.refresh(bit, slot, self._clock.now()))
            worked = perf_counter() - began
            if worked > LOOP_SECONDS:
                await asyncio.sleep(_REST * worked)
                began = perf_counter()
