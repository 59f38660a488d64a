"""The reserve: a file that takes up space until a denial or an erasure needs it.

A disk fills up at the worst moment. Saying no must work even then: the reserve is given up for it, and taken back as
soon as there is room. It is given up in pieces, as much as is needed: what filled the disk often goes on, and takes
whatever becomes free.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

PIECES = 64
"""As many denials as there are pieces find their space, whatever else writes on that disk."""


class Reserve:
    """One file of a fixed size, with its blocks allocated."""

    def __init__(self, path: Path, size_bytes: int) -> None:
        """Use this file. It is not created yet: `take` does it."""
        self._path = path
        self._size_bytes = size_bytes
        self._held_bytes = 0

    @classmethod
    def elsewhere(cls, path: Path) -> Reserve:
        """The reserve of somebody else, which is neither taken nor given up here: there is no space for anything."""
        return _Untouched(path, 0)

    @property
    def taken(self) -> bool:
        """Whether the space is held now, all of it."""
        return self._held_bytes == self._size_bytes

    def take(self) -> bool:
        """Hold the space, if the disk has it. Returns whether all of it is held; a part that was held stays held."""
        if self.taken:
            return True
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        except OSError:
            return False
        try:
            self._held_bytes = min(os.fstat(handle).st_size, self._size_bytes)
            os.posix_fallocate(handle, 0, self._size_bytes)
            os.fsync(handle)
            self._held_bytes = self._size_bytes
        except OSError:
            self._keep(handle, self._held_bytes)
        finally:
            os.close(handle)
        return self.taken

    def release(self, pieces: int = 1) -> bool:
        """Give some of the space up. Returns whether there was any to give."""
        if not self._held_bytes:
            return False
        left = max(0, self._held_bytes - pieces * -(-self._size_bytes // PIECES))
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
        except OSError:
            self._remove()
            return True
        try:
            self._keep(handle, left)
        finally:
            os.close(handle)
        return True

    def attempts(self) -> Iterator[None]:
        """Once without giving anything up; then after one piece was, and twice as many each time, while there are any."""
        yield
        pieces = 1
        while self.release(pieces):
            yield
            pieces *= 2

    def _keep(self, handle: int, size_bytes: int) -> None:
        """Hold no more than this."""
        if not size_bytes:
            self._remove()
            return
        try:
            os.ftruncate(handle, size_bytes)
            os.fsync(handle)
            self._held_bytes = size_bytes
        except OSError:
            self._remove()

    def _remove(self) -> None:
        self._held_bytes = 0
        with contextlib.suppress(OSError):
            self._path.unlink()


class _Untouched(Reserve):
    """Never held, and the file left alone."""

    def take(self) -> bool:
        """It is not ours to take."""
        return False

    def release(self, pieces: int = 1) -> bool:  # noqa: ARG002
        """It is not ours to give up."""
        return False
