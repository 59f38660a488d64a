"""Takes a person's rows out of the parts of a file destination.

A part that has some is written anew beside its place, fsynced and renamed over it; one that has nothing else is removed. A crash
leaves each part as it was or as it should be; the repetition does the rest. What somebody copied elsewhere is not reached.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import polars as pl

from gateway.durable_files import create_file, put_in_place, sync_directory

_MARK = ".erasing"


def erase_from_parts(home: Path, names: Collection[str]) -> int:
    """Take rows out of every part below a purpose's directory.

    Args:
        home: the purpose's directory; it need not exist.
        names: the person's pseudonyms at this destination.

    Returns:
        How many parts were changed.

    Durable: all of it.

    Raises:
        OSError: a part could not be read or written; those before it are done.
    """
    for leftover in home.glob(f"day=*/.part-*{_MARK}"):
        leftover.unlink(missing_ok=True)
    changed = 0
    for suffix, rest_of in _RESTS.items():
        for part in sorted(home.glob(f"day=*/part-*{suffix}")):
            try:
                rest = rest_of(part, names)
            except (ValueError, KeyError, pl.exceptions.PolarsError):
                raise OSError("a part cannot be read") from None
            if rest is not None:
                _replace(part, rest)
                changed += 1
    return changed


def _rest_of_lines(part: Path, names: Collection[str]) -> bytes | None:
    """What is left of a file of JSON lines; None if nothing has to go."""
    lines = part.read_bytes().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["subject"] not in names]
    return None if len(kept) == len(lines) else b"".join(kept)


def _rest_of_table(part: Path, names: Collection[str]) -> bytes | None:
    """What is left of a Parquet file; None if nothing has to go."""
    table = pl.read_parquet(part.read_bytes(), hive_partitioning=False)
    kept = table.filter(~pl.col("subject").is_in(list(names)))
    if kept.height == table.height:
        return None
    written = io.BytesIO()
    if kept.height:
        kept.write_parquet(written, compression="zstd")
    return written.getvalue()


_RESTS: Mapping[str, Callable[[Path, Collection[str]], bytes | None]] = {
    ".ndjson": _rest_of_lines,
    ".parquet": _rest_of_table,
}


def _replace(part: Path, content: bytes) -> None:
    if content:
        staged = part.with_name(f".{part.name}{_MARK}")
        staged.unlink(missing_ok=True)
        create_file(staged, content)
        put_in_place(staged, part)
    else:
        part.unlink()
        sync_directory(part.parent)
