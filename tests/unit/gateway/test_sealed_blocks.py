"""What is sealed in blocks opens whole or not at all."""

from __future__ import annotations

import os

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from gateway import sealed_blocks
from gateway.sealed_blocks import open_blocks, seal_blocks

KEY = bytes(range(32))
BLOCK = 10


@pytest.fixture(autouse=True, scope="module")
def short_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealed_blocks, "BLOCK_BYTES", BLOCK)
        yield


def sealed(*pieces: bytes) -> bytes:
    return b"".join(seal_blocks(KEY, pieces))


def blocks_of(text: bytes) -> list[bytes]:
    """The mark, and each sealed block."""
    return [text[:4], *(text[at : at + BLOCK + 16] for at in range(4, len(text), BLOCK + 16))]


@given(st.lists(st.binary(max_size=35), max_size=6))
def test_whatever_the_pieces_the_text_comes_back(pieces) -> None:
    text = sealed(*map(memoryview, pieces))
    assert open_blocks(KEY, text) == b"".join(pieces)
    assert text == sealed(b"".join(pieces))


@pytest.mark.parametrize("length", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 1])
def test_what_is_cut_off_anywhere_does_not_open(length: int) -> None:
    text = sealed(os.urandom(length))
    for end in range(len(text)):
        with pytest.raises((InvalidTag, ValueError)):
            open_blocks(KEY, text[:end])


def test_a_block_that_is_missing_moved_or_added_does_not_open() -> None:
    mark, *blocks = blocks_of(sealed(bytes(3 * BLOCK)))
    others = blocks_of(sealed(bytes(4 * BLOCK)))[1:]
    assert len(blocks) == 3
    one, two, three = blocks
    for wrong in (
        [two, three],
        [one, three],
        [one, two],
        [two, one, three],
        [one, two, three, three],
        [one, two, others[2], others[3], three],
        [one, one, three],
    ):
        with pytest.raises(InvalidTag):
            open_blocks(KEY, b"".join([mark, *wrong]))


@given(st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_does_not_open(at: int, flip: int) -> None:
    text = bytearray(sealed(bytes(25)))
    text[at % len(text)] ^= flip
    with pytest.raises((InvalidTag, ValueError)):
        open_blocks(KEY, bytes(text))


def test_another_key_does_not_open() -> None:
    with pytest.raises(InvalidTag):
        open_blocks(bytes(32), sealed(b"said"))


def test_what_was_sealed_in_one_piece_before_is_still_opened() -> None:
    nonce = bytes(12)
    assert open_blocks(KEY, nonce + AESGCM(KEY).encrypt(nonce, b"from before", None)) == b"from before"
