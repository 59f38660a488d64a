"""A file of short lines that is appended to, in the keys directory; a line that was kept is durable.

A full disk does not stop it at once: a reserve beside it (`FILE.reserve`) takes up space until a line needs it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from gateway.durable_files import replace_file, sync_directory
from gateway.errors import DirectoryError
from gateway.lasting.reserve import Reserve

RESERVE_BYTES = 256 << 10
"""For some thousands of lines."""


class LineFile:
    """Lines under a title. One caller at a time."""

    def __init__(self, path: Path, title: bytes, *, reserve_bytes: int = RESERVE_BYTES) -> None:
        """Use the file at `path`; make it if there is none. A line that a crash cut off was never kept, and goes.

        Raises:
            DirectoryError: it cannot be read or written, or is something else.
        """
        self._path = path
        self._title = title
        self._reserve = Reserve(path.with_name(path.name + ".reserve"), reserve_bytes)
        try:
            content = path.read_bytes() if path.exists() else b""
            if not content:
                self.append(title)
                content = title
                sync_directory(path.parent)
            if not content.startswith(title):
                raise DirectoryError(
                    f"the list `{self._path.name}` in the keys directory is damaged: put back its newest copy"
                )
            whole = content.rindex(b"\n") + 1
            if whole < len(content):
                os.truncate(path, whole)
        except OSError as failure:
            raise DirectoryError("a list in the keys directory cannot be used") from failure
        self.lines = content[len(title) : whole].splitlines()
        """The lines that were there."""
        self._reserve.take()

    def append(self, lines: bytes) -> None:
        """Keep lines, each with its end.

        Durable: the lines.

        Raises:
            OSError: there is no space, or another failure; none was kept.
        """
        failure: OSError | None = None
        for _ in self._reserve.attempts():
            try:
                self._append(lines)
            except OSError as exc:
                failure = exc
            else:
                if failure is None:
                    self._reserve.take()
                return
        raise failure or OSError("it was not tried")

    def replace(self, lines: Iterable[bytes]) -> None:
        """Keep these lines, each with its end, and no others.

        Durable: the file as a whole.

        Raises:
            OSError: it is as it was.
        """
        replace_file(self._path, self._title + b"".join(lines))

    def _append(self, lines: bytes) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        handle = os.open(self._path, flags, 0o600)
        try:
            size = os.fstat(handle).st_size
            if os.write(handle, lines) != len(lines):
                os.ftruncate(handle, size)
                raise OSError("short write")
            os.fsync(handle)
        finally:
            os.close(handle)
