"""Whether what is to be written can be, asked before anything is opened: the cause is told then, not what it led to."""

from __future__ import annotations

import os
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
                "the data directory or that of its keys cannot be written: it is read-only, or belongs to another account"
            )
