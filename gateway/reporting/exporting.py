"""An export, from the log's public files to a directory that can be handed out. Reads no record and opens nothing sealed.

Order, each step of which may refuse:

    1. the checkpoint, and which range of the log the query is about;
    2. the parts, by as many processes as there is work for; with their surroundings they must have the root that was signed;
    3. the report, and the manifest over all of it;
    4. the manifest's digest goes into the log, so that the log says what was handed out, and proves it;
    5. once that is published: the proof of that entry, and of the range, under one checkpoint.

What is not finished has another name, and is removed when it fails.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from msgspec import UNSET

from audit import (
    Checkpoint,
    NoteVerifier,
    published_entries,
    read_announced,
    read_checkpoint,
)
from gateway.reporting.anchoring import read_anchor
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError, NoSuchPurposeError, NoSuchRangeError, OutputExistsError
from gateway.reporting.manifest import (
    HIDDEN,
    KEY,
    MANIFEST,
    ROWS,
    SUMS,
    ExportedFile,
    Manifest,
    Pruned,
    encode_manifest,
    entry_details,
)
from gateway.reporting.parts import ExportPart, PartDone, bounds_in_time, described, export_part, requests_in
from gateway.reporting.proving import ExportRange, prove, refuse_another_log
from gateway.reporting.query import Query
from gateway.reporting.tallies import RangeCounts, added

Detail = Mapping[str, str | int]
Progress = Callable[[int, int], None]
"""Called with how many entries of the range are done, and how many there are."""


class WriteReport(Protocol):
    """Writes a report of the range into the export; the names of the files it made."""

    def __call__(self, tally: RangeCounts, range_: ExportRange, out: Path, /) -> Iterable[str]:
        """Write the report, piece by piece."""


@dataclass(frozen=True, slots=True)
class Order:
    """An export that is to be made."""

    log: Path
    """The directory of the log."""
    out: Path
    """Where to; nothing may be there."""
    query: Query
    """What to select."""
    encoding: Encoding
    """How to write it."""
    made_at: int
    """When it was asked for (unix seconds)."""
    program: str
    """Name and version of what makes it."""
    processes: int = 2
    """How many work at it, where there is enough to do."""
    places: tuple[int, ...] | None = None
    """Where the entries of the one person are whom the query asks for, ascending; None if and only if it asks for nobody."""
    anchor: bytes | None = None
    """A checkpoint of this log that somebody keeps: the export is to prove that the log contains what it had then."""
    known_purposes: frozenset[str] | None = None
    """Codes of the policy's purposes: of another one there must be an entry in the range. None to ask for any."""
    other_keys: tuple[NoteVerifier, ...] = ()
    """Keys that the log had before the one in use, or has beside it: an anchor may be signed by one of them alone."""


def make_export(
    order: Order,
    record: Callable[[Detail], int],
    write_report: WriteReport | None = None,
    progress: Progress | None = None,
) -> Manifest:
    """Make an export.

    Args:
        order: what.
        record: puts an `export` entry with these details into the log, and returns its index once it is durable.
        write_report: beside the rows.
        progress: for a person who waits.

    Raises:
        ExportError: what is asked for makes no sense, or is not there.
        AuditError: the log's files do not agree with what was signed, or the log cannot take the entry.
    """
    order.query.check()
    if order.query.is_of_one_person is (order.places is None):
        raise ExportError("an export of one person needs to know which entries are theirs")
    verifier = NoteVerifier.from_vkey((order.log / KEY).read_text().strip())
    if not (order.log / "checkpoint").exists():
        raise ExportError(
            "the log has no checkpoint yet: the first one comes within seconds of the first entry"
        )
    checkpoint = read_checkpoint((order.log / "checkpoint").read_bytes(), verifier)
    anchor, keys = None, [verifier, *order.other_keys]
    if order.anchor is not None:
        anchor = read_anchor(order.anchor, order.log, checkpoint.size, keys)
    with _unfinished(order.out) as out, _workers(order, checkpoint.size) as run:
        range_ = replace(_find_range(order, checkpoint, out, run), anchor=anchor)
        done = _export_parts(order, range_, out, run, progress)
        pieces = [piece for part in done for piece in part.pieces]
        refuse_another_log(order.log, range_, pieces)
        files, tally = [file for part in done for file in part.files], added(part.tally for part in done)
        _refuse_unknown_purposes(order, tally)
        if write_report is not None:
            names = write_report(tally, _told_before(order, range_, out, run), out)
            files += [described(out / name, out, 0) for name in names]
        manifest = _manifest(order, range_, sum(part.rows for part in done), files)
        data = encode_manifest(manifest)
        (out / MANIFEST).write_bytes(data)
        index = record(entry_details(manifest, data))
        prove(order.log, verifier, index, range_, pieces, out)
        (out / KEY).write_text(verifier.vkey + "\n")
        _write_sums(out)
    return manifest


@contextmanager
def _unfinished(out: Path) -> Iterator[Path]:
    """A directory that gets its name when the block ends well, and is removed if it does not."""
    if out.exists() or out.is_symlink():
        raise OutputExistsError
    unfinished = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    try:
        for path in (unfinished / ROWS, unfinished / HIDDEN):
            path.mkdir(0o700)
        yield unfinished
        unfinished.rename(out)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


Run = Callable[[Callable[[ExportPart], object], list[ExportPart]], Iterator[object]]


@contextmanager
def _workers(order: Order, size: int) -> Iterator[Run]:
    """Something that does parts, in order; in processes of its own if that is worth their start."""
    if size <= 2 * order.encoding.indices_in_file or order.processes < 2:
        yield map
        return
    context = multiprocessing.get_context("spawn")
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"  # a process for each core already
    try:
        with ProcessPoolExecutor(order.processes, mp_context=context) as pool:
            yield pool.map
    finally:
        os.environ.pop("POLARS_MAX_THREADS")
        if before is not None:
            os.environ["POLARS_MAX_THREADS"] = before


def _find_range(order: Order, checkpoint: Checkpoint, out: Path, run: Run) -> ExportRange:
    """The smallest range with every entry of the time asked for; all that is published where no time is."""
    until = checkpoint.size
    first = next((index for index, _ in published_entries(order.log)), until)
    if order.query.has_times:
        parts = _parts(order, ExportRange(checkpoint, first, until, order.query, order.made_at), out)
        bounds = [found for found in run(bounds_in_time, parts) if isinstance(found, tuple)]
        first, until = (bounds[0][0], bounds[-1][1] + 1) if bounds else (0, 0)
    if first >= until:
        raise _no_range(order.log)
    return ExportRange(checkpoint, first, until, order.query, order.made_at)


def _refuse_unknown_purposes(order: Order, tally: RangeCounts) -> None:
    """A purpose of an older policy may be asked for; one that is written wrong is not answered with nothing."""
    if order.known_purposes is not None:
        seen = {code for said in tally.counts["purposes"].unique() for code in said.split(" ")}
        if not set(order.query.purposes) <= seen | order.known_purposes:
            raise NoSuchPurposeError


def _no_range(log: Path) -> NoSuchRangeError:
    kept = read_announced(log)
    if not kept.index:
        return NoSuchRangeError()
    return NoSuchRangeError(
        f"the log has no entry in this range now: those below {kept.index} were pruned, as entry {kept.announced} says"
    )


def _told_before(order: Order, range_: ExportRange, out: Path, run: Run) -> ExportRange:
    """The range with what a report needs to know of the entries before it: its requests, and what was pruned."""
    kept = read_announced(order.log)
    if kept.index >= range_.first:
        return replace(range_, pruned=kept if kept.index else None)
    parts = _parts(order, replace(range_, first=kept.index, until=range_.first), out)
    found = [fact for facts in run(requests_in, parts) if isinstance(facts, list) for fact in facts]
    return replace(range_, earlier_requests=tuple(found))


def _parts(order: Order, range_: ExportRange, out: Path) -> list[ExportPart]:
    step = order.encoding.indices_in_file
    begins = range(range_.first // step * step, range_.until, step)
    return [
        ExportPart(
            order.log,
            range_.checkpoint.size,
            max(begin, range_.first),
            min(begin + step, range_.until),
            order.query,
            order.encoding,
            out,
            _within(order.places, begin, begin + step),
        )
        for begin in begins
    ]


def _within(places: tuple[int, ...] | None, begin: int, end: int) -> tuple[int, ...] | None:
    return None if places is None else places[bisect_left(places, begin) : bisect_left(places, end)]


def _export_parts(
    order: Order, range_: ExportRange, out: Path, run: Run, progress: Progress | None
) -> list[PartDone]:
    parts = _parts(order, range_, out)
    done: list[PartDone] = []
    for part, result in zip(parts, run(export_part, parts), strict=True):
        if isinstance(result, PartDone):
            done.append(result)
        if progress is not None:
            progress(part.until - range_.first, range_.until - range_.first)
    return done


def _manifest(order: Order, range_: ExportRange, rows: int, files: list[ExportedFile]) -> Manifest:
    kept = read_announced(order.log)
    return Manifest(
        log=range_.checkpoint.origin,
        log_size=range_.checkpoint.size,
        first=range_.first,
        until=range_.until,
        query=order.query,
        encoding=order.encoding,
        rows=rows,
        hidden=range_.until - range_.first - rows,
        files=tuple(sorted(files, key=lambda file: file.name)),
        made_at=order.made_at,
        program=order.program,
        pruned=Pruned(minimum=kept.index, announced=kept.announced) if kept.index else UNSET,
    )


def _write_sums(out: Path) -> None:
    """For `sha256sum -c`: a courtesy, which nothing rests on."""
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*") if path.is_file())
    lines = [f"{described(out / name, out, 0).sha256}  {name}\n" for name in names]
    (out / SUMS).write_text("".join(lines))
    for directory in (ROWS, HIDDEN):
        if not any((out / directory).iterdir()):
            (out / directory).rmdir()
