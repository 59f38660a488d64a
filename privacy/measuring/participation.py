"""Whoever counted in as many releases of a day as they may counts in no further one.

Whether somebody may count follows from their own earlier releases alone, so taking one person away changes nobody else's part.
The names stay when the rows of the same person go: whoever leaves and comes back the same day does not begin anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import polars as pl

from privacy.releases.participation import ParticipationLimit

NAMES_SCHEMA: Final = {"person": pl.Int64()}


def left_out(limits: Iterable[ParticipationLimit]) -> pl.LazyFrame | None:
    """The names of those who count no more, some of them twice; None where there can be none."""
    full = [
        pl.concat([pl.scan_parquet(path, schema=NAMES_SCHEMA) for path in limit.files])
        .group_by("person")
        .len()
        .filter(pl.col("len") >= limit.most)
        .select("person")
        for limit in limits
        if len(limit.files) >= limit.most
    ]
    return pl.concat(full) if full else None


def without(rows: pl.LazyFrame, gone: pl.LazyFrame | None) -> pl.LazyFrame:
    """The rows of everybody else."""
    return rows if gone is None else rows.join(gone, on="person", how="anti")


def names_in(table: Path, *, beside: Path) -> pl.LazyFrame:
    """Who stands in a table of rows, and who is kept in `beside` already, if it is there; everybody once."""
    frames = [pl.scan_parquet(table).select("person")]
    if beside.exists():
        frames.append(pl.scan_parquet(beside, schema=NAMES_SCHEMA))
    return pl.concat(frames).unique()
