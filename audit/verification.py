"""Verifying a log without its writer: every byte of every file, and a cause for everything found.

1. The files: no link, no device, none that a log does not have.
2. The key, then the checkpoint and its signature.
3. Every entry canonical, its hash in the tile over it, every tile the hashes of those below, every partial a beginning; the root.
4. Every frame of the WAL, and each published entry in it the one that was published; but for a copy, which has none. Where its
oldest segments went, what stays of them is what the log announced.
5. With an anchor, a checkpoint kept elsewhere: the log contains the log of then.

A log may be verified while it is written: what is beyond the checkpoint is then left alone.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path

from audit.checkpoint import Checkpoint, read_checkpoint
from audit.errors import CorruptionError, NoteError
from audit.findings import Cause, Finding, Report
from audit.layout import (
    CHECKPOINT,
    MINIMUM,
    PREPARED,
    RESERVE,
    SCRATCH,
    TILE,
    VKEY,
    WAL,
    base_path,
    index_in,
    is_locked,
    most_bytes,
)
from audit.merkle import EMPTY_ROOT
from audit.note import NoteVerifier
from audit.pruning import NOTHING_PRUNED, Announcement, Minimum, announcement_of, read_minimum
from audit.tiles import TILE_WIDTH, ReadFile, Tile, parse_tile_path
from audit.tree_check import TreeCheck
from audit.wal_base import Base
from audit.wal_check import WalCheck, check_zeros


@dataclass(slots=True)
class _Files:
    """The files of a log by what they are."""

    findings: list[Finding] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    bases: list[int] = field(default_factory=list)
    tiles: list[Tile] = field(default_factory=list)

    def partials(self) -> dict[tuple[int | None, int], list[int]]:
        """Widths of the partials, by level and index."""
        widths: dict[tuple[int | None, int], list[int]] = {}
        for tile in self.tiles:
            if tile.width < TILE_WIDTH:
                widths.setdefault((tile.level, tile.index), []).append(tile.width)
        return widths


def verify_directory(
    directory: Path, *, vkey: str | None = None, anchor: bytes | None = None, is_copy: bool = False
) -> Report:
    """Verify the log in `directory` (a log's own directory, or one that has it under `log`).

    Args:
        directory: where it lies; nothing in it is changed.
        vkey: the verifier key it must be signed with; by default the one that lies beside it, which whoever can change the
            whole directory can change too. Further lines are keys that signed before, and count for the anchor only.
        anchor: a signed checkpoint of this log that was kept elsewhere.
        is_copy: it is somebody's copy of what the log publishes, which has no WAL. Of a log's own directory nobody says so: its
            WAL may be lost. Where there is anything of a WAL, it is judged all the same.
    """
    if (directory / "log").is_dir():
        directory = directory / "log"
    is_live = directory.is_dir() and is_locked(directory)
    files = _list_files(directory, is_live=is_live)
    findings = files.findings
    read = _reader(directory, findings)
    beside = _read_beside(read, findings)
    verifier = beside if vkey is None else _read_asked(vkey, findings)
    checkpoint = _read_checkpoint(read, verifier, beside, findings)
    if checkpoint is None:
        findings += _check_wal(0, files, read, is_live=is_live).findings
        return Report(verifier.name if verifier else "", 0, EMPTY_ROOT, 0, tuple(findings), is_live)
    anchored = _read_anchor(anchor, verifier, vkey, findings)
    minimum, said = _read_minimum(checkpoint.size, read, findings)
    tree = TreeCheck(checkpoint.size, files.partials(), read, is_live=is_live, minimum=minimum)
    root = tree.run(anchored.size if anchored is not None else None)
    findings += tree.findings
    if root != checkpoint.root:
        findings.append(Finding(Cause.WRONG_ROOT, CHECKPOINT))
    if not is_live:
        findings += _ahead(checkpoint.size, files.tiles)
    if anchored is not None and anchored.size > checkpoint.size:
        findings.append(Finding(Cause.ROLLED_BACK, CHECKPOINT, checkpoint.size))
    elif anchored is not None and anchored.root != tree.anchored:
        findings.append(Finding(Cause.FORKED, CHECKPOINT, anchored.size))
    without_wal = is_copy and not any((directory / place).exists() for place in (WAL, RESERVE))
    base = None if without_wal else _read_base(directory, said, files, read)
    wal = _check_wal(0 if without_wal else checkpoint.size, files, read, is_live=is_live, base=base)
    findings += wal.findings
    origin, size = checkpoint.origin, checkpoint.size
    first = 0 if base is None else base.head.first
    return Report(origin, size, checkpoint.root, wal.durable, tuple(findings), is_live, first, without_wal)


def _list_files(directory: Path, *, is_live: bool) -> _Files:
    """Step 1: list the files."""
    files = _Files()
    if not directory.is_dir():
        files.findings.append(Finding(Cause.MISSING, "."))
    for parent, directories, names in os.walk(directory):
        directories.sort()
        for name in sorted(names + directories):
            path = Path(parent, name)
            place = path.relative_to(directory).as_posix()
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue  # removed meanwhile; if it was needed, it is missed later
            if stat.S_ISDIR(mode):
                continue
            if not stat.S_ISREG(mode):
                files.findings.append(Finding(Cause.NOT_A_FILE, place))
            else:
                _sort_file(files, place, is_live=is_live)
    files.starts.sort()
    return files


def _sort_file(files: _Files, place: str, *, is_live: bool) -> None:
    folder, _, name = place.rpartition("/")
    if place in (CHECKPOINT, VKEY, MINIMUM, RESERVE, f"{WAL}/{PREPARED}"):
        return
    if folder == WAL and (start := index_in(name, ".wal")) is not None:
        files.starts.append(start)
    elif folder == WAL and (first := index_in(name, ".base")) is not None:
        files.bases.append(first)
    elif place.startswith(f"{TILE}/") and (tile := parse_tile_path(place)):
        files.tiles.append(tile)
    elif folder != SCRATCH:
        files.findings.append(Finding(Cause.UNKNOWN_FILE, place))
    elif not is_live:
        files.findings.append(Finding(Cause.LEFTOVER, place))


def _reader(directory: Path, findings: list[Finding]) -> ReadFile:
    """Reads plain files; what the system refuses, or no log is as long as, is a finding, once for each file."""
    refused: set[str] = set()

    def refuse(place: str, cause: Cause) -> None:
        if place not in refused:
            refused.add(place)
            findings.append(Finding(cause, place))

    def read(place: str) -> bytes | None:
        try:
            descriptor = os.open(
                directory / place, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            )
        except OSError:
            return None
        try:
            with os.fdopen(descriptor, "rb") as file:
                if os.fstat(descriptor).st_size <= most_bytes(place):
                    return file.read()
            refuse(place, Cause.WRONG_LENGTH)
        except (OSError, MemoryError):
            refuse(place, Cause.UNREADABLE)
        return None

    return read


def _read_beside(read: ReadFile, findings: list[Finding]) -> NoteVerifier | None:
    """Step 2: the key that lies beside the log."""
    data = read(VKEY)
    if data is None:
        findings.append(Finding(Cause.MISSING, VKEY))
        return None
    try:
        beside = NoteVerifier.from_vkey(data.decode().removesuffix("\n"))
    except (NoteError, UnicodeDecodeError):
        findings.append(Finding(Cause.BAD_KEY, VKEY))
        return None
    if f"{beside.vkey}\n".encode() != data:
        findings.append(Finding(Cause.BAD_KEY, VKEY))
    return beside


def _read_asked(vkey: str, findings: list[Finding]) -> NoteVerifier | None:
    """Step 2: the key to go by, where it was kept elsewhere."""
    try:
        return NoteVerifier.from_vkey(vkey.strip().partition("\n")[0].strip())
    except NoteError:
        findings.append(Finding(Cause.BAD_KEY, VKEY))
        return None


def _read_checkpoint(
    read: ReadFile, verifier: NoteVerifier | None, beside: NoteVerifier | None, findings: list[Finding]
) -> Checkpoint | None:
    """Step 2, what was signed: by the key to go by, and by the one beside the log. While the key changes these may be two."""
    data = read(CHECKPOINT)
    if data is None:
        findings.append(Finding(Cause.MISSING, CHECKPOINT))
        return None
    if verifier is None:
        return None
    checkpoint = None
    try:
        checkpoint = read_checkpoint(data, verifier)
        if beside is not None:
            read_checkpoint(data, beside)
    except NoteError:
        if beside is not None and beside.vkey != verifier.vkey:
            findings.append(Finding(Cause.BAD_KEY, VKEY))
        if checkpoint is None:
            findings.append(Finding(Cause.BAD_CHECKPOINT, CHECKPOINT))
    return checkpoint


def _read_anchor(
    anchor: bytes | None, verifier: NoteVerifier | None, vkey: str | None, findings: list[Finding]
) -> Checkpoint | None:
    """An anchor may be older than the log's key."""
    if anchor is None or verifier is None:
        return None
    try:
        before = [NoteVerifier.from_vkey(line) for line in (vkey or "").strip().split("\n")[1:]]
        return read_checkpoint(anchor, [verifier, *before])
    except NoteError:
        findings.append(Finding(Cause.BAD_ANCHOR, CHECKPOINT))
        return None


def _ahead(size: int, tiles: list[Tile]) -> list[Finding]:
    """Tiles that no log of this size has."""
    found = []
    for tile in tiles:
        shift = 8 * (tile.level or 0)
        if (tile.index * TILE_WIDTH + tile.width) << shift > size:
            found.append(Finding(Cause.AHEAD, tile.path))
    return found


def _read_minimum(size: int, read: ReadFile, findings: list[Finding]) -> tuple[Minimum, Announcement]:
    """From where on entries must be there: from the first one, unless the log itself announces another."""
    try:
        minimum = read_minimum(read)
    except CorruptionError:
        findings.append(Finding(Cause.BAD_MINIMUM, MINIMUM))
        return NOTHING_PRUNED, Announcement(0)
    said = announcement_of(minimum, size, read)
    if said is not None:
        return minimum, said
    findings.append(Finding(Cause.BAD_MINIMUM, MINIMUM, minimum.index))
    return NOTHING_PRUNED, Announcement(0)


def _read_base(directory: Path, said: Announcement, files: _Files, read: ReadFile) -> Base | None:
    """What stays of the oldest segments, if the log announces that they went. Any other base was never put in use."""
    base, findings = None, files.findings
    for first in files.bases:
        path = base_path(directory, first)
        place = f"{WAL}/{path.name}"
        if first != said.first:
            findings.append(Finding(Cause.LEFTOVER, place))
        else:
            try:
                base = Base(path, read(place) or b"")
            except CorruptionError:
                findings.append(Finding(Cause.BAD_BASE, place))
    if said.first and (base is None or base.digest != said.base):
        findings.append(Finding(Cause.BAD_BASE, base_path(directory, said.first).name, said.first))
        return None
    return base


def _check_wal(
    size: int, files: _Files, read: ReadFile, *, is_live: bool, base: Base | None = None
) -> WalCheck:
    """Step 4, with the space kept ready."""
    check = WalCheck(size, files.starts, read, is_live=is_live, base=base)
    check.run()
    for place in (f"{WAL}/{PREPARED}", RESERVE):
        check.findings += check_zeros(place, read)
    return check
