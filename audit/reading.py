"""The entries of a log, read from the files that the world may read. Takes no lock, and verifies nothing.

For whoever looks back while the log is being written: what is published is there, in order, and does not change. Whether it is
what it should be says `verify_directory`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audit.checkpoint import parse_checkpoint
from audit.errors import CorruptionError, NoteError
from audit.layout import CHECKPOINT, reader_of, segment_starts
from audit.pruning import Minimum, base_of, read_minimum
from audit.records import RecordReader
from audit.tiles import TILE_WIDTH, ReadFile, Tile, decode_bundle
from audit.wal_base import Base


def published_entries(directory: Path, first: int = 0) -> Iterator[tuple[int, bytes]]:
    """Every published entry with its index, from `first` on, or from the first one that was not pruned.

    Args:
        directory: of the log.
        first: the index of the first one that is wanted.

    Raises:
        CorruptionError: a file is missing or cannot be read as what it should be.
    """
    read, size = reader_of(directory), _published_size(directory)
    if size is None:
        return
    first = max(first, read_minimum(read).index)
    for number in range(first // TILE_WIDTH, -(-size // TILE_WIDTH)):
        begin = number * TILE_WIDTH
        skipped = max(0, first - begin)
        yield from enumerate(read_entry_bundle(number, size, read)[skipped:], begin + skipped)


def past_entries(directory: Path) -> Iterator[tuple[int, bytes]]:
    """Every entry that is published or was, with its index: pruned ones out of the write-ahead log, and out of what stays of it.

    For whoever follows people by their running numbers, which begin with their first entry, or go on from what the base says of
    them (`past_base`). Needs the log itself, not a copy of what it publishes.

    Raises:
        CorruptionError: a file is missing or cannot be read as what it should be.
    """
    minimum = read_announced(directory).index
    if minimum:
        base = past_base(directory)
        known = 0 if base is None else base.head.first
        starts = [start for start in segment_starts(directory) if start >= known]
        reader, first = RecordReader(directory, starts, 1, base), 0
        while first < minimum:
            records = reader.read(first, TILE_WIDTH, minimum)
            yield from ((index, entry) for index, entry, _ in records)
            first = records[-1][0] + 1 if records else minimum
    yield from published_entries(directory, minimum)


def past_base(directory: Path) -> Base | None:
    """What stays of the oldest segments of the log in `directory`; None if none of them went.

    Raises:
        CorruptionError: a file is missing or cannot be read as what it should be.
    """
    return base_of(directory, _published_size(directory) or 0, reader_of(directory))


def _published_size(directory: Path) -> int | None:
    note = reader_of(directory)(CHECKPOINT)
    if note is None:
        return None
    try:
        return parse_checkpoint(note.decode("utf-8").partition("\n\n")[0] + "\n").size
    except (NoteError, UnicodeDecodeError) as exc:
        raise CorruptionError("the checkpoint cannot be read", place=CHECKPOINT) from exc


def read_announced(directory: Path) -> Minimum:
    """From where on the log in `directory` publishes entries, as it says itself.

    Raises:
        CorruptionError: it cannot be read.
    """
    return read_minimum(reader_of(directory))


def read_entry_bundle(number: int, size: int, read: ReadFile) -> list[bytes]:
    """The entries of one bundle of a log of `size` entries: 256, or those that the last one has.

    Raises:
        CorruptionError: it is missing, was pruned, or cannot be read as what it should be.
    """
    tile = Tile(None, number, min(TILE_WIDTH, size - number * TILE_WIDTH))
    data = read(tile.path)
    if data is None:  # it was filled up meanwhile
        data = read(Tile(None, number).path)
    if data is None:
        was_pruned = read_minimum(read).covers(number)
        raise CorruptionError(
            "its entries were pruned" if was_pruned else "a bundle is missing", place=tile.path
        )
    entries = decode_bundle(data)
    if len(entries) < tile.width:
        raise CorruptionError("a bundle is too short", place=tile.path)
    return entries[: tile.width]
