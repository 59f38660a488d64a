"""The file of the snapshot: sealed in blocks, under a key in the keys directory that every snapshot has anew.

A file and its key have two names in two directories, which no disk changes at once. So the new file is whole and durable beside
the old one before its key comes; from that moment it is the snapshot, whatever its name is yet. At every step one of the two
opens under the key there is, and the other never does.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag

from gateway.durable_files import put_in_place, replace_file, stage_file, staged_of, sync_directory
from gateway.sealed_blocks import open_blocks, seal_blocks


class SnapshotFile:
    """One sealed file and its key. Threads that change it take turns: a task that is cancelled does not end its thread."""

    def __init__(self, path: Path, key_path: Path) -> None:
        """Keep the snapshot at `path`, and its key at `key_path` in the keys directory."""
        self._path = path
        self._key_path = key_path
        self._changing = Lock()
        self._is_staged = False
        """Whether the key is that of the staged file: a crash or the disk came between."""

    def write(self, packed: Iterable[bytes | memoryview]) -> int:
        """Replace the snapshot; its length in bytes. Durable on return; the key of the one before is gone.

        Raises:
            OSError: the one before is as it was, or this one has taken its place, or neither can be read any more.
        """
        key = os.urandom(32)
        with self._changing:
            self._settle()
            self._make_directory()
            _, size = stage_file(self._path, seal_blocks(key, packed))
            sync_directory(self._path.parent)
            replace_file(self._key_path, key)
            self._is_staged = True
            self._settle()
        return size

    def read(self) -> bytes | None:
        """The snapshot's content; None if there is none that can be used. Changes nothing: somebody else may have it open."""
        for path in (self._path, staged_of(self._path)):
            content = self._read(path)
            if content is not None:
                self._is_staged = path != self._path
                return content
        return None

    def destroy(self) -> None:
        """Make the snapshot unreadable and remove it, and what a crash left of others.

        Raises:
            OSError: it may be there yet.
        """
        with self._changing:
            self._is_staged = False
            for path in (self._key_path, self._path):
                for each in (path, staged_of(path)):
                    each.unlink(missing_ok=True)
                if path.parent.exists():
                    sync_directory(path.parent)

    def _settle(self) -> None:
        """Give the staged file the name of the snapshot, if it is the snapshot."""
        if self._is_staged:
            # It may have the name already, and only the directory was not synchronised.
            with suppress(FileNotFoundError):
                put_in_place(staged_of(self._path), self._path)
            self._is_staged = False

    def _make_directory(self) -> None:
        home = self._path.parent
        if not home.exists():
            home.mkdir(mode=0o700)
            sync_directory(home.parent)

    def _read(self, path: Path) -> bytes | None:
        try:
            return open_blocks(self._key_path.read_bytes(), path.read_bytes())
        except (OSError, InvalidTag, ValueError):
            return None
