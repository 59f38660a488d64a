"""MessagePack piece by piece, with bytes of any length: what is long stays where it is until its turn comes.

MessagePack has 32 bits for a length. What is longer is an array of pieces, so there is no bound but the memory.

Source: the MessagePack specification, "Formats" (array 16, array 32, bin 32).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

LONGEST_PIECE = 1 << 30
"""Bytes: what is longer is packed in pieces of so many, the last of them shorter."""

LongBytes = bytes | list[bytes]
"""What is read where bytes were packed."""

_ARRAY, _LONG_ARRAY, _BYTES = 0x90, b"\xdd", b"\xc6"
"""What begins an array of up to 15 members; one of any number, and bytes, each with 32 bits for how many."""

_encode = msgspec.msgpack.Encoder().encode


def pack_piecewise(value: object) -> Iterator[bytes | memoryview]:
    """A value as MessagePack.

    Args:
        value: bytes of any length; a tuple of up to 15 values; a function that makes a value, called when its turn comes; or
            what MessagePack knows otherwise.
    """
    if callable(value):
        yield from pack_piecewise(value())
    elif isinstance(value, tuple):
        yield bytes((_ARRAY + len(value),))
        for each in value:
            yield from pack_piecewise(each)
    elif isinstance(value, bytes | memoryview):
        yield from _pack_bytes(memoryview(value))
    else:
        yield _encode(value)


def join_pieces(packed: LongBytes) -> bytes:
    """The bytes that were packed."""
    return packed if isinstance(packed, bytes) else b"".join(packed)


def _pack_bytes(value: memoryview) -> Iterator[bytes | memoryview]:
    n_pieces = -(-len(value) // LONGEST_PIECE) or 1
    if n_pieces > 1:
        yield _LONG_ARRAY + n_pieces.to_bytes(4, "big")
    for at in range(0, n_pieces * LONGEST_PIECE, LONGEST_PIECE):
        piece = value[at : at + LONGEST_PIECE]
        yield _BYTES + len(piece).to_bytes(4, "big")
        yield piece
