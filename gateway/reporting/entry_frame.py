"""Entries as a table: a column for each member that people ask by, beside the entry itself, byte for byte.

Everything but the index follows from the entry, so whoever verifies a table derives it again and compares.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from audit import CorruptionError

SCHEMA = {
    "index": pl.Int64,
    "at": pl.Int64,
    "kind": pl.String,
    "outcome": pl.String,
    "purposes": pl.String,
    "policy": pl.String,
    "model": pl.String,
    "source": pl.String,
    "withheld": pl.String,
    "details": pl.String,
    "entry": pl.String,
}
"""`at` in unix seconds; purposes between spaces; `withheld` and `details` are JSON; what an entry does not have is empty."""

_WIRE: dict[str, pl.DataType | type[pl.DataType]] = {
    "k": pl.String,
    "o": pl.String,
    "p": pl.List(pl.String),
    "pol": pl.String,
    "m": pl.String,
}
_NAMES = {"k": "kind", "o": "outcome", "pol": "policy", "m": "model"}
_DETAILS = r'^\{(?:"c":"[^"]*",)?"d":(\{(?:"(?:[^"\\]|\\.)*"|[^"}])*\})'
"""Members are sorted, so only a commitment stands before the details."""
_BEFORE_DETAILS = '"d":'
_MIDDLE = '"k":"'
"""Behind the details, only tag and commitment stand before the kind, and neither holds a quotation mark."""
_TIME = r'"t":(\d+),"v":1\}$'
_AROUND_TIME = len(',"t":' + ',"v":1}')
_WITHHELD = r'"n":(\{[^{}]*\})'
_SOURCE = r'[{,]"source":"((?:[^"\\]|\\.)*)"'


def entry_frame(first: int, entries: Sequence[bytes]) -> pl.DataFrame:
    """The table of entries that stand from `first` on.

    Raises:
        CorruptionError: one of them is not an entry.
    """
    return framed(pl.Series("index", range(first, first + len(entries)), dtype=pl.Int64), b"\n".join(entries))


def framed(indices: pl.Series, lines: bytes) -> pl.DataFrame:
    """The table of entries at these indices, one a line.

    Raises:
        CorruptionError: one of them is not an entry.
    """
    if not len(indices):
        return pl.DataFrame(schema=SCHEMA)
    try:
        lines.decode("ascii")
        entries = pl.read_csv(
            lines, has_header=False, separator="\x01", quote_char=None, schema={"entry": pl.String}
        )
        taken_apart = _take_apart(entries)
        frame = taken_apart.join(_read_middles(taken_apart), on="middle", how="left", maintain_order="left")
    except (pl.exceptions.PolarsError, UnicodeDecodeError) as exc:
        raise CorruptionError("an entry cannot be read") from exc
    if len(frame) != len(indices) or frame["kind"].has_nulls() or frame["at"].has_nulls():
        raise CorruptionError("an entry cannot be read")
    return frame.with_columns(indices.alias("index")).select(
        pl.col(name).fill_null("") if kind == pl.String else name for name, kind in SCHEMA.items()
    )


def _take_apart(entries: pl.DataFrame) -> pl.DataFrame:
    """Details, time, and the middle that entries have in common: kind, counts, outcome, purposes, policy and model."""
    entry, details, at = pl.col("entry"), pl.col("details"), pl.col("at")
    details_end = (
        entry.str.find(_BEFORE_DETAILS, literal=True) + len(_BEFORE_DETAILS) + details.str.len_bytes()
    )
    begin = pl.col("rest").str.find(_MIDDLE, literal=True)
    length = pl.col("rest").str.len_bytes() - begin - at.str.len_bytes() - _AROUND_TIME
    return (
        entries.with_columns(details=entry.str.extract(_DETAILS), at=entry.str.extract(_TIME))
        .with_columns(rest=entry.str.slice(pl.when(details.is_null()).then(0).otherwise(details_end)))
        .with_columns(middle=pl.col("rest").str.slice(begin, length))
        .select("entry", "details", "middle", at.cast(pl.Int64), source=details.str.extract(_SOURCE))
    )


def _read_middles(entries: pl.DataFrame) -> pl.DataFrame:
    """Each middle once: of millions of entries only some hundred differ."""
    middles = entries.select(pl.col("middle").unique(maintain_order=True))
    lines = "\n".join(f"{{{middle}}}" for middle in middles["middle"]).encode()
    return (
        pl.read_ndjson(lines, schema=_WIRE)
        .rename(_NAMES)
        .with_columns(middles["middle"], purposes=pl.col("p").list.join(" "))
        .with_columns(withheld=pl.col("middle").str.extract(_WITHHELD))
    )
