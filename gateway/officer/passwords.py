"""The first factor: a password, kept as a memory-hard hash.

Two at a time are hashed at most, so that attempts to come in cannot take the memory of everything else.

Source: RFC 9106 (Argon2id) by libsodium: 64 MiB, two passes; NIST SP 800-63B section 3.1.1 (length, not composition).
"""

from __future__ import annotations

import asyncio

from nacl.exceptions import CryptoError
from nacl.pwhash import argon2id

MIN_CHARACTERS = 12
MAX_CHARACTERS = 256

_AT_ONCE = 2
_MEMORY_BYTES = argon2id.MEMLIMIT_INTERACTIVE
_PASSES = argon2id.OPSLIMIT_INTERACTIVE


class Passwords:
    """Hashes, and compares."""

    def __init__(self) -> None:
        """Nothing to keep but whose turn it is."""
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._nobodys: str | None = None

    async def keep(self, password: str) -> str:
        """The hash of a new password, with its own salt."""
        async with self._turns:
            return await asyncio.to_thread(_hash, password)

    async def is_it(self, kept: str | None, password: str) -> bool:
        """Whether a password is the one that was kept. Without one it is not, and takes as long."""
        async with self._turns:
            if self._nobodys is None:
                self._nobodys = await asyncio.to_thread(_hash, "what nobody has")
            same = await asyncio.to_thread(_is_it, kept or self._nobodys, password)
        return same and kept is not None


def is_long_enough(password: str) -> bool:
    """Whether it may become somebody's password."""
    return MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS


def _hash(password: str) -> str:
    raw = password.encode("utf-8", "surrogatepass")
    return argon2id.str(raw, opslimit=_PASSES, memlimit=_MEMORY_BYTES).decode("ascii")


def _is_it(kept: str, password: str) -> bool:
    try:
        return argon2id.verify(kept.encode("ascii"), password.encode("utf-8", "surrogatepass")[:4096])
    except CryptoError:
        return False
