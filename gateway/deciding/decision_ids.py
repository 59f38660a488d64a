"""The names of decisions: an entry's index, encrypted as one block.

A decision id tells the app nothing (not even how many decisions there are), needs no table, and is no capability: who asks
about a decision must still show who they are.
"""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from privacy import load_key_file

_BLOCK = 16
KEY_FILE = "decision_ids.key"
"""In the keys directory."""


class DecisionIds:
    """Index to name and back, under a key of the gateway's own."""

    def __init__(self, key: bytes) -> None:
        """Use a secret key of 16 bytes."""
        cipher = Cipher(algorithms.AES(key), modes.ECB())  # noqa: S305 - a single block: a permutation, not a mode
        self._encrypt = cipher.encryptor().update
        self._decrypt = cipher.decryptor().update

    def name(self, index: int) -> str:
        """The decision id of a log entry: 32 hex digits."""
        return self._encrypt(index.to_bytes(_BLOCK, "big")).hex()

    def index(self, name: str) -> int | None:
        """The entry of a decision id; None if this gateway never gave it out."""
        try:
            block = bytes.fromhex(name)
        except ValueError:
            return None
        if len(block) != _BLOCK:
            return None
        index = int.from_bytes(self._decrypt(block), "big")
        return index if index < 1 << 63 else None


def load_decision_ids(keys_dir: Path) -> DecisionIds:
    """The names under the key in the keys directory.

    Raises:
        KeyFileError: there is none that can be used.
    """
    return DecisionIds(load_key_file(keys_dir / KEY_FILE)[:_BLOCK])
