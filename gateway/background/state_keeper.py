"""Keeps the in-memory state on disk: at intervals, soon after something was forgotten, and at the end."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from time import monotonic

from audit import LogUnavailableError, Sequencer
from gateway.memory.owners import EntryOwners
from gateway.recurring import Recurring
from gateway.snapshot_file import SnapshotFile
from gateway.snapshots import Remembered, copy_state, pack_state
from gateway.telemetry.journal import Happening, Journal

OUTDATED_SECONDS = 30.0
"""After something was forgotten, the next snapshot is written so soon: it is gone from the disk within a minute."""

INTERVAL_SECONDS = 300.0
"""Otherwise so often, if the log grew."""

MAX_ENTRIES = 250_000
"""Or after so many entries: what a restart has to replay stays bounded."""

RETRY_SECONDS = 30.0
"""After one could not be written, the next is tried so much later: each try copies everything."""

_TICK_SECONDS = 1.0


class StateKeeper:
    """Writes snapshots while the gateway runs."""

    def __init__(
        self,
        *,
        state: Remembered,
        file: SnapshotFile,
        sequencer: Sequencer,
        owners: EntryOwners,
        journal: Journal,
    ) -> None:
        """Keep `state`, which stands at the end of what `sequencer` has made durable.

        What is on disk counts as out of date: of what a start read there it left out what people have ended since.
        """
        self._state = state
        self._file = file
        self._sequencer = sequencer
        self._owners = owners
        self._journal = journal
        now = monotonic()
        self._written_at = now
        self._written_index = sequencer.durable_size
        self._failed_at = float("-inf")
        self._outdated_at: float | None = now  # since when the snapshot on disk holds something forgotten
        self._forgotten_since: float | None = now  # the same of the copy that was made last
        self._looking = Recurring(self._look, _TICK_SECONDS)
        self._writing = asyncio.Lock()

    def outdated(self) -> None:
        """Something was forgotten that the snapshot on disk still holds."""
        now = monotonic()
        if self._outdated_at is None:
            self._outdated_at = now
        if self._forgotten_since is None:
            self._forgotten_since = now

    def start(self) -> None:
        """Begin to write snapshots."""
        self._looking.start()

    async def stop(self) -> None:
        """Write a last snapshot and end."""
        await self._looking.stop()
        await self.write()

    async def write(self) -> None:
        """Write a snapshot of this moment. If the log is down, what is pending may not come true: none is written then."""
        async with self._writing:
            self._forgotten_since = None
            index = self._sequencer.durable_size
            pending = [self._owners.of(i) for i in range(index, self._sequencer.size)]
            self._failed_at = monotonic()  # until it is written
            copied = copy_state(self._state, index, pending)
            try:
                await self._sequencer.wait_durable()
                size = await asyncio.to_thread(self._file.write, pack_state(copied))
            except (LogUnavailableError, OSError):
                self._failed_at = monotonic()
                self._journal.write(Happening.FAULT, error="snapshot")
                if self._outdated_at is not None:
                    with suppress(OSError):  # then it is still out of date, and the next try is at it again
                        await asyncio.to_thread(self._file.destroy)
                return
            self._failed_at = float("-inf")
            self._outdated_at = self._forgotten_since
            self._written_at = monotonic()
            self._written_index = index
            self._journal.write(Happening.SNAPSHOT_WRITTEN, size=index, bytes=size)

    async def _look(self) -> None:
        if self._is_due(monotonic()):
            await self.write()

    def _is_due(self, now: float) -> bool:
        if now - self._failed_at < RETRY_SECONDS:
            return False
        if self._outdated_at is not None and now - self._outdated_at >= OUTDATED_SECONDS:
            return True
        grown = self._sequencer.durable_size - self._written_index
        return grown >= MAX_ENTRIES or (grown > 0 and now - self._written_at >= INTERVAL_SECONDS)
