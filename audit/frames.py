"""The frame: one group of records, one write, one sync. Pure: bytes in, bytes out.

    header 92 bytes, big-endian
      0  magic        4   "VWL1"
      4  crc          u32 CRC-32 over the header from byte 8 on, and the body
      8  body_bytes   u32
     12  count        u32 records in the body
     16  first_index  u64 index of the first record
     24  generation   u64 the store generation at the time of writing
     32  epoch        u64 which start of the log wrote it
     40  segment      u64 size to which this segment was laid out
     48  reserved     12  zeros
     60  previous     32  SHA-256 of the header before this one; zeros for the first of the log
    body: count records of  u16 entry_bytes | entry | u32 sealed_bytes | sealed

The hash of the header before only tells torn and foreign frames from the next one. What happened is proved by the tree.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass

from audit.errors import CorruptionError

MAGIC = b"VWL1"
HEADER = struct.Struct(">4sIIIQQQQ12s32s")
HEADER_BYTES = HEADER.size
FIRST_PREVIOUS = bytes(32)
MIN_RECORD_BYTES = 7
"""Two lengths and one byte of an entry."""
_PADDING = bytes(12)
_LONG = struct.Struct(">I")
_CHECKED = 8
"""Bytes of the header before the part that the CRC covers."""

Record = tuple[int, bytes, bytes]
"""Index, entry, sealed part."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """What a header says."""

    crc: int
    """CRC-32 over the rest of the header and the body."""
    body_bytes: int
    """Length of the body."""
    count: int
    """How many records."""
    first_index: int
    """Index of the first of them."""
    generation: int
    """The store generation at the time of writing."""
    epoch: int
    """Which start of the log wrote it, from 1."""
    segment_bytes: int
    """Size to which the segment was laid out."""
    previous: bytes
    """SHA-256 of the header before."""

    @property
    def end(self) -> int:
        """Offset of the byte after the frame, from its beginning."""
        return HEADER_BYTES + self.body_bytes

    @property
    def next_index(self) -> int:
        """The index that follows its last record."""
        return self.first_index + self.count


def write_header(header: FrameHeader, body: bytes) -> bytes:
    """The header's bytes with the CRC filled in (whatever `header.crc` says)."""
    unchecked = HEADER.pack(
        MAGIC,
        0,
        header.body_bytes,
        header.count,
        header.first_index,
        header.generation,
        header.epoch,
        header.segment_bytes,
        _PADDING,
        header.previous,
    )
    crc = zlib.crc32(body, zlib.crc32(unchecked[_CHECKED:]))
    return unchecked[:4] + crc.to_bytes(4, "big") + unchecked[_CHECKED:]


def read_header(data: bytes | memoryview, at: int = 0) -> FrameHeader | None:
    """The header at `at`; None if there is none (too short, no magic, or impossible numbers)."""
    if len(data) - at < HEADER_BYTES:
        return None
    magic, crc, body_bytes, count, first, generation, epoch, segment, padding, previous = HEADER.unpack_from(
        data, at
    )
    if magic != MAGIC or padding != _PADDING or not 0 < count <= body_bytes // MIN_RECORD_BYTES:
        return None
    return FrameHeader(crc, body_bytes, count, first, generation, epoch, segment, previous)


def is_whole(header: FrameHeader, data: bytes | memoryview, at: int = 0) -> bool:
    """Whether the frame that begins at `at` is all there and its CRC is right."""
    end = at + header.end
    if len(data) < end:
        return False
    view = memoryview(data)
    return (
        zlib.crc32(view[at + HEADER_BYTES : end], zlib.crc32(view[at + _CHECKED : at + HEADER_BYTES]))
        == header.crc
    )


def hash_header(data: bytes | memoryview, at: int = 0) -> bytes:
    """What the next frame says of this one."""
    return hashlib.sha256(data[at : at + HEADER_BYTES]).digest()


def encode_records(entries: list[bytes], sealed: list[bytes]) -> bytes:
    """The body of a frame."""
    parts: list[bytes] = []
    for entry, half in zip(entries, sealed, strict=True):
        parts += (len(entry).to_bytes(2, "big"), entry, len(half).to_bytes(4, "big"), half)
    return b"".join(parts)


def decode_records(body: bytes, first_index: int, count: int) -> list[Record]:
    """The records of a body.

    Raises:
        CorruptionError: the lengths inside do not add up (the CRC was right, so it was written so).
    """
    records: list[Record] = []
    add, read_long = records.append, _LONG.unpack_from
    at = 0
    try:
        for index in range(first_index, first_index + count):
            begin = at + 2
            middle = begin + (body[at] << 8) + body[at + 1]
            rest = middle + 4
            at = rest + read_long(body, middle)[0]
            add((index, body[begin:middle], body[rest:at]))
    except (IndexError, struct.error) as exc:
        raise CorruptionError("the records of a frame do not add up", index=first_index) from exc
    if at != len(body):
        raise CorruptionError("the records of a frame do not add up", index=first_index)
    return records
