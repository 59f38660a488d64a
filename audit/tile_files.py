"""Writing tiles and bundles: many at a time, because a disk makes a hundred files durable for little more than one.

A file that was written and synced alone costs a commit of the file system's journal. So files are written in the scratch folder
one after the other, then synced, and then renamed into place: under its name a file is whole, always. Used by one thread only.
"""

from __future__ import annotations

from pathlib import Path

from audit.disk import Disk, ensure_directory
from audit.errors import CorruptionError
from audit.layout import SCRATCH
from audit.tiles import Tile

AT_ONCE = 256
"""Files that wait for their sync, at most."""


class TileFiles:
    """Files on their way into place. Errors are `OSError`, unless another is named."""

    def __init__(self, directory: Path, disk: Disk) -> None:
        """For the log in `directory`."""
        self._directory = directory
        self._disk = disk
        self._waiting: list[tuple[Path, Tile, bytes]] = []
        self._touched: set[Path] = set()

    def write(self, tile: Tile, data: bytes) -> None:
        """Write a file that gets its name with the next ones.

        Raises:
            CorruptionError: one of those before it is not what was written.
        """
        if len(self._waiting) == AT_ONCE:
            self._place()
        scratch = self._directory / SCRATCH / f"tile-{len(self._waiting)}"
        if scratch.exists():
            self._disk.unlink(scratch)
        descriptor = self._disk.create(scratch)
        try:
            self._disk.write(descriptor, data, 0)
        finally:
            self._disk.close(descriptor)
        self._waiting.append((scratch, tile, data))

    def settle(self) -> None:
        """Let everything written be durable, under its name.

        Raises:
            CorruptionError: a file is not what was written.
        """
        self._place()
        for directory in self._touched:
            self._disk.sync_directory(directory)
        self._touched.clear()

    def forget(self) -> None:
        """What an attempt that failed has left waiting is not placed any more; the scratch files are written over."""
        self._waiting.clear()
        self._touched.clear()

    def _place(self) -> None:
        for scratch, _, _ in self._waiting:
            descriptor = self._disk.open(scratch)
            try:
                self._disk.sync(descriptor)
            finally:
                self._disk.close(descriptor)
        for scratch, tile, data in self._waiting:
            path = self._directory / tile.path
            if path.parent not in self._touched:
                ensure_directory(self._disk, path.parent)
                self._touched.add(path.parent)
            self._disk.rename(scratch, path)
            if path.read_bytes() != data:
                raise CorruptionError("a file is not what was written", place=tile.path)
        self._waiting.clear()
