"""Reading records back out of the write-ahead log, from any thread.

Where the oldest segments went, what stays of them is read from the base, and the indices between are passed over.

A sparse index per segment (one place every 64 KiB) is made when a segment is first read and goes on as it grows, so a random read
walks at most that far.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_right, insort
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from audit.errors import CorruptionError
from audit.frames import HEADER_BYTES, FrameHeader, Record, decode_records, is_whole, read_header
from audit.layout import segment_path
from audit.wal_base import Base

_SPACING_BYTES = 1 << 16
_WINDOW_BYTES = 1 << 18


class _Places:
    """Where frames begin in one segment: (index, offset) pairs, ascending, some 64 KiB apart; the last is the frontier."""

    __slots__ = ("indices", "offsets")

    def __init__(self, first_index: int) -> None:
        self.indices = array("Q", [first_index])
        self.offsets = array("Q", [0])

    def before(self, index: int) -> tuple[int, int]:
        """The last known frame that begins at or before `index`: its index and offset."""
        at = bisect_right(self.indices, index) - 1
        return self.indices[at], self.offsets[at]

    def passed(self, index: int, offset: int) -> None:
        """A frame begins here."""
        if offset >= self.offsets[-1] + _SPACING_BYTES:
            self.indices.append(index)
            self.offsets.append(offset)


class _Window:
    """Reads a file in larger pieces than are asked for."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._data = b""
        self._start = 0

    def __enter__(self) -> _Window:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)

    def bytes_at(self, offset: int, length: int) -> bytes:
        """The bytes there; fewer at the end of the file."""
        at = offset - self._start
        if not 0 <= at <= len(self._data) - length:
            self._data = os.pread(self._descriptor, max(length, _WINDOW_BYTES), offset)
            self._start, at = offset, 0
        return self._data[at : at + length]


class RecordReader:
    """Reads durable records by their index."""

    def __init__(
        self, directory: Path, starts: Sequence[int], indexed_segments: int, base: Base | None = None
    ) -> None:
        """Read the log in `directory`, whose segments begin at `starts`; keep the places of so many segments in memory.

        Below the first of them there is what stays in `base`.
        """
        self._directory = directory
        self._base = base
        self._starts = list(starts)
        self._indexed_segments = indexed_segments
        self._places: OrderedDict[int, _Places] = OrderedDict()
        self._lock = Lock()  # guards the three above

    def add_segment(self, first_index: int) -> None:
        """A segment was begun."""
        with self._lock:
            if first_index not in self._starts[-2:]:
                insort(self._starts, first_index)

    def read(self, first: int, limit: int, end: int) -> list[Record]:
        """Up to `limit` records from `first` on, below `end` (which must be durable), in order; those that went are passed over.

        Raises:
            CorruptionError: what is on disk is not what was written.
        """
        records: list[Record] = []
        index = max(first, 0)
        if self._base is not None and index < self._base.head.first:
            records = [each for each in self._base.read(index, limit) if each[0] < end]
            index = self._base.head.first
        while index < end and len(records) < limit:
            start, stop = self._segment_of(index)
            found = self._read_segment(start, index, min(stop, end), limit - len(records))
            if not found:
                raise CorruptionError(
                    "a record is missing", place=segment_path(self._directory, start).name, index=index
                )
            records += found
            index += len(found)
        return records

    def _segment_of(self, index: int) -> tuple[int, int]:
        with self._lock:
            at = bisect_right(self._starts, index) - 1
            if at < 0:
                raise CorruptionError("the segment with a record is missing", index=index)
            return self._starts[at], self._starts[at + 1] if at + 1 < len(self._starts) else 1 << 63

    def _read_segment(self, start: int, first: int, stop: int, limit: int) -> list[Record]:
        path = segment_path(self._directory, start)
        places = self._places_of(start)
        records: list[Record] = []
        index, offset = places.before(first)
        with _Window(path) as window:
            while index < stop and len(records) < limit:
                header = read_header(window.bytes_at(offset, HEADER_BYTES))
                if header is None or header.first_index != index:
                    raise CorruptionError("a frame is not where it was written", place=path.name, index=index)
                with self._lock:
                    places.passed(index, offset)
                if header.next_index > first:
                    records += _records_of(window, header, offset, path)[max(0, first - index) :]
                index, offset = header.next_index, offset + header.end
        return records[: min(limit, stop - first)]

    def _places_of(self, start: int) -> _Places:
        with self._lock:
            places = self._places.get(start)
            if places is None:
                places = self._places[start] = _Places(start)
                if len(self._places) > self._indexed_segments:
                    self._places.popitem(last=False)
            self._places.move_to_end(start)
            return places


def _records_of(window: _Window, header: FrameHeader, offset: int, path: Path) -> list[Record]:
    frame = window.bytes_at(offset, header.end)
    if not is_whole(header, frame):
        raise CorruptionError(
            "a frame has changed since it was written", place=path.name, index=header.first_index
        )
    return decode_records(frame[HEADER_BYTES:], header.first_index, header.count)
