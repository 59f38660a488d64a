"""Checking the write-ahead log: every frame of every segment, and each published entry against the tile over it.

Where the oldest segments were let go, the chain begins with what the base says, and the records that stay are checked, too. A
segment that is still there although it may be gone must be right in itself.
"""

from __future__ import annotations

from audit.entry import check_entry
from audit.errors import CorruptionError, EntryError
from audit.findings import Cause, Finding
from audit.frames import FIRST_PREVIOUS, FrameHeader, Record, decode_records, is_whole, read_header
from audit.merkle import HASH_BYTES, hash_leaf
from audit.scan import SegmentScan, Tail, is_zero
from audit.tiles import TILE_WIDTH, ReadFile, Tile
from audit.wal_base import Base, BaseHead


class WalCheck:
    """Walks the segments in order."""

    def __init__(
        self, size: int, starts: list[int], read: ReadFile, *, is_live: bool, base: Base | None = None
    ) -> None:
        """Check the WAL of a log of which `size` entries are published.

        Its segments begin at `starts`; where there is a `base`, they may be gone below it.
        """
        self._base = base
        self._known = BaseHead(0, FIRST_PREVIOUS) if base is None else base.head
        self.findings: list[Finding] = []
        """What was found."""
        self.durable = 0
        """Entries that the WAL holds, as far as it can be followed."""
        self._size = size
        self._starts = starts
        self._read = read
        self._is_live = is_live
        self._tile: tuple[int, bytes] = (-1, b"")

    def run(self) -> None:
        """Check the segments one after the other."""
        self._check_base()
        for start in self._starts:
            if start < self._known.first:
                self._check_leftover(f"wal/{start:016d}.wal", start)
        previous: bytes | None = self._known.previous
        end = self._known.first
        for position, start in enumerate(self._starts):
            if start < self._known.first:
                continue
            place = f"wal/{start:016d}.wal"
            if start != end:
                cause = Cause.WRITTEN_TWICE if start < end else Cause.SEGMENT_MISSING
                self.findings.append(Finding(cause, place, end))
                previous = None
            data = self._read(place)
            if data is None:
                self.findings.append(Finding(Cause.MISSING, place))
                data = b""
            scan = SegmentScan(data, start, previous)
            for header, body in scan:
                self._check_records(place, header, body)
            is_last = position + 1 == len(self._starts)
            self._check_tail(place, data, scan, is_last=is_last)
            end, previous = scan.next_index, scan.previous
            if not is_last and scan.tail() is not Tail.NONE:
                end, previous = self._starts[position + 1], None  # one damage is one finding
        self.durable = end
        if end < self._size:
            self.findings.append(Finding(Cause.WAL_SHORT, "wal", end))

    def _check_base(self) -> None:
        """Records that stay of segments that went: published entries like any other."""
        first, place = 0, f"wal/{self._known.first:016d}.base"
        while self._base is not None and (records := self._base.read(first, TILE_WIDTH)):
            self._check_entries(place, records)
            first = records[-1][0] + 1

    def _check_leftover(self, place: str, start: int) -> None:
        """A segment that the next start deletes."""
        scan = SegmentScan(self._read(place) or b"", start, None)
        for header, body in scan:
            self._check_records(place, header, body)
        if scan.tail() is not Tail.NONE:
            self.findings.append(Finding(Cause.BAD_FRAME, place, scan.next_index))

    def _check_records(self, place: str, header: FrameHeader, body: bytes) -> None:
        try:
            records = decode_records(body, header.first_index, header.count)
        except CorruptionError:
            self.findings.append(Finding(Cause.BAD_FRAME, place, header.first_index))
        else:
            self._check_entries(place, records)

    def _check_entries(self, place: str, records: list[Record]) -> None:
        for index, entry, _ in records:
            if index < self._size:
                want = self._leaf(index)
                if want and hash_leaf(entry) != want:
                    self.findings.append(Finding(Cause.WAL_CHANGED, place, index))
            else:
                try:
                    check_entry(entry)
                except EntryError:
                    self.findings.append(Finding(Cause.BAD_ENTRY, place, index))

    def _leaf(self, index: int) -> bytes:
        """The leaf hash that was published for an entry; empty if its tile cannot be read (which is found elsewhere)."""
        number, offset = divmod(index, TILE_WIDTH)
        if self._tile[0] != number:
            data = self._read(Tile(0, number, min(TILE_WIDTH, self._size - number * TILE_WIDTH)).path)
            if data is None and self._is_live:
                data = self._read(Tile(0, number).path)
            self._tile = (number, data or b"")
        leaf = self._tile[1][offset * HASH_BYTES : (offset + 1) * HASH_BYTES]
        return leaf if len(leaf) == HASH_BYTES else b""

    def _check_tail(self, place: str, data: bytes, scan: SegmentScan, *, is_last: bool) -> None:
        """What lies behind the good frames of a segment."""
        tail = scan.tail()
        if tail is Tail.NONE or (is_last and self._is_live):
            return
        index = scan.next_index
        if tail is Tail.FOLLOWED:
            self.findings.append(Finding(_why(data, scan), place, index))
        elif tail is Tail.TORN:
            self.findings.append(Finding(Cause.TORN_TAIL if is_last else Cause.BAD_FRAME, place, index))
        elif not is_last or (scan.last is not None and len(data) != scan.last.segment_bytes):
            # Zeros are room for more frames: only at the very end, and only as many as were laid out.
            self.findings.append(Finding(Cause.WRONG_LENGTH, place, index))


def _why(data: bytes, scan: SegmentScan) -> Cause:
    """What is wrong with the frame at which a scan stopped."""
    header = read_header(data, scan.end)
    if header is None or not is_whole(header, data, scan.end):
        return Cause.BAD_FRAME
    return Cause.WRITTEN_TWICE if header.first_index < scan.next_index else Cause.OUT_OF_ORDER


def check_zeros(place: str, read: ReadFile) -> list[Finding]:
    """A file of space kept ready holds nothing."""
    data = read(place)
    return [] if data is None or is_zero(data) else [Finding(Cause.NOT_ZERO, place)]
