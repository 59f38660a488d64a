"""The proofs that go with an export: its range has the root that was signed, and its manifest is an entry of the log."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from audit import (
    Checkpoint,
    CorruptionError,
    LogUnavailableError,
    Minimum,
    NoteVerifier,
    Piece,
    Surroundings,
    build_proof,
    entry_at,
    read_announced,
    read_checkpoint,
    reader_of,
    root_around,
    subtree_from,
    surround,
)
from gateway.reporting.anchoring import CONSISTENCY, prove_continued
from gateway.reporting.disclosure import show
from gateway.reporting.manifest import ENTRY, POPULATION, PROOF
from gateway.reporting.neighbours import NEIGHBOURS, encode_neighbours
from gateway.reporting.population_file import encode_population
from gateway.reporting.query import Query

PUBLISHED_SECONDS = 30.0
"""How long to wait until the log has published the manifest's entry."""
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class ExportRange:
    """What part of the log an export is about."""

    checkpoint: Checkpoint
    """The log when the export was begun."""
    first: int
    """The first index of the range."""
    until: int
    """The index behind the last one."""
    query: Query
    """What was selected of it."""
    made_at: int
    """When the export was made (unix seconds)."""
    anchor: Checkpoint | None = None
    """An older checkpoint that the log must be shown to continue."""
    earlier_requests: tuple[tuple[int, str], ...] = ()
    """Time and details of the `rights` entries before the range that are published still, for a report."""
    pruned: Minimum | None = None
    """If the range begins where older entries were pruned, which may have been asked for: from where on there are entries."""


def refuse_another_log(log: Path, range_: ExportRange, pieces: list[Piece]) -> None:
    """Refuse to sign for what is not what was signed before."""
    size = range_.checkpoint.size
    around = surround(range_.first, range_.until, size, subtree_from(size, reader_of(log)))
    if root_around(range_.first, range_.until, size, around, pieces) != range_.checkpoint.root:
        raise CorruptionError("the entries are not those that were signed: run volens audit verify")


def prove(
    log: Path, verifier: NoteVerifier, index: int, range_: ExportRange, pieces: list[Piece], out: Path
) -> None:
    """Write the proofs of the manifest's entry and of the range, under one checkpoint."""
    deadline = time.monotonic() + PUBLISHED_SECONDS
    while True:
        note = (log / "checkpoint").read_bytes()
        checkpoint = read_checkpoint(note, verifier)
        if checkpoint.size > index:
            try:
                entry, proof, around = _proofs(log, verifier, index, note, range_)
                beside = _beside(log, verifier, note, range_)
                break
            except CorruptionError:  # a newer checkpoint may have replaced the partial tiles of this one
                if time.monotonic() > deadline:
                    raise
        if time.monotonic() > deadline:
            raise LogUnavailableError("the log has not published the export's entry")
        time.sleep(_LOOK_SECONDS)
    if root_around(range_.first, range_.until, checkpoint.size, around, pieces) != checkpoint.root:
        raise CorruptionError("the log is not the one that the export was begun with")
    (out / ENTRY).write_bytes(entry)
    (out / PROOF).write_bytes(proof)
    (out / POPULATION).write_bytes(encode_population(range_.first, range_.until, around))
    if beside is not None:
        (out / NEIGHBOURS).write_bytes(beside)
    if range_.anchor is not None and range_.anchor.size:
        (out / CONSISTENCY).write_bytes(prove_continued(log, range_.anchor, checkpoint.size))


def _proofs(
    log: Path, verifier: NoteVerifier, index: int, note: bytes, range_: ExportRange
) -> tuple[bytes, bytes, Surroundings]:
    read = reader_of(log)
    size = read_checkpoint(note, verifier).size
    around = surround(range_.first, range_.until, size, subtree_from(size, read))
    return entry_at(index, size, read), build_proof(index, note, verifier, read), around


def _beside(log: Path, verifier: NoteVerifier, note: bytes, range_: ExportRange) -> bytes | None:
    bounds = (read_announced(log).index, range_.checkpoint.size)
    return encode_neighbours(
        range_.query,
        range_.first,
        range_.until,
        bounds,
        lambda place: show(place, note, verifier, log),
    )
