"""A destination that is a directory: one part per batch, purpose and day, complete or absent.

    PATH/purpose=recommendations/day=2026-11-20/part-0000000000000042.ndjson

- A part is written beside its place, fsynced, and renamed into it; the directory is fsynced before the cursor moves.
- Parts are named after the log index their batch began at: a redelivery after a crash replaces its part.
- Permission is asked before the rename and once more after it; if it ended meanwhile, the parts are taken back.
- Files are for their owner only (0600, directories 0700).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from gateway.routing.answers import Again, Answer, Delivered, Outdated, Refused, Trouble
from gateway.routing.errors import UnencodableError
from gateway.routing.formats import Formats, Row
from gateway.routing.model import Batch, LetterReason
from gateway.routing.part_files import (
    PartFile,
    PartFormat,
    discard,
    publish,
    remove_leftovers,
    stage,
    take_back,
)


class FileSink:
    """Writes batches under one directory. Implements the port `Sink`."""

    def __init__(self, directory: Path, purpose: str, part_format: PartFormat, formats: Formats) -> None:
        """Write parts of `part_format` under `directory`/purpose=`purpose`."""
        self._home = directory / f"purpose={purpose}"
        self._part_format = part_format
        self._formats = formats
        self._swept = False

    async def deliver(self, batch: Batch, permitted: Callable[[], bool]) -> Answer:
        """Write a batch; see `Sink`."""
        try:
            staged = await asyncio.to_thread(self._stage, batch)
            if not await _asked(permitted, discard, staged):
                return Outdated()
            await asyncio.to_thread(publish, staged)
            if not await _asked(permitted, take_back, staged):
                return Outdated()
        except UnencodableError:
            return Refused(LetterReason.UNENCODABLE)
        except OSError:
            return Again(Trouble.DISK)
        return Delivered()

    async def close(self) -> None:
        """Nothing is held open."""

    def _stage(self, batch: Batch) -> list[PartFile]:
        if not self._swept:
            remove_leftovers(self._home)
            self._swept = True
        days: dict[str, list[Row]] = {}
        for signal in batch.signals:
            row = self._formats.row(signal)
            days.setdefault(row.at.strftime("%Y-%m-%d"), []).append(row)
        return stage(self._home, batch.name, days, self._part_format)


async def _asked(
    permitted: Callable[[], bool], undo: Callable[[list[PartFile]], None], parts: list[PartFile]
) -> bool:
    """Whether the parts may stay; unless the answer is a plain yes, they are undone."""
    allowed = False
    try:
        allowed = permitted()
    finally:
        if not allowed:
            await asyncio.to_thread(undo, parts)
    return allowed
