"""Letting go of old entries: what they said goes, that they were there stays.

- A `retention` entry announces what goes before anything is deleted: the minimum index below which bundles go, and perhaps the
  index below which segments of the write-ahead log go, with the SHA-256 of what stays of them (`audit.wal_base`). `minimum` in
  the log's directory names that entry. Without it, whatever is missing is a finding, whatever the file says.
- Only bundles of entries go, and only those that end at or below the minimum. Every hash tile stays, so every root there ever
  was can be made again: old checkpoints stay consistent, and a proof that was handed out, with its entry, stays good.
- Whole segments go, never the last. The file `minimum` is the switch: what is deleted before it is written is nothing, and what
  is left over after it, the next start deletes.

Source: c2sp.org/tlog-tiles, "Pruning".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.checkpoint import parse_checkpoint
from audit.disk import Disk, write_file
from audit.entry import decode_entry
from audit.errors import CorruptionError, EntryError
from audit.frames import HEADER_BYTES, Record, read_header
from audit.layout import (
    CHECKPOINT,
    MINIMUM,
    SCRATCH,
    base_path,
    lock_directory,
    reader_of,
    segment_path,
    segment_starts,
)
from audit.note import split_note
from audit.outcome import Kind
from audit.proof import entry_at
from audit.records import RecordReader
from audit.tiles import TILE_WIDTH, ReadFile, Tile, decode_bundle
from audit.wal_base import Base, BaseHead, load_base, remove_below, write_base

MINIMUM_DETAIL = "minimum"
"""The detail of a `retention` entry that names the index below which bundles go."""
FIRST_DETAIL = "first"
"""The one that names the index below which segments go."""
BASE_DETAIL = "base"
"""The one that says the SHA-256 of what stays of them."""
_AT_ONCE = 1024
"""Records read at once."""


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


@dataclass(frozen=True, slots=True)
class Announcement:
    """What a `retention` entry lets go."""

    index: int
    """Bundles below this index."""
    first: int = 0
    """Segments below this one, which is where another begins; 0: none."""
    base: str = ""
    """SHA-256 of what stays of them, in hexadecimal."""

    def detail(self) -> dict[str, str | int]:
        """The details of the entry."""
        said: dict[str, str | int] = {MINIMUM_DETAIL: self.index}
        return said | {FIRST_DETAIL: self.first, BASE_DETAIL: self.base} if self.first else said


def announcement_of(minimum: Minimum, size: int, read: ReadFile) -> Announcement | None:
    """What the entry says that a minimum names; None if it is not there, behind everything that it lets go, or says otherwise."""
    if minimum == NOTHING_PRUNED:
        return Announcement(0)
    if not minimum.index <= minimum.announced < size:
        return None
    try:
        entry = decode_entry(entry_at(minimum.announced, size, read))
    except (CorruptionError, EntryError):
        return None
    first, base = entry.detail.get(FIRST_DETAIL, 0), entry.detail.get(BASE_DETAIL, "")
    if not (isinstance(first, int) and isinstance(base, str) and 0 <= first <= minimum.index):
        return None
    said = Announcement(minimum.index, first, base)
    return said if entry.kind is Kind.RETENTION and entry.detail == said.detail() else None


def base_of(directory: Path, size: int, read: ReadFile) -> Base | None:
    """What stays of segments that went from the log of `size` entries; None if the log announces of none that they went.

    Raises:
        CorruptionError: what is there is not what the log announced.
    """
    said = announcement_of(read_minimum(read), size, read)
    if said is None or not said.first:
        return None
    return _load_announced(directory, said)


def _load_announced(directory: Path, said: Announcement) -> Base:
    base = load_base(base_path(directory, said.first))
    if base.digest != said.base:
        raise CorruptionError("what stays of the oldest segments is not what was announced", place=MINIMUM)
    return base


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


def oldest_segment_kept(directory: Path, before: int, at_least: int, at_most: int) -> int:
    """The largest index at which a segment begins, from `at_least` to `at_most`, so that every use below is older than `before`.

    Args:
        directory: the log's own.
        before: unix seconds.
        at_least: where the segments begin; those below went, or go.
        at_most: an index; what lies below must be published.

    Raises:
        CorruptionError: the write-ahead log cannot be read.
    """
    starts = [start for start in segment_starts(directory) if start >= at_least]
    reader = RecordReader(directory, starts, 1)
    kept = at_least
    for start in starts[1:]:
        if start > at_most or decode_entry(reader.read(start - 1, 1, start)[0][1]).at >= before:
            break
        kept = start
    return kept


def prepare_base(
    directory: Path,
    first: int,
    base: Base | None,
    take: Callable[[list[Record]], None],
    state: Callable[[], bytes],
    disk: Disk | None = None,
) -> str:
    """Write what stays of the segments below `first`. Durable on return; nothing counts on it before it is announced.

    Args:
        directory: of a log that nobody else writes meanwhile.
        first: where a segment begins; what lies below is published.
        base: the one that counts now, if there is one.
        take: told every record below `first` that there still is, in order.
        state: asked after that; what it returns is kept beside the records.
        disk: where the changes go.

    Returns:
        SHA-256 of it, in hexadecimal: what is to be announced.

    Raises:
        CorruptionError: the write-ahead log cannot be read.
        OSError: the disk failed.
    """
    reader = RecordReader(directory, segment_starts(directory), 1, base)
    with segment_path(directory, first).open("rb") as file:
        header = read_header(file.read(HEADER_BYTES))
    if header is None or header.first_index != first:
        raise CorruptionError("a segment does not begin with its frame", index=first)

    def pieces() -> Iterator[list[Record]]:
        at = 0
        while at < first:
            records = reader.read(at, _AT_ONCE, first)
            take(records)
            yield records
            at = records[-1][0] + 1

    return write_base(directory, BaseHead(first, header.previous), pieces(), state, disk or Disk())


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted."""

    bundles: int
    """Bundles of entries."""
    segments: int
    """Segments of the write-ahead log."""


def prune(directory: Path, minimum: Minimum, disk: Disk | None = None) -> Pruned:
    """Delete what a published entry announced. Nobody may write the log meanwhile.

    Returns:
        What was deleted now; run again after an interruption, the rest goes.

    Raises:
        LockedError: the log is being written.
        CorruptionError: no published entry announces this, or what it announced to stay is not there.
        OSError: a file cannot be deleted; run it again.
    """
    disk = disk or Disk()
    lock = lock_directory(directory)
    try:
        read = reader_of(directory)
        note = read(CHECKPOINT)
        size = 0 if note is None else parse_checkpoint(split_note(note)[0]).size
        said, before = announcement_of(minimum, size, read), base_of(directory, size, read)
        known = 0 if before is None else before.head.first
        if said is None or minimum.index < read_minimum(read).index or said.first < known:
            raise CorruptionError("no published entry announces this minimum", place=MINIMUM)
        if said.first:
            _load_announced(directory, said)
        write_file(disk, directory / MINIMUM, minimum.text(), directory / SCRATCH / MINIMUM)
        disk.sync_directory(directory)
        return Pruned(_delete_bundles(directory, minimum, disk), remove_below(directory, said.first, disk))
    finally:
        disk.close(lock)


def _delete_bundles(directory: Path, minimum: Minimum, disk: Disk) -> int:
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
