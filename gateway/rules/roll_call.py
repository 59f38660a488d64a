"""Who is in a segment now: people leave by time alone, and nobody looks at them until somebody asks how many there are.

Everybody of whom something is remembered for the segment's purpose is looked at, with everybody else's turns in between; who
moved has an entry, as ever.
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


class RollCall:
    """Brings segments up to date. Lives on the event loop."""

    def __init__(self, rulebook: Rulebook, recorder: Recorder, clock: Clock) -> None:
        """Look at the segments of `rulebook`; who moves is recorded by `recorder`."""
        self._rulebook = rulebook
        self._recorder = recorder
        self._clock = clock
        self._lock = asyncio.Lock()
        self._begun: dict[int, tuple[Definitions, int]] = {}

    async def hold(self, bits: frozenset[int]) -> None:
        """Let everybody be, by the time this returns, in the segments of these purposes (bits) where they belonged when it began.

        Those who ask while it is under way wait for one more, together. While the clock is not trusted nobody moves.
        """
        asked = self._clock.now()
        async with self._lock:
            for bit in sorted(bits):
                if self._clock.trusted and self._may_have_moved(bit, asked):
                    self._begun[bit] = (self._rulebook.engine.definitions, self._clock.now())
                    await self._look(bit)
        await self._recorder.settled()

    def _may_have_moved(self, bit: int, asked: int) -> bool:
        """Whether somebody may have come to belong elsewhere since all were looked at, and nobody looked at them."""
        definitions = self._rulebook.engine.definitions
        looked_by, at = self._begun.get(bit, (None, 0))
        drifts = any(segment.drifts for segment in definitions.of_purpose.get(bit, ()))
        return looked_by is not definitions or (drifts and at < asked)

    async def _look(self, bit: int) -> None:
        engine = self._rulebook.engine
        began = perf_counter()
        for slot in engine.memory.slots(bit):
            if self._rulebook.permits(bit, slot):
                self._rulebook.record(engine.refresh(bit, slot, self._clock.now()))
            if perf_counter() - began > LOOP_SECONDS:
                await asyncio.sleep(0)
                began = perf_counter()
