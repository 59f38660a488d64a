"""Which entry an officer looked at, told to those who hold the gateway's keys, and to nobody who reads the log.

A look at one entry carries a reference: its index beside fresh random bits, encrypted as one block. Two looks at one entry have
nothing in common, so looks tie no entries together; `volens officer looks` reads them back, with the keys directory.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from audit import CorruptionError, Kind, decode_entry, published_entries
from gateway.deciding.decision_ids import KEY_FILE
from privacy import load_key_file

_PURPOSE = b"volens/officer-looks/v1"
_HALF = 8
_REFERENCE = b'"seen":'
_TRIES, _PAUSE_SECONDS = 20, 0.1


class SeenEntries:
    """References under a key of the gateway's own."""

    def __init__(self, key: bytes, entropy: Callable[[int], bytes]) -> None:
        """Use a secret key of 32 bytes, and fresh random bytes for each reference."""
        derived = hmac.digest(key, _PURPOSE, "sha256")
        cipher = Cipher(algorithms.AES(derived), modes.ECB())  # noqa: S305 - a single block: a permutation, not a mode
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update
        self._entropy = entropy

    def reference(self, index: int) -> str:
        """A reference to an entry, another one each time: 32 hex digits."""
        return self._encrypt(self._entropy(_HALF) + index.to_bytes(_HALF, "big")).hex()

    def index(self, reference: str) -> int | None:
        """Which entry it refers to; None if it is no reference at all."""
        try:
            block = bytes.fromhex(reference)
        except ValueError:
            return None
        return int.from_bytes(self._decrypt(block)[_HALF:], "big") if len(block) == 2 * _HALF else None


def load_seen_entries(keys_dir: Path, entropy: Callable[[int], bytes]) -> SeenEntries:
    """The references of a gateway.

    Raises:
        KeyFileError: there is no key that can be used.
    """
    return SeenEntries(load_key_file(keys_dir / KEY_FILE), entropy)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at an entry."""

    at: int
    """When, as rounded in the log (unix seconds)."""
    officer: str
    """The pseudonym of whoever looked."""
    page: str
    """At which page of it."""
    index: int
    """At which entry."""


def looks_in(log: Path, seen: SeenEntries) -> list[Look]:
    """The looks at single entries that a published log tells of, in its order; a gateway may be writing it.

    Raises:
        CorruptionError: it cannot be read.
    """
    for _ in range(_TRIES):
        with suppress(CorruptionError):  # a newer checkpoint may have replaced the last bundle of this one
            return _read_looks(log, seen)
        time.sleep(_PAUSE_SECONDS)
    return _read_looks(log, seen)


def _read_looks(log: Path, seen: SeenEntries) -> list[Look]:
    found = []
    for _, entry in published_entries(log):
        if _REFERENCE in entry:
            said = decode_entry(entry)
            index = seen.index(str(said.detail.get("seen", "")))
            if said.kind is Kind.ADMIN and index is not None:
                who, page = (str(said.detail.get(name, "")) for name in ("officer", "page"))
                found.append(Look(said.at, who, page, index))
    return found
