"""Frames: what is written is read, and nothing else is taken for a frame."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import CorruptionError
from audit.frames import (
    FIRST_PREVIOUS,
    HEADER_BYTES,
    FrameHeader,
    decode_records,
    encode_records,
    hash_header,
    is_whole,
    read_header,
    write_header,
)

ENTRIES = [b"one", b"two", b"three"]
SEALED = [b"", b"s" * 300, b"\x00"]
BODY = encode_records(ENTRIES, SEALED)
HEADER = FrameHeader(
    crc=0,
    body_bytes=len(BODY),
    count=3,
    first_index=7,
    generation=9,
    epoch=2,
    segment_bytes=4096,
    previous=FIRST_PREVIOUS,
)
FRAME = write_header(HEADER, BODY) + BODY


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=400), st.binary(max_size=400)), max_size=30))
def test_records_are_read_as_they_were_written(records: list[tuple[bytes, bytes]]) -> None:
    body = encode_records([entry for entry, _ in records], [sealed for _, sealed in records])
    found = decode_records(body, 5, len(records))
    assert found == [(5 + n, entry, sealed) for n, (entry, sealed) in enumerate(records)]


@given(st.binary(max_size=200), st.integers(0, 30))
def test_a_body_of_any_bytes_is_read_or_refused(body: bytes, count: int) -> None:
    try:
        found = decode_records(body, 0, count)
    except CorruptionError:
        return
    assert encode_records([entry for _, entry, _ in found], [sealed for _, _, sealed in found]) == body


@pytest.mark.parametrize("length", range(len(BODY)))
def test_a_body_cut_short_is_refused(length: int) -> None:
    with pytest.raises(CorruptionError):
        decode_records(BODY[:length], 7, 3)


@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_another_number_of_records_is_refused(count: int) -> None:
    with pytest.raises(CorruptionError):
        decode_records(BODY, 7, count)


def test_a_header_is_read_as_it_was_written() -> None:
    header = read_header(FRAME)
    assert header is not None
    assert replace(header, crc=0) == HEADER
    assert (header.end, header.next_index) == (len(FRAME), 10)
    assert is_whole(header, FRAME)


def test_no_byte_of_a_frame_can_be_changed() -> None:
    unseen = []
    for at in range(len(FRAME)):
        for bit in range(8):
            changed = bytearray(FRAME)
            changed[at] ^= 1 << bit
            header = read_header(changed)
            if header is not None and is_whole(header, changed):
                unseen.append((at, bit))
    assert unseen == []


def test_a_frame_cut_short_is_none() -> None:
    for length in range(len(FRAME)):
        header = read_header(FRAME[:length])
        assert header is None if length < HEADER_BYTES else not is_whole(HEADER, FRAME[:length])


def test_more_records_than_a_body_can_hold_are_no_header() -> None:
    assert read_header(write_header(replace(HEADER, count=len(BODY) // 7), BODY) + BODY) is not None
    assert read_header(write_header(replace(HEADER, count=len(BODY) // 7 + 1), BODY) + BODY) is None
    assert read_header(write_header(replace(HEADER, count=0), BODY) + BODY) is None


def test_the_hash_of_a_header_covers_its_body_through_the_checksum() -> None:
    other = encode_records(ENTRIES, [b"", b"t" * 300, b"\x00"])
    assert len(other) == len(BODY)
    assert hash_header(write_header(HEADER, other)) != hash_header(FRAME)
