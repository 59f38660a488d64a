"""The base: what stays of the oldest segments of the write-ahead log when they go.

Uses go: events, what was withheld of them, decisions, answers to services, effects of rules. Everything else stays, byte
for byte: consents, rights, erasures, keys, releases, rounds are few, and are asked for as long as there is a gateway. The indices
have gaps from then on, and nothing is numbered anew.

    magic      4   "VWB1"
    first      8   u64 with which index the segments begin that stay
    previous   32  SHA-256 of the last header before it
    records        each  u64 index | u16 entry_bytes | entry | u32 sealed_bytes | sealed, ascending
    end        8   u64 with all bits set
    state      to the end of the file: what the log's owner must know of what went, opaque here

A base counts only if the `retention` entry that the file `minimum` names says its SHA-256 (`audit.pruning`).
"""

from __future__ import annotations

import hashlib
import os
import struct
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from audit.disk import Disk
from audit.entry import decode_entry
from audit.errors import CorruptionError
from audit.frames import Record
from audit.layout import SCRATCH, WAL, base_path, base_paths, segment_path, segment_starts
from audit.outcome import Kind

GONE = frozenset({Kind.EVENT, Kind.WITHHELD, Kind.DECISION, Kind.PERMISSION, Kind.RULE})
"""What goes with the segments: uses, which are many."""

_HEAD = struct.Struct(">4sQ32s")
_LONG, _INT, _SHORT = struct.Struct(">Q"), struct.Struct(">I"), struct.Struct(">H")
_MAGIC = b"VWB1"
_END = _LONG.pack((1 << 64) - 1)
_MARKS = tuple(f'"k":"{kind.value}"'.encode() for kind in sorted(GONE))


@dataclass(frozen=True, slots=True)
class BaseHead:
    """Where the segments begin that stay."""

    first: int
    """The index with which the first of them begins."""
    previous: bytes
    """The hash of the last header before it."""


class Base:
    """A base that was read; its records are read from the file when they are asked for, from any thread."""

    def __init__(self, path: Path, data: bytes) -> None:
        """Know the places in `data`, which is what lies at `path`.

        Raises:
            CorruptionError: it cannot be taken apart.
        """
        self._path = path
        self._indices, self._offsets = array("Q"), array("Q")
        try:
            magic, first, previous = _HEAD.unpack_from(data)
            self.head = BaseHead(first, previous)
            """Where the segments begin that stay."""
            at = self._find_places(data)
        except (struct.error, IndexError) as exc:
            raise self._damaged() from exc
        self.digest = hashlib.sha256(data).hexdigest()
        """SHA-256 of the file, in hexadecimal."""
        self.state = data[at:]
        """What the log's owner must know of what went."""
        if magic != _MAGIC or base_path(path.parent.parent, first) != path:
            raise self._damaged()

    def read(self, first: int, limit: int) -> list[Record]:
        """Records from index `first` on, at most `limit`.

        Raises:
            CorruptionError: the file is not there any more, or shorter than it was.
        """
        at = bisect_left(self._indices, first)
        end = min(at + limit, len(self._indices))
        if at >= end:
            return []
        begin = self._offsets[at]
        stop = self._offsets[end]
        try:
            with self._path.open("rb") as file:
                data = os.pread(file.fileno(), stop - begin, begin)
            return [_record_at(data, self._offsets[number] - begin)[0] for number in range(at, end)]
        except (OSError, struct.error, IndexError) as exc:
            raise self._damaged() from exc

    def __len__(self) -> int:
        """How many records stay."""
        return len(self._indices)

    def _find_places(self, data: bytes) -> int:
        """Fill the places, and return where the state begins. The last offset is the end of the last record."""
        at, last = _HEAD.size, -1
        while data[at : at + _LONG.size] != _END:
            record, end = _record_at(data, at)
            if not last < record[0] < self.head.first:
                raise IndexError
            self._indices.append(last := record[0])
            self._offsets.append(at)
            at = end
        self._offsets.append(at)
        return at + _LONG.size

    def _damaged(self) -> CorruptionError:
        return CorruptionError(
            "what stays of the oldest segments cannot be read", place=f"wal/{self._path.name}"
        )


def load_base(path: Path) -> Base:
    """The base that lies at `path`; whether it counts is not asked.

    Raises:
        CorruptionError: there is none, or it cannot be taken apart.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise CorruptionError("a base is missing", place=f"wal/{path.name}") from None
    return Base(path, data)


def write_base(
    directory: Path, head: BaseHead, pieces: Iterable[list[Record]], state: Callable[[], bytes], disk: Disk
) -> str:
    """Write the base for the segments that stay. Durable on return; nothing counts on it yet.

    Args:
        directory: the log's own.
        head: where they begin.
        pieces: every record below that, in order.
        state: asked when all of them were taken; what it returns is kept.
        disk: where the changes go.

    Returns:
        SHA-256 of the file, in hexadecimal.

    Raises:
        OSError: the disk failed; nothing counts on what was written.
    """
    scratch, path = directory / SCRATCH / "base", base_path(directory, head.first)
    if scratch.exists():
        disk.unlink(scratch)
    descriptor = disk.create(scratch)
    digest, offset = hashlib.sha256(), 0
    try:
        for data in _parts(head, pieces, state):
            disk.write(descriptor, data, offset)
            digest.update(data)
            offset += len(data)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    disk.rename(scratch, path)
    disk.sync_directory(path.parent)
    return digest.hexdigest()


def remove_below(directory: Path, first: int, disk: Disk) -> int:
    """Delete the segments below `first` and every base but the one for it. Returns how many segments that were.

    To be called for what the log announced, and again after an interruption.

    Raises:
        OSError: a file cannot be deleted.
    """
    gone = [segment_path(directory, start) for start in segment_starts(directory) if start < first]
    others = [path for path in base_paths(directory) if path != base_path(directory, first)]
    for path in gone + others:
        disk.unlink(path)
    if gone or others:
        disk.sync_directory(directory / WAL)
    return len(gone)


def _parts(head: BaseHead, pieces: Iterable[list[Record]], state: Callable[[], bytes]) -> Iterator[bytes]:
    yield _HEAD.pack(_MAGIC, head.first, head.previous)
    for piece in pieces:
        yield b"".join([_pack(record) for record in piece if not _goes(record[1])])
    yield _END + state()


def _goes(entry: bytes) -> bool:
    """Whether an entry is a use."""
    return any(mark in entry for mark in _MARKS) and decode_entry(entry).kind in GONE


def _pack(record: Record) -> bytes:
    index, entry, sealed = record
    return _LONG.pack(index) + _SHORT.pack(len(entry)) + entry + _INT.pack(len(sealed)) + sealed


def _record_at(data: bytes, at: int) -> tuple[Record, int]:
    """The record there, and where the next one begins."""
    (index,) = _LONG.unpack_from(data, at)
    begin = at + _LONG.size + _SHORT.size
    middle = begin + _SHORT.unpack_from(data, at + _LONG.size)[0]
    rest = middle + _INT.size
    end = rest + _INT.unpack_from(data, middle)[0]
    if end > len(data):
        raise IndexError
    return (index, data[begin:middle], data[rest:end]), end
