"""The secrets of a destination, in files outside the data directory.

- `destination-<id>.key` names people for it; `destination-<id>.signing.key` signs what it is sent (Ed25519 seed). Both
  are 32 random bytes, made at first use, mode 0600. Losing the first means that the destination sees everyone anew.
- A write key made by an administrator must be readable by its owner only.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gateway.routing.errors import DestinationConfigError

_MAX_SECRET_BYTES = 4096


def pseudonym_key_path(keys: Path, destination: str) -> Path:
    """Where the key that names people for a destination lives."""
    return keys / f"destination-{destination}.key"


def signing_key_path(keys: Path, destination: str) -> Path:
    """Where a destination's own signing seed lives."""
    return keys / f"destination-{destination}.signing.key"


def load_secret(path: Path) -> str:
    """Read a write key: one line of printable ASCII.

    Raises:
        DestinationConfigError: it is missing, something else, or readable by others.
    """
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MAX_SECRET_BYTES + 1)
    except OSError as exc:
        raise DestinationConfigError("secret_file", "must be a readable file") from exc
    if stat.S_IMODE(mode) & 0o077:
        raise DestinationConfigError("secret_file", "must be readable by its owner only (mode 0600)")
    secret = content.strip()
    if (
        not secret.isascii()
        or not secret
        or len(content) > _MAX_SECRET_BYTES
        or any(c <= 0x20 or c in b":\x7f" for c in secret)
    ):
        raise DestinationConfigError(
            "secret_file", "must be one line of printable ASCII without space and colon"
        )
    return secret.decode("ascii")
