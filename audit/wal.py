"""Writing the write-ahead log: one frame, one write, one sync. Used by one thread at a time.

Durable: when `write` returns, the frame is. A failed sync is never tried again: the system may have dropped the bytes and
would report success.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from audit.disk import Disk
from audit.errors import FatalLogError, LogUnavailableError
from audit.frames import HEADER_BYTES, FrameHeader, hash_header, write_header
from audit.layout import segment_path
from audit.recovery import Recovered
from audit.space import Space, is_no_space


class WalWriter:
    """Appends frames to segments, and begins a new segment when one is full and at every start."""

    def __init__(
        self, directory: Path, disk: Disk, space: Space, found: Recovered, on_segment: Callable[[int], None]
    ) -> None:
        """Go on behind what was found; `on_segment` is told the first index of each segment begun."""
        self._directory = directory
        self._disk = disk
        self._space = space
        self._next_index = found.edge.size
        self._previous = found.previous
        self._epoch = found.epoch + 1
        self._on_segment = on_segment
        self._descriptor = -1
        self._segment_bytes = 0
        self._offset = 0

    def write(self, count: int, generation: int, body: bytes) -> None:
        """Write `count` records as one frame, durably.

        Raises:
            LogUnavailableError: there is no room; nothing is recorded, and the same may be tried again.
            FatalLogError: the disk failed; whether the frame is recorded is unknown until recovery.
        """
        try:
            if not self.has_room(len(body)):
                self._begin_segment(HEADER_BYTES + len(body))
        except OSError as exc:
            if is_no_space(exc):
                raise LogUnavailableError("there is no room for another segment") from exc
            raise FatalLogError("the disk failed while a segment was begun") from exc
        header = FrameHeader(
            crc=0,
            body_bytes=len(body),
            count=count,
            first_index=self._next_index,
            generation=generation,
            epoch=self._epoch,
            segment_bytes=self._segment_bytes,
            previous=self._previous,
        )
        head = write_header(header, body)
        self._write_frame(head + body)
        self._offset += header.end
        self._next_index += count
        self._previous = hash_header(head)

    def has_room(self, body_bytes: int) -> bool:
        """Whether a frame of so many bytes goes into the segment at hand: no file has to be made for it."""
        return self._descriptor >= 0 and self._offset + HEADER_BYTES + body_bytes <= self._segment_bytes

    def close(self) -> None:
        """Cut the segment behind its last frame."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            try:
                self._disk.cut(descriptor, self._offset)
                self._disk.sync(descriptor)
            finally:
                self._disk.close(descriptor)

    def abandon(self) -> None:
        """Close the file as it is: after a fault nothing is written any more."""
        if self._descriptor >= 0:
            descriptor, self._descriptor = self._descriptor, -1
            self._disk.close(descriptor)

    def _begin_segment(self, frame_bytes: int) -> None:
        # The cut is durable before the next segment has a name: only the last segment may end in anything but a frame.
        self.close()
        self._descriptor, self._segment_bytes = self._space.open_segment(
            segment_path(self._directory, self._next_index), frame_bytes
        )
        self._offset = 0
        self._on_segment(self._next_index)

    def _write_frame(self, frame: bytes) -> None:
        try:
            self._disk.write(self._descriptor, frame, self._offset)
        except OSError as exc:
            if not is_no_space(exc):
                raise FatalLogError("the disk failed a write") from exc
            self._write_in_reserve(frame)
        try:
            self._disk.sync(self._descriptor)
        except OSError as exc:
            raise FatalLogError("the disk failed a sync") from exc

    def _write_in_reserve(self, frame: bytes) -> None:
        """File systems that copy on write can be full in the middle of a segment."""
        if not self._space.release_reserve():
            raise LogUnavailableError("there is no room for another frame")
        try:
            self._disk.write(self._descriptor, frame, self._offset)
        except OSError as exc:
            if is_no_space(exc):
                raise LogUnavailableError("there is no room for another frame") from exc
            raise FatalLogError("the disk failed a write") from exc
