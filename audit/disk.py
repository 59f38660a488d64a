"""Every change that the log makes to a disk goes through this one class, so that tests can count, cut and fail each of them.

What is durable when: bytes after `sync`; a name (created, renamed, removed) after `sync_directory` of its directory. Nothing
else is promised, in particular no order between two changes that were not synced.
"""

from __future__ import annotations

import os
from pathlib import Path

FILE_MODE = 0o600
DIRECTORY_MODE = 0o700


class Disk:
    """The operating system's files. Errors are `OSError`, never retried here."""

    def create(self, path: Path) -> int:
        """Create a file that must not exist yet; returns a descriptor to read and write."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)

    def open(self, path: Path) -> int:
        """Open a file that exists, to read and write."""
        return os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)

    def write(self, descriptor: int, data: bytes, offset: int) -> None:
        """Write all of `data` at `offset`. Not durable before `sync`."""
        done = os.pwrite(descriptor, data, offset)
        while done < len(data):
            done += os.pwrite(descriptor, memoryview(data)[done:], offset + done)

    def allocate(self, descriptor: int, size: int) -> None:
        """Take the space for `size` bytes, reading as zeros."""
        os.posix_fallocate(descriptor, 0, size)

    def cut(self, descriptor: int, size: int) -> None:
        """Make the file `size` bytes long. Not durable before `sync`."""
        os.ftruncate(descriptor, size)

    def sync(self, descriptor: int) -> None:
        """Make everything written to the file durable, and its length. An error here means: contents unknown, for ever."""
        os.fdatasync(descriptor)

    def close(self, descriptor: int) -> None:
        """Close the descriptor."""
        os.close(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        """Give the file another name in one step, replacing what had it. Durable after `sync_directory`."""
        source.rename(target)

    def unlink(self, path: Path) -> None:
        """Remove a name. Durable after `sync_directory`."""
        path.unlink()

    def make_directory(self, path: Path) -> None:
        """Create a directory, its parent being there. Durable after `sync_directory` of the parent."""
        path.mkdir(DIRECTORY_MODE)

    def remove_directory(self, path: Path) -> None:
        """Remove an empty directory."""
        path.rmdir()

    def sync_directory(self, path: Path) -> None:
        """Make the names in a directory durable."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_file(disk: Disk, path: Path, data: bytes, scratch: Path) -> None:
    """Write a file under a scratch name, sync it, and rename it into place. The name is durable after `sync_directory`."""
    if scratch.exists():
        disk.unlink(scratch)
    descriptor = disk.create(scratch)
    try:
        disk.write(descriptor, data, 0)
        disk.sync(descriptor)
    finally:
        disk.close(descriptor)
    disk.rename(scratch, path)


def ensure_directory(disk: Disk, path: Path) -> None:
    """Create a directory and what is missing above it, durably."""
    if path.is_dir():
        return
    ensure_directory(disk, path.parent)
    disk.make_directory(path)
    disk.sync_directory(path.parent)
