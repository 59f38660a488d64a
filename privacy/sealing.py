"""Sealing: AES-256-GCM over what must be readable only while a person's key lives.

- The caller owns randomness and keys: a nonce is 12 bytes of a caller's entropy, never used twice under one key
  (random nonces are safe for 2**32 messages of one key: NIST SP 800-38D, 8.3).
- Setting up a cipher costs more than a small message does: callers keep the `Sealer` they got.
- The nonce travels in front of the ciphertext; associated data does not travel.
"""

from __future__ import annotations

from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from privacy.errors import SealBrokenError

NONCE_BYTES = 12
SEAL_OVERHEAD_BYTES = NONCE_BYTES + 16

Sealer: TypeAlias = AESGCM
"""A cipher that is set up for one key."""


def sealer(key: bytes) -> Sealer:
    """Set up the cipher of one 32-byte key."""
    if len(key) != 32:
        raise ValueError("a sealing key has 32 bytes")
    return AESGCM(key)


def seal(cipher: Sealer, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
    """Seal a message.

    Args:
        cipher: the key's cipher.
        nonce: 12 bytes of fresh entropy.
        plaintext: what to hide.
        aad: what the seal is bound to; must be given again to open it.

    Returns:
        nonce || ciphertext || tag: 28 bytes longer than the plaintext.
    """
    return nonce + cipher.encrypt(nonce, plaintext, aad)


def unseal(cipher: Sealer, sealed: bytes, aad: bytes) -> bytes:
    """Open what `seal` made.

    Raises:
        SealBrokenError: another key, other associated data, or damage.
    """
    if len(sealed) < SEAL_OVERHEAD_BYTES:
        raise SealBrokenError("sealed bytes are too short")
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
    except InvalidTag:
        raise SealBrokenError("sealed bytes do not open") from None
