"""Reading a segment from its beginning: which frames are good, and what lies behind the last of them.

A write that a crash cut short leaves bytes that are no frame, with nothing good behind them. A bad frame with a good one behind
it was not cut short: the disk or a hand changed it.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from audit.frames import MAGIC as FRAME_MAGIC
from audit.frames import FrameHeader, hash_header, is_whole, read_header

_ZEROS = bytes(1 << 16)


class Tail(Enum):
    """What lies behind the last good frame of a segment."""

    NONE = "nothing: the segment ends with the frame"
    ZEROS = "zeros: the segment is not closed"
    TORN = "bytes of a write that was cut short"
    FOLLOWED = "a bad frame with a good one behind it"


class SegmentScan:
    """Walks the frames of one segment in order."""

    def __init__(self, data: bytes, first_index: int, previous: bytes | None) -> None:
        """Read `data`; its first frame must begin at `first_index` and follow `previous` (None: whatever it says)."""
        self._data = data
        self.end = 0
        """Offset behind the last good frame."""
        self.next_index = first_index
        """Index behind the last good record."""
        self.previous = previous
        """Hash of the last good header."""
        self.last: FrameHeader | None = None
        """The last good header."""

    def __iter__(self) -> Iterator[tuple[FrameHeader, bytes]]:
        """Good frames with their bodies, up to the first that is not good."""
        data = self._data
        while (
            (header := read_header(data, self.end))
            and self._follows(header)
            and is_whole(header, data, self.end)
        ):
            begin, self.end = self.end, self.end + header.end
            self.next_index, self.previous, self.last = header.next_index, hash_header(data, begin), header
            yield header, data[self.end - header.body_bytes : self.end]

    def tail(self) -> Tail:
        """What lies behind, once the iteration is over."""
        data = self._data
        if self.end == len(data):
            return Tail.NONE
        if is_zero(data, self.end):
            return Tail.ZEROS
        at = data.find(FRAME_MAGIC, self.end)
        while at >= 0:
            header = read_header(data, at)
            if header is not None and is_whole(header, data, at):
                return Tail.FOLLOWED
            at = data.find(FRAME_MAGIC, at + 1)
        return Tail.TORN

    def torn_bytes(self) -> int:
        """How many bytes behind the last good frame are not zeros at the end of the segment."""
        return len(self._data.rstrip(b"\0")) - self.end

    def _follows(self, header: FrameHeader) -> bool:
        return header.first_index == self.next_index and self.previous in (None, header.previous)


def is_zero(data: bytes, start: int = 0) -> bool:
    """Whether everything from `start` on is zero."""
    view = memoryview(data)
    return all(
        view[at : at + len(_ZEROS)] == _ZEROS[: len(data) - at] for at in range(start, len(data), len(_ZEROS))
    )
