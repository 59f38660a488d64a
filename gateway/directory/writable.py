"""Whether what is to be written can be, and by nobody else: asked before anything is opened, so that the cause is told."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from gateway.errors import DirectoryError


def require_writable(*directories: Path) -> None:
    """Find out about a read-only file system, and directories of another account.

    Raises:
        DirectoryError: one of those that are there cannot be written.
    """
    for directory in directories:
        if directory.is_dir() and not os.access(directory, os.W_OK | os.X_OK):
            raise DirectoryError(
                "the data directory or its keys directory cannot be written: it is read-only, or belongs to another account"
            )


def require_private(*directories: Path) -> None:
    """Find out about directories in which somebody else could put another file in the place of ours.

    Raises:
        DirectoryError: one of those that are there can be written by others than its owner.
    """
    for directory in directories:
        if directory.is_dir() and stat.S_IMODE(directory.stat().st_mode) & 0o022:
            raise DirectoryError(
                "others may write to the data directory or its keys directory: chmod go-w both"
            )
