"""Where everything lies in the directory of a log.

checkpoint            the signed checkpoint
log.vkey              the key it is verified with
minimum               from where on entries are published, if old ones were pruned (`audit.pruning`)
tile/                 hash tiles and bundles (`audit.tiles`)
wal/<first index>.wal segments of frames (`audit.frames`): the entries with their sealed parts
wal/<first index>.base what stays of the segments below that index, if they went (`audit.wal_base`)
wal/prepared          the next segment, written with zeros beforehand
reserve               space held back for a full disk
scratch/              files that do not have their name yet; emptied at every start
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from audit.disk import Disk, ensure_directory
from audit.errors import CorruptionError, LockedError
from audit.tiles import ReadFile

CHECKPOINT = "checkpoint"
VKEY = "log.vkey"
MINIMUM = "minimum"
WAL = "wal"
PREPARED = "prepared"
RESERVE = "reserve"
SCRATCH = "scratch"
TILE = "tile"

_LOCK_ATTEMPTS = 5
_LOCK_PAUSE_SECONDS = 0.05

MOST_BYTES_PUBLISHED = 32 << 20
"""Of a checkpoint, a key, a tile or a bundle of entries; the longest bundle is half of it."""

MOST_BYTES_KEPT = 8 << 30
"""Of a segment, what stays of segments, or space kept ready."""


def create_layout(disk: Disk, directory: Path) -> None:
    """Create the directories of a log that are not there yet, and empty the scratch."""
    for path in (directory, directory / WAL, directory / TILE, directory / SCRATCH):
        ensure_directory(disk, path)
    for leftover in (directory / SCRATCH).iterdir():
        disk.unlink(leftover)


def segment_path(directory: Path, first_index: int) -> Path:
    """The file of the segment that begins with this index."""
    return directory / WAL / f"{first_index:016d}.wal"


def base_path(directory: Path, first_index: int) -> Path:
    """The file of what stays of the segments below this index."""
    return directory / WAL / f"{first_index:016d}.base"


def index_in(name: str, suffix: str) -> int | None:
    """The first index that the name of such a file says; None if it is none."""
    stem = name.removesuffix(suffix)
    if not (stem.isascii() and stem.isdecimal()) or f"{int(stem):016d}{suffix}" != name:
        return None
    return int(stem)


def base_paths(directory: Path) -> list[Path]:
    """Every file of what stays, whether it counts or not."""
    return [
        path for path in sorted((directory / WAL).glob("*.base")) if index_in(path.name, ".base") is not None
    ]


def segment_starts(directory: Path) -> list[int]:
    """First indices of the segments on disk, ascending.

    Raises:
        CorruptionError: a file there is no segment.
    """
    starts: list[int] = []
    if not (directory / WAL).is_dir():
        return starts
    for path in (directory / WAL).iterdir():
        if path.name == PREPARED or index_in(path.name, ".base") is not None:
            continue
        start = index_in(path.name, ".wal")
        if start is None:
            raise CorruptionError("a file among the segments is not a segment", place=f"{WAL}/{path.name}")
        starts.append(start)
    return sorted(starts)


def most_bytes(place: str) -> int:
    """How long a file of a log can be: whoever made a longer one wants it to be read for ever."""
    return MOST_BYTES_KEPT if place == RESERVE or place.startswith(f"{WAL}/") else MOST_BYTES_PUBLISHED


def reader_of(directory: Path) -> ReadFile:
    """Reads files of the log by their relative path."""

    def read(path: str) -> bytes | None:
        try:
            return (directory / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    return read


def lock_directory(directory: Path) -> int:
    """Take the one writer's lock on a log; it lasts until the descriptor is closed or the process ends.

    Raises:
        LockedError: another process has it.
    """
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for attempt in range(_LOCK_ATTEMPTS):
        try:
            # flock, not a POSIX lock: that one is lost as soon as anybody in the process closes the file.
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt + 1 < _LOCK_ATTEMPTS:
                time.sleep(_LOCK_PAUSE_SECONDS)  # a verifier may be looking whether anybody writes
        else:
            return descriptor
    os.close(descriptor)
    raise LockedError("another process writes this log")


def is_locked(directory: Path) -> bool:
    """Whether a process writes this log at the moment."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
