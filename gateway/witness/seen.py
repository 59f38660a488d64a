"""What a witness saw last of each log: one file a log, named by the hash of its origin, which holds the cosigned checkpoint.

A witness that forgets would cosign a shorter log, or another one. So the file is durable before the answer leaves, only one
process has the directory, and a file that cannot be read stops the witness for that log.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from pathlib import Path

from audit import LockedError
from gateway.durable_files import replace_file

_LOCK_FILE = "lock"
_LOGS = "logs"
_MODE = 0o700


class SeenFiles:
    """The directory. One process, one thread at a time."""

    def __init__(self, directory: Path) -> None:
        """Take the directory, which is made if it is not there.

        Raises:
            LockedError: another process has it.
        """
        self._logs = directory / _LOGS
        self._logs.mkdir(_MODE, parents=True, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._lock = os.open(directory / _LOCK_FILE, flags, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            raise LockedError("another process has this witness") from None

    def close(self) -> None:
        """Let go of the directory."""
        os.close(self._lock)

    def read(self, name: str) -> bytes | None:
        """The checkpoint that was cosigned last of the log of this hash (`origin_hash`); None if none was."""
        try:
            return (self._logs / name).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, name: str, note: bytes) -> None:
        """Replace it. Durable on return.

        Raises:
            OSError: it is not known whether it is kept: nothing may be answered.
        """
        replace_file(self._logs / name, note)


def origin_hash(origin: str) -> str:
    """What a log is called in the monitoring address: SHA-256 of its origin, in hexadecimal."""
    return hashlib.sha256(origin.encode()).hexdigest()
