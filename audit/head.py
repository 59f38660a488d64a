"""The head: how far the log was published, kept in a second place, so that an older copy of the log does not go unnoticed."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audit.disk import Disk, ensure_directory, write_file
from audit.errors import CorruptionError
from audit.merkle import HASH_BYTES

_TITLE = "volens-head/v1"


@dataclass(frozen=True, slots=True)
class Head:
    """A size that was published, and the root at it."""

    size: int
    """How many entries."""
    root: bytes
    """The root over them, 32 bytes."""


class HeadCell(Protocol):
    """One value that outlives the log's directory.

    Contract: `advance` returns once the value is durable, and is called before the checkpoint of that size replaces the one
    before. `read` gives the last value advanced to, or None if there never was one. One writer; a reader may run at any time.
    Whoever can write it can hide that the log was restored from an older copy, and nothing else.
    """

    def read(self) -> Head | None:
        """The last value; raises CorruptionError if it cannot be read as one."""

    def advance(self, head: Head) -> None:
        """Replace the value, durably."""


class FileHead:
    """The head in a file, which belongs on another volume than the log, or at least in another backup."""

    def __init__(self, path: Path, disk: Disk | None = None) -> None:
        """Keep it at `path`; the file need not exist yet."""
        self._path = path
        self._disk = disk or Disk()

    def read(self) -> Head | None:
        """See `HeadCell`."""
        try:
            data = self._path.read_bytes()
        except FileNotFoundError:
            return None
        lines = data.decode("ascii", "replace").split("\n")
        if (
            len(lines) == 4
            and lines[1].isascii()
            and lines[1].isdecimal()
            and len(lines[1]) < 20
            and len(lines[2]) == 44
        ):
            try:
                head = Head(int(lines[1]), base64.b64decode(lines[2], validate=True))
            except ValueError:
                head = Head(0, b"")
            if len(head.root) == HASH_BYTES and _text(head) == data:
                return head
        raise CorruptionError("the head is not what was written", place=self._path.name)

    def advance(self, head: Head) -> None:
        """See `HeadCell`."""
        ensure_directory(self._disk, self._path.parent)
        write_file(self._disk, self._path, _text(head), self._path.with_name(self._path.name + ".new"))
        self._disk.sync_directory(self._path.parent)


def _text(head: Head) -> bytes:
    return f"{_TITLE}\n{head.size}\n{base64.b64encode(head.root).decode('ascii')}\n".encode("ascii")
