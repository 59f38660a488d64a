"""What the bound of a person's keys does to the fifty most-seen items: too small cuts people off, too large needs more noise."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl

from bench.privacy.ours import release_at
from bench.privacy.people import DAY
from privacy.measuring import measurement_of, prepare
from privacy.releases.plan import plan_of
from privacy.releases.shapes import Law

TOP = 50
CANDIDATES = (1, 2, 5, 10, 20, 50, 100)


def heavy_tailed(people: int = 40_000) -> pl.DataFrame:
    """Made up and seeded: most look at few things, some at hundreds (Pareto, exponent 1.1)."""
    chance = np.random.default_rng(5)
    each = np.minimum((chance.pareto(1.1, people) * 3 + 1).astype(int), 300)
    who = np.repeat(np.arange(people, dtype=np.int64), each)
    item = np.minimum((chance.pareto(0.9, len(who)) * 12).astype(int), 999)
    return pl.DataFrame({"person": who, "item": pl.Series(item).cast(pl.String)}).unique()


def recorded(folder: Path) -> pl.DataFrame:
    """MSWeb: who visited which area."""
    visits = pl.read_parquet(folder / "msweb/visits.parquet")
    return visits.select(
        person=pl.col("user_id").cast(pl.Int64),
        item=pl.col("item_id").cast(pl.String),
    ).unique()


def errors(pairs: pl.DataFrame, epsilon: float) -> dict[int, float]:
    """Mean relative error of the items that most people saw, by how many keys a person counts under; one run each."""
    true = pairs.group_by("item").len("people").top_k(TOP, by="people")
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        cube, table = Path(folder) / "part-0.parquet", Path(folder) / "table.parquet"
        one = pl.lit(1, pl.Int64)
        pairs.select(
            "person", event=pl.lit("Product Viewed"), first=pl.lit(DAY.begin, pl.Int64), n=one, lines=one, amount=one,
            **{"f.product_id": "item"},
        ).write_parquet(cube)  # fmt: skip
        for most in CANDIDATES:
            release = release_at(epsilon, most, law=Law.GAUSSIAN)  # which shows rarer keys, too
            measurement = measurement_of(plan_of(release))
            prepare(release, DAY, [cube], table)
            noisy = measurement.run(table, reserved=measurement.loss)
            both = true.join(noisy, left_on="item", right_on="key", how="left", suffix="_said")
            wrong = (both["people_said"].fill_null(0) - both["people"].cast(pl.Int64)).abs() / both["people"]
            found[most] = float(wrong.mean())  # type: ignore[arg-type]  # a number
    return found


def chosen(pairs: pl.DataFrame) -> int:
    """The candidate next above what 99 of 100 people have: a quantile that a release of the shape `quantiles` tells."""
    share = pairs.group_by("person").len()["len"].quantile(0.99) or 1
    return next((each for each in CANDIDATES if each >= share), CANDIDATES[-1])
