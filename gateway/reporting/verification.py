"""Verifying an export offline: with the files that were handed out, and the log's key. Nothing in it is changed.

1. every file there is on the list, and every file on the list is there, byte for byte;
2. manifest -> digest -> entry -> leaf -> root -> signature of the log: the log says that this was handed out;
3. every row is selected by the question, and its cells follow from its entry;
4. rows and hidden hashes, with what lies around them, have the root of that same checkpoint: the population is whole;
5. with an anchor, a checkpoint kept from earlier: the log is the one of then (`anchoring`);
6. what was disclosed of the hidden entries stands where it says, and was rightly not selected.
"""

from __future__ import annotations

import hashlib
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import polars as pl

from audit import (
    AuditError,
    Checkpoint,
    NoteVerifier,
    Piece,
    ProofError,
    Surroundings,
    hash_leaf,
    root_around,
)
from gateway.reporting.anchoring import CONSISTENCY, continues, cut_at, held_to
from gateway.reporting.encodings import Encoding, read_entries, write_rows
from gateway.reporting.entry_frame import framed
from gateway.reporting.errors import NotAnExportError
from gateway.reporting.faults import Fault
from gateway.reporting.handed_out import check_said, keys_to_go_by, read_kept
from gateway.reporting.manifest import (
    ENTRY,
    KEY,
    MANIFEST,
    MAX_MANIFEST_BYTES,
    POPULATION,
    PROOF,
    SUMS,
    ExportedFile,
    decode_manifest,
    hidden_name,
    rows_name,
)
from gateway.reporting.neighbours import NEIGHBOURS, check_neighbours
from gateway.reporting.population_file import decode_population
from gateway.reporting.tallies import tally_of
from gateway.reporting.verified import Verified, read_plain

HASH_BYTES = 32
_UNREADABLE = frozenset({Fault.MISSING, Fault.NOT_A_FILE, Fault.CHANGED})


def verify_export(
    path: Path, *, keys: Sequence[NoteVerifier] = (), wanted: Iterable[int] = (), anchor: bytes | None = None
) -> Verified:
    """Verify the export in a directory.

    Args:
        path: the directory.
        keys: of the log, as they were kept elsewhere; one of them must have signed. By default the one that lies in the
            export, which whoever made up the export may have made up too.
        wanted: indices of hidden entries whose leaf hashes the caller will compare with something.
        anchor: a signed checkpoint of the log that was kept from earlier.

    Raises:
        NotAnExportError: so little is left that nothing can be said.
    """
    data = read_plain(path / MANIFEST, MAX_MANIFEST_BYTES)
    if data is None:
        raise NotAnExportError("the export has no manifest, or one beyond the limit")
    verified = Verified(decode_manifest(data))
    _check_files(path, verified)
    believed = keys_to_go_by(path, tuple(keys), verified)
    check_said(path, data, believed, verified)
    check_neighbours(path, believed, verified)
    kept = read_kept(anchor, believed, verified)
    if any(each.cause in _UNREADABLE for each in verified.findings):
        return verified  # what was cut off or altered is not taken apart
    cut = None if kept is None else kept.size
    pieces = list(_check_rows(path, verified, frozenset(wanted), cut))
    around = _check_population(path, pieces, verified)
    if kept is not None and around is not None:
        _check_anchor(path, kept, around, pieces, verified)
    return verified


def _check_files(path: Path, verified: Verified) -> None:
    """Step 1: the files are those that the manifest names."""
    known = {file.name: file for file in verified.manifest.files}
    proving = {MANIFEST, POPULATION, ENTRY, PROOF, KEY}
    may_be_there = {*proving, CONSISTENCY, NEIGHBOURS, SUMS}
    seen = set()
    for found in sorted(path.rglob("*")):
        name, mode = found.relative_to(path).as_posix(), found.lstat().st_mode
        if stat.S_ISDIR(mode):
            continue
        seen.add(name)
        if not stat.S_ISREG(mode):
            verified.find(Fault.NOT_A_FILE, name)
        elif name in known:
            if not _is_same(found, known[name]):
                verified.find(Fault.CHANGED, name)
        elif name not in may_be_there:
            verified.find(Fault.UNKNOWN_FILE, name)
    for name in sorted({*known, *proving} - seen):
        verified.find(Fault.MISSING, name)


def _is_same(path: Path, file: ExportedFile) -> bool:
    if path.stat().st_size != file.size:
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == file.sha256


def _check_rows(path: Path, verified: Verified, wanted: frozenset[int], cut: int | None) -> Iterator[Piece]:
    """Step 3, and the pieces of the range for step 4, none of which reaches over `cut`."""
    files = {file.name: file for file in verified.manifest.files}
    step = verified.manifest.encoding.indices_in_file
    first, until = verified.manifest.first, verified.manifest.until
    for begin in range(first // step * step, until, step):
        part = range(max(begin, first), min(begin + step, until))
        rows = files.get(rows_name(part.start, verified.manifest.encoding))
        leaves = _row_leaves(path, rows, part, verified)
        hidden = _hidden_leaves(path, files.get(hidden_name(part.start)), verified)
        if len(leaves) + len(hidden) != len(part):
            verified.find(Fault.BAD_ROWS, f"entries from {part.start} on")
            return
        left = iter(hidden)
        every = []
        for index in part:
            leaf = leaves.get(index)
            if leaf is None:
                leaf = next(left, b"")
                if index in wanted:
                    verified.hidden[index] = leaf
            every.append(leaf)
        yield from cut_at(part.start, every, cut)


def _row_leaves(path: Path, file: ExportedFile | None, part: range, verified: Verified) -> dict[int, bytes]:
    if file is None:
        return {}
    try:
        indices, lines = read_entries(path / file.name, verified.manifest.encoding)
        frame = framed(indices, lines)
    except (OSError, NotAnExportError, AuditError):
        verified.find(Fault.BAD_ROWS, file.name)
        return {}
    if len(frame) != file.count or not _ascend_within(indices, part):
        verified.find(Fault.BAD_ROWS, file.name)
        return {}
    if len(verified.manifest.query.select(frame)) != len(frame):
        verified.find(Fault.NOT_SELECTED, file.name)
    if not _follow(frame, path / file.name, verified.manifest.encoding):
        verified.find(Fault.CELLS, file.name)
    if not verified.manifest.hidden:
        verified.tallies.append(tally_of(frame))
    return dict(zip(indices, map(hash_leaf, lines.split(b"\n")), strict=True))


def _ascend_within(indices: pl.Series, part: range) -> bool:
    return (
        bool((indices.diff().drop_nulls() > 0).all()) and indices[0] >= part.start and indices[-1] < part.stop
    )


def _follow(frame: pl.DataFrame, path: Path, encoding: Encoding) -> bool:
    """Whether a file of rows is what is written of its entries: every cell, byte for byte; in Parquet, every value."""
    with tempfile.TemporaryDirectory() as scratch:
        again = Path(scratch) / "again"
        write_rows(frame, encoding, again)
        if encoding is Encoding.PARQUET:
            return pl.read_parquet(again).equals(pl.read_parquet(path, glob=False), null_equal=True)
        return again.read_bytes() == path.read_bytes()


def _hidden_leaves(path: Path, file: ExportedFile | None, verified: Verified) -> list[bytes]:
    data = b"" if file is None else read_plain(path / file.name, file.count * HASH_BYTES)
    if file is not None and (data is None or len(data) != file.count * HASH_BYTES):
        verified.find(Fault.BAD_ROWS, file.name)
        return []
    return [(data or b"")[at : at + HASH_BYTES] for at in range(0, len(data or b""), HASH_BYTES)]


def _check_population(path: Path, pieces: list[Piece], verified: Verified) -> Surroundings | None:
    """Step 4; what lies around the range, if all of it is whole."""
    data, checkpoint = read_plain(path / POPULATION), verified.checkpoint
    if data is None or checkpoint is None:
        return None  # missing, or nothing to compare with
    first, until = verified.manifest.first, verified.manifest.until
    try:
        said_first, said_until, around = decode_population(data)
        root = root_around(first, until, checkpoint.size, around, pieces)
    except (ProofError, NotAnExportError):
        verified.find(Fault.BAD_POPULATION, POPULATION)
        return None
    if (said_first, said_until) != (first, until):
        verified.find(Fault.BAD_POPULATION, POPULATION)
        return None
    if root != checkpoint.root:
        verified.find(Fault.NOT_WHOLE, f"entries {first} to {until - 1}")
        return None
    if until == verified.manifest.log_size:
        verified.root = root_around(first, until, until, Surroundings(around.left, ()), pieces)
    return around


def _check_anchor(
    path: Path, kept: Checkpoint, around: Surroundings, pieces: list[Piece], verified: Verified
) -> None:
    """Step 5: the log continues the anchor."""
    newest, manifest = verified.checkpoint, verified.manifest
    if newest is None:
        return  # nothing to compare with
    fault = held_to(kept, newest, (manifest.first, manifest.until), around.left, pieces)
    brought = read_plain(path / CONSISTENCY)
    if fault is Fault.NOT_ANCHORED and brought is not None:
        fault = continues(brought, kept, newest)
    if fault is not None:
        verified.find(fault, f"size {kept.size}")
