"""Sealing what is too long for one message: in blocks, each under its number, the last one marked as the last.

A block that is missing, moved, changed or cut off does not open, and neither does what lacks its end. It takes a key that seals
nothing else, because the nonces are the numbers.

Source: the STREAM construction, Hoang, Reyhanitabar, Rogaway and Vizár, "Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance" (CRYPTO 2015); AES-256-GCM, NIST SP 800-38D.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

BLOCK_BYTES = 4 * 1024 * 1024
"""Of every block but the last, before it is sealed: a millisecond of work."""

_MARK = b"VSB1"
_TAG_BYTES = 16
_NONCE_BYTES = 12


def seal_blocks(key: bytes, pieces: Iterable[bytes | memoryview]) -> Iterator[bytes]:
    """Seal bytes that come in pieces; what comes out is the sealed text, in pieces.

    Args:
        key: 32 bytes, for this one text.
        pieces: of any lengths.
    """
    cipher = AESGCM(key)
    yield _MARK
    for number, (block, is_last) in enumerate(_in_blocks(pieces)):
        yield cipher.encrypt(_nonce(number, is_last=is_last), block, None)


def open_blocks(key: bytes, sealed: bytes) -> bytes:
    """The text; also of one that was sealed in one piece, as snapshots were before.

    Raises:
        InvalidTag: it is not what was sealed under this key.
        ValueError: the key has another length, or there is nothing.
    """
    cipher = AESGCM(key)
    if not sealed.startswith(_MARK):
        return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    view, width = memoryview(sealed), BLOCK_BYTES + _TAG_BYTES
    begins = range(len(_MARK), max(len(sealed), len(_MARK) + 1), width)
    return b"".join(
        cipher.decrypt(_nonce(number, is_last=at + width >= len(sealed)), view[at : at + width], None)
        for number, at in enumerate(begins)
    )


def _in_blocks(pieces: Iterable[bytes | memoryview]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in blocks, and of each whether it is the last; there is one at least."""
    block = bytearray()
    for piece in pieces:
        rest = memoryview(piece)
        while len(block) + len(rest) > BLOCK_BYTES:
            taken = BLOCK_BYTES - len(block)
            yield bytes(block + rest[:taken]), False
            block.clear()
            rest = rest[taken:]
        block += rest
    yield bytes(block), True


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(_NONCE_BYTES - 1, "big") + bytes((is_last,))
