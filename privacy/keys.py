"""Keys of people, wrapped: what is stored of a key is useless without the key-encryption key.

- Every person's keys are random, never derived from a master: a derivable key cannot be destroyed.
- A key-encryption key (KEK) belongs to an epoch. A wrapped key names its epoch and is bound to its owner, so a row
  that is copied to another person does not open.
- Rotation makes a new epoch, re-wraps the survivors, then destroys the old KEK: every copy of a row deleted before
  (backups, journals, free pages) is then unreadable for good.

Wrapped form: epoch (u32, big endian) || nonce (24) || XChaCha20-Poly1305 ciphertext (48 or 80). 76 or 108 bytes.
Source: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) through PyNaCl.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

from nacl.exceptions import CryptoError
from nacl.secret import Aead

from privacy.errors import KeyEpochError, UnwrapError

KEY_BYTES = 32
WRAP_NONCE_BYTES = Aead.NONCE_SIZE
_OVERHEAD_BYTES = 4 + WRAP_NONCE_BYTES + Aead.MACBYTES
_SIZES = (KEY_BYTES, 2 * KEY_BYTES)
"""Of what is wrapped: a key, or the two that a key which ages is made of."""

Entropy: TypeAlias = Callable[[int], bytes]
"""Gives that many fresh random bytes (`secrets.token_bytes`)."""

_FINGERPRINT_CONTEXT = b"volens/kek/v1\0"


class KeyEncryptionKey:
    """One epoch's key. Wraps and unwraps keys of 32 and 64 bytes; never shows itself."""

    __slots__ = ("_aead", "epoch", "fingerprint", "prefix")

    def __init__(self, epoch: int, key: bytes) -> None:
        """Take up a key.

        Args:
            epoch: from 1, below 2**32.
            key: 32 random bytes.
        """
        if not 1 <= epoch < 1 << 32 or len(key) != KEY_BYTES:
            raise ValueError("a key-encryption key has an epoch from 1 and 32 bytes")
        self.epoch = epoch
        self.fingerprint = hashlib.sha256(_FINGERPRINT_CONTEXT + key).digest()
        self.prefix = epoch.to_bytes(4, "big")
        """What every key wrapped under this one begins with, 4 bytes."""
        self._aead = Aead(key)

    def __repr__(self) -> str:
        """The epoch and nothing else."""
        return f"KeyEncryptionKey(epoch={self.epoch})"

    def wrap(self, key: bytes, *, owner: bytes, nonce: bytes) -> bytes:
        """Wrap a key for its owner.

        Args:
            key: 32 or 64 bytes.
            owner: what the wrapped key is bound to (whose it is, and what for).
            nonce: 24 bytes of fresh entropy.
        """
        if len(key) not in _SIZES:
            raise ValueError("only keys of 32 and 64 bytes are wrapped")
        return self.prefix + bytes(self._aead.encrypt(key, owner, nonce))

    def unwrap(self, wrapped: bytes, *, owner: bytes) -> bytes:
        """Open a wrapped key.

        Raises:
            KeyEpochError: it was wrapped under another epoch.
            UnwrapError: it is another owner's, or damaged.
        """
        if len(wrapped) - _OVERHEAD_BYTES not in _SIZES:
            raise UnwrapError("a wrapped key has another length")
        if wrapped[:4] != self.prefix:
            raise KeyEpochError(int.from_bytes(wrapped[:4], "big"))
        try:
            return self._aead.decrypt(wrapped[4:], owner)
        except CryptoError:
            raise UnwrapError("a wrapped key does not open") from None


class KeyRing:
    """The key-encryption keys at hand: the current one wraps, all of them unwrap. Two only while a rotation runs."""

    __slots__ = ("_by_epoch", "_by_prefix", "current")

    def __init__(self, keys: Iterable[KeyEncryptionKey]) -> None:
        """Hold these keys; the highest epoch is current."""
        by_epoch = {key.epoch: key for key in keys}
        if not by_epoch:
            raise ValueError("a key ring needs a key")
        self._by_epoch = by_epoch
        self._by_prefix = {key.prefix: key for key in by_epoch.values()}
        self.current = by_epoch[max(by_epoch)]

    @property
    def epochs(self) -> Mapping[int, KeyEncryptionKey]:
        """Every key by its epoch."""
        return dict(self._by_epoch)

    def wrap(self, key: bytes, *, owner: bytes, nonce: bytes) -> bytes:
        """Wrap under the current epoch; see `KeyEncryptionKey.wrap`."""
        return self.current.wrap(key, owner=owner, nonce=nonce)

    def unwrap(self, wrapped: bytes, *, owner: bytes) -> bytes:
        """Open with whichever key it was wrapped under; see `KeyEncryptionKey.unwrap`."""
        key = self._by_prefix.get(wrapped[:4])
        if key is None:
            raise KeyEpochError(int.from_bytes(wrapped[:4], "big"))
        return key.unwrap(wrapped, owner=owner)

    def is_current(self, wrapped: bytes) -> bool:
        """Whether a key is wrapped under the current epoch."""
        return wrapped[:4] == self.current.prefix

    def rewrap(self, wrapped: bytes, *, owner: bytes, nonce: bytes) -> bytes:
        """The same key under the current epoch."""
        return self.current.wrap(self.unwrap(wrapped, owner=owner), owner=owner, nonce=nonce)
