"""Parquet files, read in slices through Polars so that memory stays bounded. Every cell comes out as text."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.exceptions import PolarsError

from gateway.replay.errors import RecordingError

SLICE_ROWS = 50_000
"""Rows in memory at a time."""


class ParquetTable:
    """The rows of one Parquet file."""

    def __init__(self, path: Path) -> None:
        """Read the schema.

        Raises:
            RecordingError: not a readable Parquet file.
        """
        try:
            self._frame = pl.scan_parquet(path)
            self._schema = self._frame.collect_schema()
        except (PolarsError, OSError) as exc:
            raise RecordingError("the file is not a readable Parquet file") from exc
        self.header: list[str] = self._schema.names()
        """The column names."""

    def rows(self, columns: list[str]) -> Iterator[tuple[int, tuple[str | None, ...]]]:
        """Yield every row's number (from 1) and the cells of `columns` as text.

        Raises:
            RecordingError: the data is damaged, or a column holds neither text, numbers nor times.
        """
        texts = self._frame.select([_as_text(name, self._schema[name]) for name in columns])
        start = 0
        while True:
            try:
                part = texts.slice(start, SLICE_ROWS).collect()
            except (PolarsError, OSError) as exc:
                raise RecordingError(
                    "the Parquet file is damaged or a named column holds no plain values"
                ) from exc
            yield from enumerate(part.iter_rows(), start + 1)
            start += part.height
            if part.height < SLICE_ROWS:
                return


def _as_text(name: str, kind: pl.DataType) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        utc = column.dt.convert_time_zone("UTC").dt.replace_time_zone(None) if kind.time_zone else column
        return utc.dt.to_string("%Y-%m-%dT%H:%M:%S%.3f")
    return column.cast(pl.String)
