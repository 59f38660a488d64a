"""Recorded people: what each would train on, what each would rank by, and the one item that is hidden from both."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

N_NEGATIVES = 99

Numbers = NDArray[np.int64]


@dataclass(frozen=True)
class Asked:
    """One split of a recording."""

    n_items: int
    trained: list[Numbers]
    """What each participant contributes: distinct items, oldest first."""
    histories: list[Numbers]
    """What each person who is asked ranks by, likewise."""
    hidden: Numbers
    """The item that each should be shown."""
    negatives: Numbers
    """(asked, 99): items that the person never knew, drawn once."""


def movielens(folder: Path, *, validating: bool) -> Asked:
    """ML-100K, the last item of everybody hidden; to validate, the one before it, with the last unknown to all."""
    ratings = pl.read_parquet(folder / "internal/ml100k/ratings.parquet").with_row_index("row")
    everybody, n_items = _histories(ratings.sort("user_id", "ts", "row"))
    back = 2 if validating else 1
    rest = [history[:-back] for history in everybody]
    hidden = np.array([history[-back] for history in everybody])
    return Asked(n_items, rest, rest, hidden, _negatives(everybody, n_items, seed=back))


def msweb(folder: Path, *, validating: bool) -> Asked:
    """MSWeb: 32,711 people train, others are asked, one visit of each hidden; to validate, a tenth of the former are asked instead."""
    visits = pl.read_parquet(folder / "msweb/visits.parquet")
    n_items = visits["item_id"].n_unique()
    catalogue = np.sort(visits["item_id"].unique().to_numpy())
    parts = {}
    for split in ("train", "test"):
        rows = visits.filter(pl.col("split") == split).sort("user_id", "item_id")
        people, ids = rows["user_id"].to_numpy(), rows["item_id"].to_numpy()
        cuts = np.flatnonzero(np.diff(people)) + 1
        parts[split] = (people[np.r_[0, cuts]], np.split(ids, cuts))
    people, visited = parts["train" if validating else "test"]
    trained = parts["train"][1]
    if validating:
        judges = np.arange(len(people)) % 10 == 0
        trained = [ids for ids, judge in zip(trained, judges, strict=True) if not judge]
        people = people[judges]
        visited = [ids for ids, judge in zip(visited, judges, strict=True) if judge]
    keys = [
        (person * 1_000_003 + (ids - 1000) * 7919) % 104_729
        for person, ids in zip(people, visited, strict=True)
    ]
    asked = [(ids, int(key.argmin())) for ids, key in zip(visited, keys, strict=True) if len(ids) > 1]
    number = {int(item): place for place, item in enumerate(catalogue)}
    known = [_numbered(ids, number) for ids, _ in asked]
    return Asked(
        n_items,
        [_numbered(ids, number) for ids in trained],
        [np.delete(ids, place) for ids, (_, place) in zip(known, asked, strict=True)],
        np.array([ids[place] for ids, (_, place) in zip(known, asked, strict=True)]),
        _negatives(known, n_items, seed=3),
    )


def genres(folder: Path) -> NDArray[np.float64]:
    """ML-100K's genres, (items, genres), in the order of the items' numbers: public."""
    ratings = pl.read_parquet(folder / "internal/ml100k/ratings.parquet")
    rows = pl.read_csv(folder / "internal/ml100k/items.csv").sort("item_id")
    rows = rows.filter(pl.col("item_id").is_in(ratings["item_id"].unique().implode()))
    named = [set((text or "").split("|")) for text in rows["genres"].to_list()]
    every = sorted(set().union(*named) - {""})
    return np.array([[float(genre in mine) for genre in every] for mine in named])


def _histories(rows: pl.DataFrame) -> tuple[list[Numbers], int]:
    catalogue = np.sort(rows["item_id"].unique().to_numpy())
    numbers = np.searchsorted(catalogue, rows["item_id"].to_numpy()).astype(np.int64)
    cuts = np.flatnonzero(np.diff(rows["user_id"].to_numpy())) + 1
    return np.split(numbers, cuts), len(catalogue)


def _numbered(ids: Numbers, number: dict[int, int]) -> Numbers:
    return np.array([number[int(item)] for item in ids], np.int64)


def _negatives(everybody: list[Numbers], n_items: int, seed: int) -> Numbers:
    rng = np.random.default_rng(seed)
    return np.array(
        [
            rng.choice(np.setdiff1d(np.arange(n_items), known), N_NEGATIVES, replace=False)
            for known in everybody
        ]
    )
