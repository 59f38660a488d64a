"""The four forms in which rows are written, and how the entries are found in them again.

The same rows are the same bytes: nothing of the machine, the time or the chance of a run goes into a file of rows.
"""

from __future__ import annotations

import io
from enum import StrEnum
from pathlib import Path

import polars as pl

from gateway.reporting.cells import escaped, neutralised, original, unescaped
from gateway.reporting.entry_frame import SCHEMA
from gateway.reporting.errors import NotAnExportError
from gateway.reporting.row_page import ROW, TAIL, head

TIME = "%Y-%m-%dT%H:%M:%SZ"
ROWS_IN_PARQUET_GROUP = 1 << 16
TEXTS = tuple(name for name, kind in SCHEMA.items() if kind == pl.String and name != "source")
"""Columns of texts that people get."""


class Encoding(StrEnum):
    """Forms of rows; the word is the file's extension too."""

    PARQUET = "parquet"
    CSV = "csv"
    JSONL = "jsonl"
    HTML = "html"

    @property
    def indices_in_file(self) -> int:
        """Over how many indices of the log one file goes: what a page can hold, or what a process does at a time."""
        return 1 << 12 if self is Encoding.HTML else 1 << 16


def write_rows(rows: pl.DataFrame, encoding: Encoding, path: Path) -> None:
    """Write an entry frame; nothing may be there yet."""
    with path.open("xb") as file:
        if encoding is Encoding.PARQUET:
            timed(rows).write_parquet(
                file, compression="zstd", compression_level=1, row_group_size=ROWS_IN_PARQUET_GROUP
            )
        elif encoding is Encoding.CSV:
            timed(rows).with_columns(map(neutralised, TEXTS)).write_csv(
                file, quote_style="always", datetime_format=TIME
            )
        elif encoding is Encoding.JSONL:
            line = pl.concat_str(pl.lit('{"index":'), "index", pl.lit(',"entry":'), "entry", pl.lit("}"))
            rows.select(line).write_csv(file, include_header=False, quote_style="never")
        else:
            _write_page(rows, file)


def read_entries(path: Path, encoding: Encoding) -> tuple[pl.Series, bytes]:
    """The indices and the entries (one a line) that a file of rows holds; nothing is compared.

    Raises:
        NotAnExportError: it is no such file.
    """
    try:
        found = _READERS[encoding](path).select(index=pl.col("index").cast(pl.Int64), entry="entry")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as exc:
        raise NotAnExportError("a file of rows cannot be read") from exc
    if found["index"].has_nulls() or found["entry"].has_nulls():
        raise NotAnExportError("a file of rows cannot be read")
    return found["index"], "\n".join(found["entry"]).encode()


def timed(rows: pl.DataFrame) -> pl.DataFrame:
    """The table as people get it: `time` instead of unix seconds, and the source among the details only."""
    time = pl.from_epoch("at", time_unit="s").dt.replace_time_zone("UTC").alias("time")
    return rows.select("index", time, pl.exclude("index", "at", "source"))


def _write_page(rows: pl.DataFrame, file: io.BufferedWriter) -> None:
    first, last = rows["index"][0], rows["index"][-1]
    shown = timed(rows).with_columns(pl.col("time").dt.strftime(TIME), *map(escaped, TEXTS))
    parts: list[pl.Expr | str] = []
    for before, name in ROW:
        parts += [pl.lit(before), name] if name else [pl.lit(before)]
    file.write(head(len(rows), first, last).encode())
    shown.select(pl.concat_str(parts)).write_csv(file, include_header=False, quote_style="never")
    file.write(TAIL.encode())


def _read_csv(path: Path) -> pl.DataFrame:
    return pl.read_csv(path, infer_schema=False, glob=False).with_columns(original("entry"))


def _read_lines(path: Path) -> pl.DataFrame:
    lines = pl.DataFrame({"line": path.read_text("utf-8").removesuffix("\n").split("\n")})
    return lines.select(
        index=pl.col("line").str.extract(r'^\{"index":(\d+),"entry":'),
        entry=pl.col("line").str.extract(r'^\{"index":\d+,"entry":(.*)\}$'),
    )


def _read_page(path: Path) -> pl.DataFrame:
    lines = pl.DataFrame({"line": path.read_text("utf-8").split("\n")})
    rows = lines.filter(pl.col("line").str.starts_with(ROW[0][0]))
    return rows.select(
        index=pl.col("line").str.extract(r"^<tr><th scope=\"row\">(\d+)</th>"),
        entry=pl.col("line").str.extract(r"<code>([^<]*)</code></td></tr>$"),
    ).with_columns(unescaped("entry"))


_READERS = {
    Encoding.PARQUET: lambda path: pl.read_parquet(path, columns=["index", "entry"], glob=False),
    Encoding.CSV: _read_csv,
    Encoding.JSONL: _read_lines,
    Encoding.HTML: _read_page,
}
