"""Other cuts of the recorded data sets: some people, some of the time, sessions, baskets, contacts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl


def baskets(folder: Path) -> pl.DataFrame:
    """Orders of 1,500 customers line by line, who buy many things again."""
    rows = pl.read_parquet(folder / "online_retail/events.parquet").filter(pl.col("event") == "purchase")
    return _some_people(rows.select("user_id", "item_id", "ts"), 1500)


def first_purchases(folder: Path) -> pl.DataFrame:
    """The same, each thing when it was bought first."""
    return baskets(folder).unique(["user_id", "item_id"], keep="first", maintain_order=True)


def sessions(folder: Path) -> pl.DataFrame:
    """Views of one session, a few each, with returns."""
    rows = pl.read_parquet(folder / "internal/diginetica_sample/views.parquet")
    return rows.select(user_id="session_id", item_id="item_id", seq="ms_in_session")


def contacts(folder: Path) -> pl.DataFrame:
    """Whom each of 138 people met, one after the other: thousands of rows each."""
    met = pl.read_parquet(folder / "internal/conference_contacts/ws16_contacts.parquet")
    both = pl.concat(
        [met.select(user_id="i", item_id="j", ts="ts"), met.select(user_id="j", item_id="i", ts="ts")]
    )
    rows = both.sort("user_id", "ts", "item_id")
    went_on = (pl.col("item_id") != pl.col("item_id").shift(1)) | (
        pl.col("user_id") != pl.col("user_id").shift(1)
    )
    return rows.filter(went_on.fill_null(True))


def early_films(folder: Path) -> pl.DataFrame:
    """The first 30,000 ratings of 400 people."""
    rows = pl.read_parquet(folder / "internal/ml100k/ratings.parquet").select("user_id", "item_id", "ts")
    return _some_people(rows, 400).sort("ts", maintain_order=True).head(30_000)


def pages(folder: Path) -> pl.DataFrame:
    """Pages of 8,000 visitors, in no order and without a test set."""
    rows = pl.read_parquet(folder / "msweb/visits.parquet").filter(pl.col("split") == "train")
    return _some_people(rows.select("user_id", "item_id"), 8000)


def some_doubled(folder: Path) -> pl.DataFrame:
    """A quarter of the Beauty people; one row in a hundred stands there twice."""
    rows = pl.read_parquet(folder / "internal/amazon_beauty/sequences.parquet")
    rows = _some_people(rows, 6000)
    return pl.concat([rows, rows.sample(fraction=0.01, seed=4)]).sort("user_id", "seq", maintain_order=True)


RECORDED: dict[str, Callable[[Path], pl.DataFrame]] = {
    "baskets": baskets,
    "first purchases": first_purchases,
    "sessions": sessions,
    "contacts": contacts,
    "early films": early_films,
    "pages": pages,
    "some doubled": some_doubled,
}
"""Name -> how it is cut."""


def _some_people(rows: pl.DataFrame, n: int) -> pl.DataFrame:
    chosen = rows["user_id"].unique().sort().sample(n, seed=1)
    return rows.filter(pl.col("user_id").is_in(chosen.to_list()))
