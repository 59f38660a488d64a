"""Parts of a file destination: staged beside their place, then renamed into it.

Steps, and what a crash leaves: (1) staged and fsynced under a hidden name: a leftover, removed at the next start; (2)
renamed: complete, and replaced by the redelivery; (3) directory fsynced: complete and durable.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import polars as pl

from gateway.durable_files import put_in_place, sync_directory
from gateway.routing.formats import Row, row_json

_SCHEMA = pl.Schema(
    [
        ("id", pl.String()),
        ("subject", pl.String()),
        ("event", pl.String()),
        ("at", pl.Datetime("ms", "UTC")),
        ("attributes", pl.String()),
        ("purpose_version", pl.Int32()),
    ]
)


@dataclass(frozen=True, slots=True)
class PartFormat:
    """A file format."""

    suffix: str
    """The file's suffix, with the dot."""
    write: Callable[[Sequence[Row], BinaryIO], None]
    """Writes rows to an open file."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file on its way."""

    staged: Path
    """Where it was written."""
    place: Path
    """Where it belongs."""


def _write_ndjson(rows: Sequence[Row], file: BinaryIO) -> None:
    file.writelines(row_json(row) + b"\n" for row in rows)


def _write_parquet(rows: Sequence[Row], file: BinaryIO) -> None:
    columns = {
        "id": [row.id for row in rows],
        "subject": [row.subject for row in rows],
        "event": [row.event for row in rows],
        "at": [row.at for row in rows],
        "attributes": [row.attributes.decode() for row in rows],
        "purpose_version": [row.purpose_version for row in rows],
    }
    pl.DataFrame(columns, schema=_SCHEMA).write_parquet(file, compression="zstd")


NDJSON = PartFormat(".ndjson", _write_ndjson)
"""One JSON object per line."""
PARQUET = PartFormat(".parquet", _write_parquet)
"""One table per part; the attributes are a JSON string, so that every part has the same schema."""


def stage(home: Path, name: str, days: Mapping[str, Sequence[Row]], part_format: PartFormat) -> list[Part]:
    """Write and fsync one part per day, beside its place.

    Args:
        home: the purpose's directory.
        name: the batch's name.
        days: rows by day (`YYYY-MM-DD`).
        part_format: how to write them.

    Raises:
        OSError: the disk is full or the directory cannot be written; nothing staged is left.
    """
    parts: list[Part] = []
    try:
        for day, rows in days.items():
            directory = home / f"day={day}"
            _make_directory(directory)
            place = directory / f"part-{name}{part_format.suffix}"
            part = Part(place.with_name(f".{place.name}.staged"), place)
            parts.append(part)
            descriptor = os.open(part.staged, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                part_format.write(rows, file)
                file.flush()
                os.fsync(file.fileno())
    except BaseException:
        discard(parts)
        raise
    return parts


def publish(parts: Sequence[Part]) -> None:
    """Rename parts into their places and make the names durable.

    Raises:
        OSError: a rename failed; parts already in place are replaced by the repetition.
    """
    for part in parts:
        put_in_place(part.staged, part.place)


def discard(parts: Sequence[Part]) -> None:
    """Remove parts that were staged and not published."""
    for part in parts:
        part.staged.unlink(missing_ok=True)


def take_back(parts: Sequence[Part]) -> None:
    """Remove parts that were published just now."""
    for part in parts:
        part.place.unlink(missing_ok=True)
        sync_directory(part.place.parent)


def remove_leftovers(home: Path) -> None:
    """Remove what a crash left staged."""
    for leftover in home.glob("day=*/.part-*.staged"):
        leftover.unlink(missing_ok=True)


def _make_directory(path: Path) -> None:
    """Make a directory and its missing parents, durably, for the owner only."""
    if path.is_dir():
        return
    _make_directory(path.parent)
    path.mkdir(mode=0o700, exist_ok=True)
    sync_directory(path.parent)
