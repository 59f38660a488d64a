"""The reserve: a file that takes up space until a denial or an erasure needs it.

A disk fills up at the worst moment. Saying no must work even then: the reserve is given up for it, and taken back as
soon as there is room.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


class Reserve:
    """One file of a fixed size, with its blocks allocated."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        """Use this file. It is not created yet: `take` does it."""
        self._path = path
        self._size_bytes = size_bytes
        self._taken = False

    @classmethod
    def elsewhere(cls, path: Path) -> Reserve:
        """The reserve of somebody else, which is neither taken nor given up here: there is no space for anything."""
        return _Untouched(path, 0)

    @property
    def taken(self) -> bool:
        """Whether the space is held now."""
        return self._taken

    def take(self) -> bool:
        """Hold the space, if the disk has it. Returns whether it is held."""
        if self._taken:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(handle, 0, self._size_bytes)
            os.fsync(handle)
            self._taken = True
        except OSError:
            self._remove()
        finally:
            os.close(handle)
        return self._taken

    def release(self) -> bool:
        """Give the space up. Returns whether there was any to give."""
        released = self._taken
        self._taken = False
        self._remove()
        return released

    def _remove(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()


class _Untouched(Reserve):
    """Never held, and the file left alone."""

    def take(self) -> bool:
        """It is not ours to take."""
        return False

    def release(self) -> bool:
        """It is not ours to give up."""
        return False
