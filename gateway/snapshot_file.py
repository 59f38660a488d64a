"""The file of the snapshot: sealed in blocks, under a key in the keys directory that every snapshot has anew."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from threading import Lock

from cryptography.exceptions import InvalidTag

from gateway.durable_files import put_in_place, replace_file, stage_file
from gateway.sealed_blocks import open_blocks, seal_blocks


class SnapshotFile:
    """One sealed file and its key. Threads that change it take turns: a task that is cancelled does not end its thread."""

    def __init__(self, path: Path, key_path: Path) -> None:
        """Keep the snapshot at `path`, and its key at `key_path` in the keys directory."""
        self._path = path
        self._key_path = key_path
        self._changing = Lock()

    def write(self, packed: Iterable[bytes | memoryview]) -> int:
        """Replace the snapshot; its length in bytes. Durable on return; the key of the one before is gone.

        Raises:
            OSError: the one before is as it was, or cannot be read any more.
        """
        key = os.urandom(32)
        with self._changing:
            self._path.parent.mkdir(mode=0o700, exist_ok=True)
            staged, size = stage_file(self._path, seal_blocks(key, packed))
            replace_file(self._key_path, key)
            put_in_place(staged, self._path)
        return size

    def read(self) -> bytes | None:
        """The snapshot's content; None if there is none that can be used."""
        try:
            return open_blocks(self._key_path.read_bytes(), self._path.read_bytes())
        except (FileNotFoundError, InvalidTag, ValueError):
            return None

    def destroy(self) -> None:
        """Make the snapshot unreadable and remove it."""
        with self._changing:
            self._key_path.unlink(missing_ok=True)
            self._path.unlink(missing_ok=True)
