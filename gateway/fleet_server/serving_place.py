"""The directory that a fleet is served from: one process at a time has it, and all that ever have it are one driver of rounds."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self

from gateway.durable_files import replace_file
from gateway.errors import DirectoryError

_LOCK_FILE, _DRIVER_FILE = "lock", "driver"
_NAME_BYTES = 16


class ServingPlace:
    """The directory, taken for as long as the block runs, or the process."""

    def __init__(self, directory: Path) -> None:
        """Take it; it is made if it is not there.

        Raises:
            DirectoryError: another process has it.
        """
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = os.open(directory / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise DirectoryError("another `volens federated serve` has this directory") from None
        self.driver = _name_in(directory / _DRIVER_FILE)
        """By which the gateway knows who drives a round, also over a restart."""

    def __enter__(self) -> Self:
        """Have it for now."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of it."""
        os.close(self._lock)


def _name_in(file: Path) -> str:
    try:
        found = file.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        found = ""
    if len(found) != 2 * _NAME_BYTES:
        found = os.urandom(_NAME_BYTES).hex()
        replace_file(file, found.encode())
    return found
