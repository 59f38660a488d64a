"""`volens restore`: a data directory from its copy, and of the keys the head of the same copy alone.

What people denied and whom they had erased since the copy was made stands in `erased` and `withdrawn` of the keys directory. They
stay as they are, so that the next start denies and erases again before anything is served; a whole copy of the keys put back
would undo it. The copy's log is opened as a start opens it, before anything is moved. Killed at any step, it is run again: until
it is done, the head and the log do not fit, and no start is made.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from audit import CorruptionError, FileHead, LockedError, is_locked
from gateway.durable_files import replace_file, sync_directory
from gateway.errors import DirectoryError, DirectoryMissingError
from gateway.lasting.denied_list import FILE as DENIED_FILE
from gateway.lasting.erased_list import FILE as ERASED_FILE
from gateway.settings.reading import SETTINGS_FILE, Settings, default_keys_dir, parse_settings

HEAD_FILE = "head"


@dataclass(frozen=True, slots=True)
class PutBack:
    """What was done."""

    before: Path | None
    """Where the directory went that was there, with its head in the keys directory of that name; None if none was."""
    lost: int
    """How many entries the log had by the head that was replaced, and has no more."""


Check = Callable[[Settings, Path], int]
"""Opens the log of the copy, given its settings and its head, as a start does, or refuses; how many entries it has."""


def put_back(directory: Path, copy: Path, head: Path, now: int, check: Check) -> PutBack:
    """Put the copy of a data directory in its place, and the head of the same copy into its keys directory.

    Args:
        directory: of a stopped gateway, or not there any more.
        copy: of the data directory.
        head: of the same moment, a file.
        now: unix seconds.
        check: called before anything is moved.

    Raises:
        DirectoryMissingError: there is no copy, or no head.
        DirectoryError: the keys directory has not the lists that must not get old.
        LockedError: a gateway is running.
        SettingsError: the settings of the copy cannot be used.
        AuditError: the copy does not fit the keys or the head, or a witness has seen more of its log. Nothing was moved.
        OSError: a file cannot be read or written.

    Durable: all of it.
    """
    directory, copy = directory.absolute(), copy.absolute()
    settings = _settings_of(copy, head, directory)
    if (directory / "log").is_dir() and is_locked(directory / "log"):
        raise LockedError("a gateway runs on this directory")
    content, replaced = head.read_bytes(), settings.keys_dir / HEAD_FILE
    staged = directory.with_name(f".{directory.name}.staged")
    shutil.rmtree(staged, ignore_errors=True)
    try:
        shutil.copytree(
            copy, staged, symlinks=True, ignore=shutil.ignore_patterns(settings.intake_socket.name)
        )
        there = parse_settings((staged / SETTINGS_FILE).read_text(encoding="utf-8"), staged)
        entries = check(there.model_copy(update={"keys_dir": settings.keys_dir}), head)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    os.sync()
    lost = max(0, _size_by(replaced) - entries)
    before = _set_aside(directory, replaced, now) if directory.exists() else None
    staged.rename(directory)
    sync_directory(directory.parent)
    replace_file(replaced, content)
    return PutBack(before, lost)


def _settings_of(copy: Path, head: Path, directory: Path) -> Settings:
    """The settings of a copy in its place, if all is there that it takes to put it back."""
    if not (copy / SETTINGS_FILE).is_file() or not (copy / "log").is_dir() or FileHead(head).read() is None:
        raise DirectoryMissingError("there is no copy of a data directory, or no head that belongs to it")
    settings = parse_settings((copy / SETTINGS_FILE).read_text(encoding="utf-8"), directory)
    if not all((settings.keys_dir / name).is_file() for name in (ERASED_FILE, DENIED_FILE)):
        raise DirectoryError(
            "the keys directory has no list of the erased or of what was denied: put the newest copies of"
            " `erased` and `withdrawn` into it first (docs/durability.md)"
        )
    return settings


def _size_by(head: Path) -> int:
    try:
        known = FileHead(head).read()
    except CorruptionError:
        return 0
    return 0 if known is None else known.size


def _set_aside(directory: Path, head: Path, now: int) -> Path:
    """Rename the directory; its head is kept beside it first, so that it is a copy that can be put back again."""
    names = (directory.with_name(f"{directory.name}.before-{moment}") for moment in count(now))
    before = next(name for name in names if not name.exists())
    if head.is_file():
        kept = default_keys_dir(before)
        kept.mkdir(0o700, exist_ok=True)
        replace_file(kept / HEAD_FILE, head.read_bytes())
    directory.rename(before)
    return before
