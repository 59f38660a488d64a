"""Publications as a table for others: one line a number. Numbers that are hidden are empty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import polars as pl

from gateway.reporting.cells import neutralised

SCHEMA = {
    "release": pl.String(),
    "version": pl.Int64(),
    "window": pl.String(),
    "key": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "rho": pl.Float64(),
}
"""The columns of the exported table."""


def table_of(publications: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    """Every number of every publication, in their order."""
    lines = [
        (
            body["release"],
            body["version"],
            body["window"],
            each["key"],
            each["value"],
            each["low"],
            each["high"],
            body["rho"],
        )
        for body in publications
        for each in body["figures"]
    ]
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


def csv_of(publications: Iterable[Mapping[str, Any]]) -> str:
    """The table as CSV (RFC 4180). What a spreadsheet would take for a formula begins with an apostrophe (`neutralised`)."""
    return table_of(publications).with_columns(neutralised("key")).write_csv(line_terminator="\r\n")


def export_publications(publications: Iterable[Mapping[str, Any]], target: Path) -> int:
    """Write the table to a file: Parquet if its name says so, else CSV. Returns how many numbers there are.

    Raises:
        OSError: it cannot be written.
    """
    listed = list(publications)
    if target.suffix == ".parquet":
        table_of(listed).write_parquet(target)
    else:
        target.write_text(csv_of(listed), newline="")
    return table_of(listed).height
