"""A note in a file that is replaced as a whole: the old one or the new one, never a part, and the new one once this returns."""

from __future__ import annotations

import os
from pathlib import Path


def keep_note(path: Path, note: bytes) -> None:
    """Replace the file. Durable on return.

    Raises:
        OSError: it is not known which of the two is kept.
    """
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(note)
        file.flush()
        os.fsync(handle)
    fresh.replace(path)
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
