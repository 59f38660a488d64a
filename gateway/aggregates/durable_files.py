"""Files that are there whole or not at all: staged beside their place, fsynced, renamed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_durably(place: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file for its owner only, and put it in its place. Durable on return.

    Raises:
        OSError: what stood there before stands there still.
    """
    staged = place.with_name(f".{place.name}.{os.getpid()}.staged")
    os.close(os.open(staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    write(staged)
    with staged.open("rb") as written:
        os.fsync(written.fileno())
    staged.replace(place)
    sync_directory(place.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable.

    Raises:
        OSError: they are not.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
