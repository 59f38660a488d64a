"""An export held to an anchor: a checkpoint of the log that whoever is handed the export kept from earlier.

What was cut off or written anew before the export was made shows only there. An anchor inside the range (or at the end of the
log) needs nothing more than the export itself; for any other, the export brings the proof that the log continues it, if it was
made with that anchor:

    consistency.json    {"format", "new", "old", "hashes"}: the proof of RFC 6962 section 2.1.2 between two sizes
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from audit import (
    Checkpoint,
    CorruptionError,
    NoteError,
    NoteVerifier,
    Piece,
    ProofError,
    Surroundings,
    build_consistency,
    pieces_of,
    read_checkpoint,
    reader_of,
    root_around,
    root_from,
    verify_consistency,
)
from gateway.reporting.errors import ExportError, NotAnExportError
from gateway.reporting.faults import Fault

CONSISTENCY = "consistency.json"
FORMAT = "volens-consistency/v1"
_Size = Annotated[int, msgspec.Meta(ge=1, le=2**53 - 1)]
_Hash = Annotated[str, msgspec.Meta(min_length=44, max_length=44)]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    old: _Size
    new: _Size
    hashes: Annotated[tuple[_Hash, ...], msgspec.Meta(max_length=128)]
    format: str = FORMAT


_decoder = msgspec.json.Decoder(_File)
_encoder = msgspec.json.Encoder(order="sorted")


def read_anchor(anchor: bytes, log: Path, size: int, keys: Sequence[NoteVerifier]) -> Checkpoint:
    """The checkpoint that somebody kept, if the log at hand continues it.

    Args:
        anchor: a signed note.
        log: the directory of the log.
        size: how many of its entries count as published.
        keys: that it has or had; one of them signed the anchor.

    Raises:
        ExportError: it is no checkpoint of this log.
        CorruptionError: the log has another history, or has become shorter.
    """
    try:
        kept = read_checkpoint(anchor, keys)
    except NoteError:
        raise ExportError("the anchor is not a checkpoint of this log under any of its keys") from None
    if kept.size > size:
        raise CorruptionError("the log is shorter than the anchor: it was restored from an older copy")
    if root_from(kept.size, size, reader_of(log)) != kept.root:
        raise CorruptionError("the log has another history than the anchor")
    return kept


def prove_continued(log: Path, kept: Checkpoint, size: int) -> bytes:
    """The proof file that the log of `size` entries continues a checkpoint of at least one entry.

    Raises:
        CorruptionError: a tile is missing, or has the wrong length.
    """
    hashes = [] if kept.size == size else build_consistency(kept.size, size, size, reader_of(log))
    texts = tuple(base64.b64encode(each).decode() for each in hashes)
    return _encoder.encode(_File(old=kept.size, new=size, hashes=texts))


def cut_at(first: int, leaves: Sequence[bytes], cut: int | None) -> Iterator[Piece]:
    """The subtrees over leaf hashes from `first` on, none of which reaches over the index `cut`."""
    at = 0 if cut is None else min(max(0, cut - first), len(leaves))
    yield from pieces_of(first, leaves[:at])
    yield from pieces_of(first + at, leaves[at:])


def held_to(
    kept: Checkpoint,
    newest: Checkpoint,
    range_: tuple[int, int],
    left: Sequence[bytes],
    pieces: Iterable[Piece],
) -> Fault | None:
    """Hold an export to an anchor in its range, or at the end of the log; None if it is the anchor's log.

    Args:
        kept: the anchor.
        newest: the checkpoint that the export is proven by.
        range_: its first index, and the one behind the last.
        left: the subtrees before the range, from left to right.
        pieces: the subtrees in it, none of which reaches over the anchor's size.
    """
    first, until = range_
    if kept.size == newest.size:
        return None if kept.root == newest.root else Fault.FORKED
    if not first <= kept.size <= until:
        return Fault.NOT_ANCHORED
    within, at = [], first
    for level, part in pieces:
        at += 1 << level
        if at > kept.size:
            break
        within.append((level, part))
    try:
        root = root_around(first, kept.size, kept.size, Surroundings(tuple(left), ()), within)
    except ProofError:
        return Fault.NOT_WHOLE
    return None if root == kept.root else Fault.FORKED


def continues(data: bytes, kept: Checkpoint, newest: Checkpoint) -> Fault | None:
    """Hold an export to an anchor by the proof that it brings; None if it is the anchor's log.

    Raises:
        NotAnExportError: the proof cannot be read.
    """
    try:
        found = _decoder.decode(data)
        hashes = [base64.b64decode(each, validate=True) for each in found.hashes]
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as exc:
        raise NotAnExportError("consistency.json cannot be read") from exc
    if found.format != FORMAT or (found.old, found.new) != (kept.size, newest.size):
        return Fault.NOT_ANCHORED
    is_continued = verify_consistency(kept.size, newest.size, kept.root, newest.root, hashes)
    return None if is_continued else Fault.FORKED
