"""Which keys were destroyed, kept outside the data directory: a restored backup brings nobody back.

`DIR.keys/erased` holds the fingerprint of every evidence key that an erasure destroys, one a line, as the log's `erasure` entries
do. It is written before the rows go. At every start, before anything is served, whoever has a key that is on the list is erased
(again): their rows came back with an older copy of the records, or a crash came between the list and the rows. A fingerprint
names nobody, and somebody who comes back by their own will has a new key.

It is only ever appended to. Back it up apart from the data, and never put an older copy of it back.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path

from gateway.errors import DirectoryError

FILE = "erased"

_TITLE = b"volens-erased/v1\n"
_LINE = 65


class ErasedList:
    """The list, in its file. Calls may come from any thread."""

    def __init__(self, path: Path) -> None:
        """Use the list at `path`; make it if there is none.

        Raises:
            DirectoryError: it cannot be read or written, or is something else.
        """
        self._path = path
        self._lock = threading.Lock()
        try:
            content = path.read_bytes() if path.exists() else b""
            if not content:
                self._append(_TITLE)
                content = _TITLE
                _sync_directory(path.parent)
        except OSError as failure:
            raise DirectoryError("the list of erased keys cannot be used") from failure
        self._known = _read(content)
        torn = (len(content) - len(_TITLE)) % _LINE
        if torn:  # a crash: nobody was told that this line was kept
            os.truncate(path, len(content) - torn)

    def __len__(self) -> int:
        """How many keys."""
        return len(self._known)

    def __contains__(self, fingerprint: bytes) -> bool:
        """Whether this key was to be destroyed."""
        return fingerprint in self._known

    def add(self, fingerprint: bytes) -> None:
        """Keep one.

        Durable: the line.

        Raises:
            OSError: it could not be kept.
        """
        with self._lock:
            if fingerprint not in self._known:
                self._append(fingerprint.hex().encode() + b"\n")
                self._known.add(fingerprint)

    def _append(self, line: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self._path, flags, 0o600)
        try:
            size = os.fstat(handle).st_size
            if os.write(handle, line) != len(line):
                os.ftruncate(handle, size)
                raise OSError("short write")
            os.fsync(handle)
        finally:
            os.close(handle)


def _read(content: bytes) -> set[bytes]:
    title, lines = content[: len(_TITLE)], content[len(_TITLE) :]
    if title != _TITLE:
        raise DirectoryError("the list of erased keys is something else")
    whole = lines[: len(lines) - len(lines) % _LINE]
    try:
        return {bytes.fromhex(line) for line in whole.decode("ascii").splitlines()}
    except ValueError as failure:
        raise DirectoryError("the list of erased keys is damaged") from failure


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
