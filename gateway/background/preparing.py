"""Machine code for the event path, made in a thread at the start: until it is there, the same is done without it, only slower."""

from __future__ import annotations

import asyncio
import time

from audit import prepare_hashing
from gateway.evidence.sealing_events import prepare_sealing
from gateway.evidence.writing_entries import prepare_entries
from gateway.memory.recent_ids import prepare_recent_ids
from gateway.telemetry.journal import Happening, Journal
from gateway.wire.structure import prepare_structure


class Preparing:
    """Makes it once, in a thread, and says when that was done."""

    def __init__(self, journal: Journal) -> None:
        """Say in `journal` that it is made, and what of it cannot be."""
        self._journal = journal
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to make it."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Wait for it: what is being translated cannot be given up."""
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        began = time.monotonic()
        for prepare in (
            prepare_structure,
            prepare_sealing,
            prepare_entries,
            prepare_recent_ids,
            prepare_hashing,
        ):
            try:
                await asyncio.to_thread(prepare)
            except Exception as failure:  # noqa: BLE001 - whatever it was, events are taken without it
                self._journal.write(Happening.FAULT, error=type(failure).__name__)
        self._journal.write(Happening.PREPARED, seconds=round(time.monotonic() - began, 1))
