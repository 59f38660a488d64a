"""One part of an export, as a process of its own can do it: read, hash, select, write. It holds one part at a time.

Parts begin at multiples of their length in the log, so the same range has the same files whenever it is exported.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
import polars as pl

from audit import (
    TILE_WIDTH,
    CorruptionError,
    EntryError,
    Kind,
    Piece,
    decode_entry,
    pieces_of,
    read_entry_bundle,
    reader_of,
)
from gateway.reporting.encodings import Encoding, write_rows
from gateway.reporting.entry_frame import entry_frame
from gateway.reporting.manifest import ExportedFile, hidden_name, rows_name
from gateway.reporting.query import Query
from gateway.reporting.tallies import RangeCounts, tally_of

HASH_BYTES = 32


@dataclass(frozen=True, slots=True)
class ExportPart:
    """What is to be done."""

    log: Path
    """The directory of the log."""
    size: int
    """How many of its entries count as published."""
    first: int
    """The first index of the part."""
    until: int
    """The index behind the last one."""
    query: Query
    """What to select."""
    encoding: Encoding
    """How to write it."""
    out: Path
    """The export; `rows` and `hidden` are there."""
    places: tuple[int, ...] | None = None
    """Indices of the one person's entries in it; None where the query asks for nobody."""


@dataclass(frozen=True, slots=True)
class PartDone:
    """What came of it."""

    pieces: list[Piece]
    """The subtrees over its entries."""
    files: list[ExportedFile]
    """What was written."""
    rows: int
    """How many entries were selected."""
    tally: RangeCounts
    """Of everything in it, selected or not."""


def export_part(part: ExportPart) -> PartDone:
    """Write the entries that the query selects, and the hashes of the others.

    Raises:
        CorruptionError: the log's files cannot be read as what they should be.
    """
    entries = list(_entries(part))
    # The same as audit.hash_leaf, without a call for each of millions.
    leaves = [sha256(b"\x00" + entry).digest() for entry in entries]
    frame = entry_frame(part.first, entries)
    del entries
    rows = part.query.select(frame)
    if part.places is not None:
        rows = rows.filter(pl.col("index").is_in(part.places))
    files = []
    if len(rows):
        path = part.out / rows_name(part.first, part.encoding)
        write_rows(rows, part.encoding, path)
        files.append(described(path, part.out, len(rows)))
    if len(rows) < len(frame):
        path = part.out / hidden_name(part.first)
        path.write_bytes(_hidden(part.first, leaves, rows["index"]))
        files.append(described(path, part.out, len(frame) - len(rows)))
    return PartDone(pieces_of(part.first, leaves), files, len(rows), tally_of(frame))


def bounds_in_time(part: ExportPart) -> tuple[int, int] | None:
    """The first and the last index whose time the query asks for; None if there is none.

    Every entry is looked at: a clock that was set back may have left times out of order.
    """
    found = [
        index for index, entry in enumerate(_entries(part), part.first) if part.query.covers(_time_of(entry))
    ]
    return (found[0], found[-1]) if found else None


def requests_in(part: ExportPart) -> list[tuple[int, str]]:
    """Time and details of the entries of the kind `rights`."""
    found = [entry for entry in _entries(part) if _RIGHTS in entry]
    return entry_frame(part.first, found).select("at", "details").rows() if found else []


def described(path: Path, root: Path, count: int) -> ExportedFile:
    """A file that was written, as the manifest has it."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        size = file.tell()
    return ExportedFile(name=path.relative_to(root).as_posix(), size=size, sha256=digest, count=count)


def _entries(part: ExportPart) -> Iterator[bytes]:
    read = reader_of(part.log)
    for number in range(part.first // TILE_WIDTH, -(-part.until // TILE_WIDTH)):
        begin = number * TILE_WIDTH
        entries = read_entry_bundle(number, part.size, read)
        yield from entries[max(0, part.first - begin) : part.until - begin]


def _hidden(first: int, leaves: list[bytes], selected: pl.Series) -> bytes:
    is_hidden = np.ones(len(leaves), dtype=bool)
    is_hidden[selected.to_numpy() - first] = False
    hashes = np.frombuffer(b"".join(leaves), dtype=np.uint8).reshape(-1, HASH_BYTES)
    return hashes[is_hidden].tobytes()


_RIGHTS = f'"k":"{Kind.RIGHTS.value}"'.encode()
"""Of canonical entries only theirs have it: within a text the quotes are escaped."""
_TIME = b'"t":'


def _time_of(entry: bytes) -> int:
    """The time of a canonical entry, which stands before its last member."""
    try:
        begin = entry.rindex(_TIME) + len(_TIME)
        return int(entry[begin : entry.index(b",", begin)])
    except ValueError:
        pass
    try:
        return decode_entry(entry).at
    except EntryError as exc:
        raise CorruptionError("an entry cannot be read") from exc
