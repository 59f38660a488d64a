"""Files that are there as a whole or not at all, for their owner only, whatever moment the power goes.

A name is durable when its directory is: renaming a file that has been written out is not enough. (POSIX fsync; the order
is that of every careful editor: write, fsync, rename, fsync of the directory.)
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW


def replace_file(path: Path, content: bytes) -> None:
    """Give a file this content: readers see the old one or the new one, never a part.

    One writer at a time: what another has staged for the same file is thrown away.

    Raises:
        OSError: the file is as it was, or, if only the directory could not be synchronised, as it shall be.

    Durable: the file and its name.
    """
    staged, _ = stage_file(path, (content,))
    put_in_place(staged, path)


def stage_file(path: Path, pieces: Iterable[bytes]) -> tuple[Path, int]:
    """Write what a file shall hold to another beside it, for `put_in_place`.

    One writer at a time: what another has staged for the same file is thrown away.

    Returns:
        The other file, `NAME.new`, and its length.

    Raises:
        OSError: it is not whole, and gone: on a full disk it would keep the last room from what matters more.

    Durable: its content, not its name.
    """
    staged = staged_of(path)
    staged.unlink(missing_ok=True)
    try:
        return staged, _write(staged, pieces)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def staged_of(path: Path) -> Path:
    """Where a file is staged that shall take the name `path`."""
    return path.with_name(f"{path.name}.new")


def write_durably(path: Path, write: Callable[[Path], object]) -> None:
    """As `replace_file`, for content that a library writes to a path that it is given: `.NAME.PID.staged` beside the file.

    Raises:
        OSError: as above; whatever else `write` raises, the file is as it was. What was staged is gone.

    Durable: the file and its name.
    """
    staged = path.with_name(f".{path.name}.{os.getpid()}.staged")
    staged.unlink(missing_ok=True)
    os.close(os.open(staged, _NEW, 0o600))
    try:
        write(staged)
        with staged.open("rb") as written:
            os.fsync(written.fileno())
    except BaseException:
        staged.unlink(missing_ok=True)
        raise
    put_in_place(staged, path)


def create_file(path: Path, content: bytes) -> None:
    """Write a file that is not there yet. Its name is durable once `sync_directory` has been called on its directory.

    Raises:
        OSError: there is something of that name already, or it cannot be written.
    """
    _write(path, (content,))


def put_in_place(staged: Path, path: Path) -> None:
    """Give a file that has been written out the name of another, which is gone then.

    Raises:
        OSError: it cannot be renamed, or the name is not known to be durable.

    Durable: the name.
    """
    staged.replace(path)
    sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Make the names in a directory durable: files made, renamed and removed.

    Raises:
        OSError: they may or may not be.
    """
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_days_before(home: Path, first: date) -> int:
    """Remove the directories of the days before `first` (`day=2026-11-20`, of files alone).

    Args:
        home: where they are; it need not exist.
        first: the first day that is kept.

    Returns:
        How many days were removed.

    Raises:
        OSError: a day could not be removed; those before it are gone.

    Durable: all of it.
    """
    kept_from = f"day={first.isoformat()}"
    over = [day for day in sorted(home.glob("day=????-??-??")) if day.name < kept_from]
    for day in over:
        for part in day.iterdir():
            part.unlink()
        day.rmdir()
    if over:
        sync_directory(home)
    return len(over)


def _write(path: Path, pieces: Iterable[bytes]) -> int:
    handle = os.open(path, _NEW, 0o600)
    with os.fdopen(handle, "wb") as file:
        size = sum(map(file.write, pieces))
        file.flush()
        os.fsync(handle)
    return size
