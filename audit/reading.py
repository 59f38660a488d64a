"""The entries of a log, read from the files that the world may read. Takes no lock, and verifies nothing.

For whoever looks back while the log is being written: what is published is there, in order, and does not change. Whether it is
what it should be says `verify_directory`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from audit.checkpoint import parse_checkpoint
from audit.errors import CorruptionError, NoteError
from audit.layout import CHECKPOINT, reader_of
from audit.tiles import TILE_WIDTH, Tile, decode_bundle


def published_entries(directory: Path, first: int = 0) -> Iterator[tuple[int, bytes]]:
    """Every published entry with its index, from `first` on.

    Args:
        directory: of the log.
        first: the index of the first one that is wanted.

    Raises:
        CorruptionError: a file is missing or cannot be read as what it should be.
    """
    read = reader_of(directory)
    note = read(CHECKPOINT)
    if note is None:
        return
    try:
        size = parse_checkpoint(note.decode("utf-8").partition("\n\n")[0] + "\n").size
    except (NoteError, UnicodeDecodeError) as exc:
        raise CorruptionError("the checkpoint cannot be read", place=CHECKPOINT) from exc
    for begin in range(first - first % TILE_WIDTH, size, TILE_WIDTH):
        tile = Tile(None, begin // TILE_WIDTH, min(TILE_WIDTH, size - begin))
        data = read(tile.path)
        if data is None:  # it was filled up meanwhile
            data = read(Tile(None, tile.index).path)
        if data is None:
            raise CorruptionError("a bundle is missing", place=tile.path)
        entries = decode_bundle(data)
        if len(entries) < tile.width:
            raise CorruptionError("a bundle is too short", place=tile.path)
        skipped = max(0, first - begin)
        yield from enumerate(entries[skipped : tile.width], begin + skipped)
