"""Agreed secrets, sealed shares and masks.

- Two devices agree by X25519 (RFC 7748); keyed BLAKE2b (RFC 7693) makes of the agreed secret a key for one use.
- A mask is ChaCha20 (RFC 8439) under such a key: all 256 bits of it.
- Shares are sealed with XChaCha20-Poly1305, bound to round, sender and recipient.
"""

from __future__ import annotations

import hashlib
from enum import Enum

import nacl.bindings
import nacl.exceptions
import nacl.utils
import numpy as np
from numpy.typing import NDArray

from privacy import Entropy

SEED_BYTES = 32
_NONCE_BYTES = 24

Values = NDArray[np.uint32]


class Use(Enum):
    """What an agreed key is for. BLAKE2b's personalisation keeps the uses apart."""

    MASK = b"volens-mask"
    SHARES = b"volens-shares"


def public_of(secret: bytes) -> bytes:
    """The X25519 public key."""
    return bytes(nacl.bindings.crypto_scalarmult_base(secret))


def agree(secret: bytes, public: bytes, roster: bytes, use: Use) -> bytes | None:
    """The key for one use that two devices share in one round, 32 bytes; None for a public key that agrees with everybody.

    Args:
        secret: X25519 secret of this device.
        public: X25519 public key of the other.
        roster: digest of the roster.
        use: what the key is for.
    """
    try:
        shared = nacl.bindings.crypto_scalarmult(secret, public)
    except nacl.exceptions.RuntimeError:
        return None
    return hashlib.blake2b(roster, key=shared, digest_size=SEED_BYTES, person=use.value).digest()


def mask_of(seed: bytes, n_values: int) -> Values:
    """`n_values` unsigned 32-bit integers, each value equally likely to whoever does not know the seed (32 bytes)."""
    stream = nacl.utils.randombytes_deterministic(4 * n_values, seed)
    return np.frombuffer(stream, "<u4").astype(np.uint32, copy=False)


def commit_to(seed: bytes, roster: bytes) -> bytes:
    """A commitment to a random seed, 32 bytes: it tells right shares from wrong ones."""
    return hashlib.blake2b(roster, key=seed, digest_size=32, person=b"volens-commit").digest()


def seal_shares(key: bytes, shares: bytes, place: bytes, draw: Entropy) -> bytes:
    """Seal the two shares for one neighbour; `place` binds round, sender and recipient."""
    nonce = draw(_NONCE_BYTES)
    sealed = nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(shares, place, nonce, key)
    return nonce + bytes(sealed)


def open_shares(key: bytes, sealed: bytes, place: bytes) -> bytes | None:
    """The two shares, or None if they were not sealed with this key for this place."""
    nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return bytes(nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(rest, place, nonce, key))
    except nacl.exceptions.CryptoError:
        return None


def place_of(roster: bytes, sender: int, recipient: int) -> bytes:
    """What a sealed share is bound to."""
    return roster + bytes([sender, recipient])
