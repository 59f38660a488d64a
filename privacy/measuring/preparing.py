"""From the cube's rows of one window to the table that is measured: (person, key, amount), bounded.

Each step is a function of one person's own rows, so whoever is taken away takes away only their own lines. The measurement
bounds once more: a mistake here costs accuracy, and nobody's privacy. Files only: what is handed to OpenDP is a file, never a
frame in memory. Of many rows, people are taken in shares: the tables of shares, wherever they were made, are the table.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from privacy.aging_keys import DAY_SECONDS
from privacy.errors import TooManyLinesError
from privacy.measuring.participation import without
from privacy.releases.plan import (
    CUBE_NUMBERS,
    CUT,
    DAYS_OF_WEEK,
    REACHED,
    SHOWN,
    bars,
    candidates,
    looks_at_hours,
)
from privacy.releases.shapes import (
    CONSENTS,
    EXPOSURE,
    FIELD_ARM,
    FIELD_EXPERIMENT,
    MADE_BY_RULES,
    ByFoundKeys,
    ByKeys,
    Consents,
    Experiment,
    Funnel,
    Histogram,
    Late,
    Mean,
    Of,
    People,
    Quantiles,
    Release,
    Retention,
    Total,
    events_of,
    fields_of,
)
from privacy.releases.windows import Window

CUBE_SCHEMA: Final = {"event": pl.String(), **dict.fromkeys(CUBE_NUMBERS, pl.Int64())}
TABLE_SCHEMA: Final = {"person": pl.Int64(), "key": pl.String(), "amount": pl.Int64()}
ROWS_AT_ONCE: Final = 1 << 21
"""So many of the cube's rows are prepared at once, more or less: it bounds the memory."""
MOST_LINES: Final = 1 << 23
"""So many lines of a table are measured; OpenDP holds all of them at once, in 600 bytes each where every key is another one."""


def prepare(
    release: Release,
    window: Window,
    files: Sequence[Path],
    target: Path,
    gone: pl.LazyFrame | None = None,
) -> None:
    """Write the table of a release.

    Args:
        release: what is asked.
        window: of which time.
        files: the cube's, none of which need exist; of `Late` those that came after their day had closed.
        target: where the table goes; Parquet.
        gone: the names of those who are in no line of it (`left_out`).

    Raises:
        OSError, pl.exceptions.PolarsError: a file cannot be read or written.
        TooManyLinesError: there is more than can be measured at once; no table is left.
    """
    rows = without(_rows(release, window, files), gone)
    shares = _shares(files)
    parts = [target.with_name(f"{target.stem}-{number}.parquet") for number in range(shares)]
    lines = 0
    try:
        for number, part in enumerate(parts):
            own = rows if shares == 1 else rows.filter(pl.col("person") & (shares - 1) == number)
            table = _table(release, own).select(
                pl.col(name).cast(kind) for name, kind in TABLE_SCHEMA.items()
            )
            _write(table, part)
            lines += _height(part)
            if lines > MOST_LINES:
                raise TooManyLinesError("more lines than can be measured at once")
        if shares == 1:
            parts[0].rename(target)
        else:
            _write(pl.concat([pl.scan_parquet(part) for part in parts]), target)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def _write(table: pl.LazyFrame, target: Path) -> None:
    table.sink_parquet(target, compression="lz4", statistics=False)


def _height(path: Path) -> int:
    return int(pl.scan_parquet(path).select(pl.len()).collect().item())


def _shares(files: Sequence[Path]) -> int:
    """In how many shares people are taken, one after the other: a power of two. Names are random, so shares are alike."""
    rows = sum(_height(path) for path in files if path.exists())
    return int(2 ** max(0, math.ceil(math.log2(max(1, rows / ROWS_AT_ONCE)))))


def _rows(release: Release, window: Window, files: Sequence[Path]) -> pl.LazyFrame:
    fields = {f"f.{name}": pl.String() for name in fields_of(release)}
    schema = {**CUBE_SCHEMA, **fields}
    frames = [
        pl.scan_parquet(path, schema=schema, missing_columns="insert", extra_columns="ignore")
        for path in files
        if path.exists()
    ]
    rows = pl.concat(frames) if frames else pl.LazyFrame(schema=schema)
    rows = rows.filter(pl.col("first").is_between(window.begin, window.end, closed="left"))
    if isinstance(release, Experiment):
        return rows  # it knows which events it looks at
    wanted = events_of(release)
    named = pl.col("event").is_in(list(wanted or MADE_BY_RULES))
    return rows.filter(named if wanted else ~named)


def _table(release: Release, rows: pl.LazyFrame) -> pl.LazyFrame:
    match release:
        case People() | Late():
            return rows.select("person").unique().with_columns(key=pl.lit("all"), amount=pl.lit(0))
        case Total() | Mean():
            return _bounded(_sums(rows, release.of), release.most_each)
        case Quantiles():
            return _placed(_sums(rows, release.of), release)
        case Histogram():
            return _barred(_sums(rows, release.of), release)
        case ByKeys() | ByFoundKeys():
            return _keyed(rows, release)
        case Funnel():
            return _furthest(rows, release)
        case Retention():
            return _returning(rows)
        case Experiment() | Consents():
            return _arms(rows, release) if isinstance(release, Experiment) else _standing(rows)


def _sums(rows: pl.LazyFrame, of: Of) -> pl.LazyFrame:
    column = pl.col("n" if of is Of.EVENTS else "amount")
    return rows.group_by("person").agg(column.sum().clip(lower_bound=0).alias("amount"))


def _bounded(owned: pl.LazyFrame, most: int) -> pl.LazyFrame:
    """Everybody's amount, bounded; and whoever had more once more, with what was cut off."""
    cut = owned.filter(pl.col("amount") > most).with_columns(
        key=pl.lit(CUT), amount=(pl.col("amount") - most).clip(0, most)
    )
    kept = owned.with_columns(key=pl.lit("all"), amount=pl.col("amount").clip(0, most))
    names = list(TABLE_SCHEMA)
    return pl.concat([kept.select(names), cut.select(names)])


def _placed(owned: pl.LazyFrame, release: Quantiles) -> pl.LazyFrame:
    """Everybody at the first candidate that is not less than what they have; whoever has more than all, at what is cut off."""
    places = pl.LazyFrame({"candidate": candidates(release)}, schema={"candidate": pl.Int64()})
    placed = owned.sort("amount").join_asof(
        places.set_sorted("candidate"), left_on="amount", right_on="candidate", strategy="forward"
    )
    key = pl.col("candidate").cast(pl.String).fill_null(pl.lit(CUT))
    return placed.select("person", key=key, amount=pl.lit(0))


def _barred(owned: pl.LazyFrame, release: Histogram) -> pl.LazyFrame:
    begins, names = (1, *release.edges), bars(release)
    name = pl.lit(names[0])
    for begin, bar in zip(begins[1:], names[1:], strict=True):
        name = pl.when(pl.col("amount") >= begin).then(pl.lit(bar)).otherwise(name)
    return owned.filter(pl.col("amount") >= 1).with_columns(key=name)


def _keyed(rows: pl.LazyFrame, release: ByKeys | ByFoundKeys) -> pl.LazyFrame:
    """Who did it with what, each with so many of them, drawn by lot; and whoever had more, once more."""
    hour = (pl.col("first") // 3600 % 24).cast(pl.String).str.zfill(2)
    key = hour if looks_at_hours(release) else pl.col(f"f.{release.by}")
    pairs = rows.select("person", key=key).drop_nulls().unique()
    pairs = pairs.filter(~pl.col("key").str.starts_with("~"))
    if isinstance(release, ByKeys):
        pairs = pairs.filter(pl.col("key").is_in(list(release.keys)))
    drawn = _drawn(pairs.collect(), release.most_keys)
    told = drawn if release.tells_cut else drawn.filter(pl.col("key") != CUT)
    return told.with_columns(amount=pl.lit(0))


def _drawn(pairs: pl.DataFrame, most: int) -> pl.LazyFrame:
    """Of whoever has more than so many keys, so many and one for the rest; only they are drawn, so hardly anybody costs a sort.

    The pseudonyms are new every week, so the lot is; and the same table is drawn the same way twice.
    """
    many = pairs.lazy().group_by("person").len().filter(pl.col("len") > most).select("person").collect()
    drawn = (
        pairs.lazy()
        .join(many.lazy(), on="person", how="semi")
        .sort(pl.struct("person", "key").hash(), "key")
        .with_columns(place=pl.int_range(pl.len()).over("person"))
        .filter(pl.col("place") <= most)
        .select("person", key=pl.when(pl.col("place") < most).then("key").otherwise(pl.lit(CUT)))
    )
    return pl.concat([pairs.lazy().join(many.lazy(), on="person", how="anti"), drawn])


def _furthest(rows: pl.LazyFrame, release: Funnel) -> pl.LazyFrame:
    """The last step that each person got to, each step not before the one before it."""
    first, *later = release.steps
    reached = _earliest(rows, first).with_columns(key=pl.lit(first))
    for step in later:
        onward = (
            rows.filter(pl.col("event") == step)
            .join(reached.rename({"first": "since"}), on="person")
            .filter((pl.col("first") >= pl.col("since")) & (pl.col("key") == _before(release, step)))
            .group_by("person")
            .agg(pl.col("first").min().alias("then"))
        )
        reached = reached.join(onward, on="person", how="left").select(
            "person",
            first=pl.coalesce("then", "first"),
            key=pl.when(pl.col("then").is_null()).then("key").otherwise(pl.lit(step)),
        )
    return reached.with_columns(amount=pl.lit(0))


def _before(release: Funnel, step: str) -> str:
    return release.steps[release.steps.index(step) - 1]


def _earliest(rows: pl.LazyFrame, event: str) -> pl.LazyFrame:
    return rows.filter(pl.col("event") == event).group_by("person").agg(pl.col("first").min())


def _returning(rows: pl.LazyFrame) -> pl.LazyFrame:
    days = rows.select("person", day=pl.col("first") // DAY_SECONDS).unique()
    since = days.with_columns(key=(pl.col("day") - pl.col("day").min().over("person")).cast(pl.String))
    return since.filter(pl.col("key").is_in(list(DAYS_OF_WEEK))).with_columns(amount=pl.lit(0))


def _standing(rows: pl.LazyFrame) -> pl.LazyFrame:
    return rows.select("person", key=f"f.{CONSENTS}", amount=pl.lit(0)).unique()


def _arms(rows: pl.LazyFrame, release: Experiment) -> pl.LazyFrame:
    """Everybody under the arm that they were shown first, and under its success if that came afterwards."""
    shown = (
        rows.filter(
            (pl.col("event") == EXPOSURE)
            & (pl.col(f"f.{FIELD_EXPERIMENT}") == release.experiment)
            & pl.col(f"f.{FIELD_ARM}").is_in(list(release.arms))
        )
        .group_by("person")
        .agg(
            arm=pl.col(f"f.{FIELD_ARM}").sort_by("first", f"f.{FIELD_ARM}").first(),
            since=pl.col("first").min(),
        )
    )
    reached = (
        rows.filter(pl.col("event") == release.success)
        .join(shown, on="person")
        .filter(pl.col("first") >= pl.col("since"))
        .select("person", "arm")
        .unique()
    )
    parts = [
        part.select("person", key=pl.col("arm") + f"|{name}", amount=pl.lit(0))
        for part, name in ((shown, SHOWN), (reached, REACHED))
    ]
    return pl.concat(parts)
