"""`volens restore`: a data directory from its copy, and of the keys the head of the same copy alone.

What people denied and whom they had erased since the copy was made stands in `erased` and `withdrawn` of the keys directory. They
stay as they are, so that the next start denies and erases again before anything is served; a whole copy of the keys put back
would undo it. Killed at any step, it is run again: until it is done, the head and the log do not fit, and no start is made.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from audit import FileHead, LockedError, is_locked
from gateway.durable_files import replace_file, sync_directory
from gateway.errors import DirectoryError, DirectoryMissingError
from gateway.lasting.denied_list import FILE as DENIED_FILE
from gateway.lasting.erased_list import FILE as ERASED_FILE
from gateway.settings.reading import SETTINGS_FILE, parse_settings

HEAD_FILE = "head"


def put_back(directory: Path, copy: Path, head: Path, now: int) -> Path | None:
    """Put the copy of a data directory in its place, and the head of the same copy into its keys directory.

    Args:
        directory: of a stopped gateway, or not there any more.
        copy: of the data directory.
        head: of the same moment, a file.
        now: unix seconds.

    Returns:
        Where the directory went that was there; None if there was none.

    Raises:
        DirectoryMissingError: there is no copy, or no head.
        DirectoryError: the keys directory has not the lists that must not get old.
        LockedError: a gateway is running.
        SettingsError: the settings of the copy cannot be used.
        CorruptionError: the head is none.
        OSError: a file cannot be read or written.

    Durable: all of it.
    """
    directory, copy = directory.absolute(), copy.absolute()
    if not (copy / SETTINGS_FILE).is_file() or not (copy / "log").is_dir() or FileHead(head).read() is None:
        raise DirectoryMissingError("there is no copy of a data directory, or no head that belongs to it")
    settings = parse_settings((copy / SETTINGS_FILE).read_text(encoding="utf-8"), directory)
    if not all((settings.keys_dir / name).is_file() for name in (ERASED_FILE, DENIED_FILE)):
        raise DirectoryError(
            "the keys directory has no list of the erased or of what was denied: put the newest copies of"
            " `erased` and `withdrawn` into it first (docs/durability.md)"
        )
    if (directory / "log").is_dir() and is_locked(directory / "log"):
        raise LockedError("a gateway runs on this directory")
    content = head.read_bytes()
    staged = directory.with_name(f".{directory.name}.staged")
    shutil.rmtree(staged, ignore_errors=True)
    shutil.copytree(copy, staged, symlinks=True, ignore=shutil.ignore_patterns(settings.intake_socket.name))
    os.sync()
    before = directory.with_name(f"{directory.name}.before-{now}") if directory.exists() else None
    if before is not None:
        directory.rename(before)
    staged.rename(directory)
    sync_directory(directory.parent)
    replace_file(settings.keys_dir / HEAD_FILE, content)
    return before
