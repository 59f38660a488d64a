"""A sealed signal, opened again: with the key of its person, its purpose and its day, or not at all."""

from __future__ import annotations

from typing import Any

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.evidence.sealing_events import NONCE_BYTES

OpenSignal = tuple[str, tuple[int, ...], int, dict[str, Any]]
"""Event name, items (permanent indices), when (unix seconds), fields."""

_unpack = msgspec.msgpack.Decoder(OpenSignal).decode


def open_signal(key: bytes | None, sealed: bytes, tag: bytes) -> OpenSignal | None:
    """What a signal says; None if its key was destroyed or replaced.

    Args:
        key: 32 bytes; None where it is gone.
        sealed: nonce, ciphertext and tag of AES-256-GCM.
        tag: of its entry, 16 bytes: what it is bound to.
    """
    if key is None:
        return None
    try:
        opened: OpenSignal = _unpack(AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], tag))
    except InvalidTag:
        return None
    return opened
