"""Letting go of old entries: what they said goes, that they were there stays.

- A `retention` entry announces the minimum index before anything is deleted; `minimum` in the log's directory names both. Without
  that entry, missing bundles are a finding, whatever the file says.
- Only bundles of entries go, and only those that end at or below the minimum. Every hash tile stays, so every root there ever
  was can be made again: old checkpoints stay consistent, and a proof that was handed out, with its entry, stays good.
- The write-ahead log is not touched: the gateway's state is made of it.

Source: c2sp.org/tlog-tiles, "Pruning".
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from audit.checkpoint import parse_checkpoint
from audit.disk import Disk, write_file
from audit.entry import decode_entry
from audit.errors import CorruptionError, EntryError
from audit.layout import CHECKPOINT, MINIMUM, SCRATCH, lock_directory, reader_of
from audit.note import split_note
from audit.outcome import Kind
from audit.proof import entry_at
from audit.tiles import TILE_WIDTH, ReadFile, Tile, decode_bundle

MINIMUM_DETAIL = "minimum"
"""The detail of a `retention` entry that names the index."""


@dataclass(frozen=True, slots=True)
class Minimum:
    """From where on entries are published."""

    index: int
    """The first entry that is not pruned; a multiple of 256."""
    announced: int
    """The entry that says so."""

    def text(self) -> bytes:
        """The note as a file."""
        return f"{self.index}\n{self.announced}\n".encode("ascii")

    def covers(self, bundle: int) -> bool:
        """Whether the bundle of this number may be gone."""
        return (bundle + 1) * TILE_WIDTH <= self.index


NOTHING_PRUNED = Minimum(0, 0)


def read_minimum(read: ReadFile) -> Minimum:
    """The minimum that a log names; nothing is verified.

    Raises:
        CorruptionError: the file cannot be read as one.
    """
    data = read(MINIMUM)
    if data is None:
        return NOTHING_PRUNED
    lines = data.decode("ascii", "replace").split("\n")
    if len(lines) == 3 and all(part.isascii() and part.isdecimal() and len(part) < 19 for part in lines[:2]):
        found = Minimum(int(lines[0]), int(lines[1]))
        if found.text() == data and found.index % TILE_WIDTH == 0:
            return found
    raise CorruptionError("the minimum index cannot be read", place=MINIMUM)


def is_announced(minimum: Minimum, size: int, read: ReadFile) -> bool:
    """Whether the entry that a minimum names is there, behind everything that it lets go, and says so."""
    if minimum == NOTHING_PRUNED:
        return True
    if not minimum.index <= minimum.announced < size:
        return False
    try:
        entry = decode_entry(entry_at(minimum.announced, size, read))
    except (CorruptionError, EntryError):
        return False
    return entry.kind is Kind.RETENTION and entry.detail.get(MINIMUM_DETAIL) == minimum.index


def oldest_kept(directory: Path, before: int) -> int:
    """The largest index a log may be pruned to so that everything that is gone is older than `before` (unix seconds).

    Raises:
        CorruptionError: a bundle is missing or cannot be read.
    """
    read = reader_of(directory)
    number = read_minimum(read).index // TILE_WIDTH
    while True:
        data = read(Tile(None, number).path)
        if data is None or decode_entry(decode_bundle(data)[-1]).at >= before:
            return number * TILE_WIDTH
        number += 1


def prune(directory: Path, minimum: Minimum, disk: Disk | None = None) -> int:
    """Delete the bundles below a minimum that was announced and published. Nobody may write the log meanwhile.

    Returns:
        How many bundles were deleted now; run again after an interruption, the rest goes.

    Raises:
        LockedError: the log is being written.
        CorruptionError: no published entry announces this minimum.
        OSError: a file cannot be deleted; run it again.
    """
    disk = disk or Disk()
    lock = lock_directory(directory)
    try:
        read = reader_of(directory)
        note = read(CHECKPOINT)
        size = 0 if note is None else parse_checkpoint(split_note(note)[0]).size
        if not is_announced(minimum, size, read) or minimum.index < read_minimum(read).index:
            raise CorruptionError("no published entry announces this minimum", place=MINIMUM)
        write_file(disk, directory / MINIMUM, minimum.text(), directory / SCRATCH / MINIMUM)
        disk.sync_directory(directory)
        return _delete(directory, minimum, disk)
    finally:
        disk.close(lock)


def _delete(directory: Path, minimum: Minimum, disk: Disk) -> int:
    deleted = 0
    touched: set[Path] = set()
    for number in range(minimum.index // TILE_WIDTH):
        path = directory / Tile(None, number).path
        if path.exists():
            disk.unlink(path)
            touched.add(path.parent)
            deleted += 1
    for parent in touched:
        disk.sync_directory(parent)
    return deleted
