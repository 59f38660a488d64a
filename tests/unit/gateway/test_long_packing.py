"""Bytes of any length are MessagePack that everybody reads."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway import long_packing
from gateway.long_packing import LONGEST_PIECE, LongBytes, join_pieces, pack_piecewise

PIECE = 7


@pytest.fixture(autouse=True, scope="module")
def short_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_packing, "LONGEST_PIECE", PIECE)
        yield


def packed(value: object) -> bytes:
    return b"".join(pack_piecewise(value))


@given(st.binary(max_size=5 * PIECE))
def test_bytes_of_any_length_come_back(value: bytes) -> None:
    read = msgspec.msgpack.decode(packed(memoryview(value)), type=LongBytes)
    assert join_pieces(read) == value
    assert isinstance(read, bytes) == (len(value) <= PIECE)
    assert isinstance(read, bytes) or {len(each) for each in read[:-1]} == {PIECE}


def test_a_value_is_made_when_its_turn_comes() -> None:
    told: list[str] = []

    def make() -> tuple[bytes, int]:
        told.append("made")
        return b"made", 3

    pieces = pack_piecewise((b"before", make, ["a", "b"], 1 << 40))
    begun = b"".join(next(pieces) for _ in range(3))
    assert not told
    assert msgspec.msgpack.decode(begun + b"".join(pieces)) == [b"before", [b"made", 3], ["a", "b"], 1 << 40]


def test_the_longest_piece_has_a_length_of_32_bits() -> None:
    assert LONGEST_PIECE < 1 << 32
