"""The keys of editors: one file each, readable by its owner only."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from gateway.errors import CredentialsFileError

_MIN_CHARACTERS = 16
_MAX_BYTES = 1024


def load_editor_keys(editors: Iterable[tuple[str, Path]]) -> dict[str, str]:
    """Each editor's key, by the name in the settings.

    Raises:
        CredentialsFileError: a file is missing, readable by others, or holds no key of at least 16 characters; or two are equal.
    """
    found = {name: _load(path) for name, path in editors}
    if len(set(found.values())) != len(found):
        raise CredentialsFileError("every editor has a key of their own")
    return found


def _load(path: Path) -> str:
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            content = file.read(_MAX_BYTES + 1)
    except OSError:
        raise CredentialsFileError("an editor's key file is missing or cannot be read") from None
    if stat.S_IMODE(mode) & 0o077:
        raise CredentialsFileError("an editor's key file may be read by others: its mode must be 0600")
    key = content.strip().decode("ascii", "replace")
    if not _MIN_CHARACTERS <= len(key) <= _MAX_BYTES or not key.isprintable() or ":" in key:
        raise CredentialsFileError("an editor's key is one line of at least 16 printable characters")
    return key
