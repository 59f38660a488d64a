"""Diversity on recorded data: a slate of more kinds of films, at next to no loss of what people watched next."""

from __future__ import annotations

import csv

import numpy as np
import polars as pl
import pytest

from scoring import (
    NO_ITEM,
    Catalogue,
    Composer,
    ContentIndex,
    Contributions,
    Item,
    Newcomers,
    Popular,
    Recipe,
    Wanted,
    train,
)
from scoring.composition.diversity import diversify
from tests.requirement import datasets_directory, require_path

HISTORY = 20
PLACES = 10


def test_the_first_place_is_the_best_and_a_shorter_choice_the_beginning_of_a_longer():
    rng = np.random.default_rng(1)
    likeness = np.corrcoef(rng.random((30, 5))).astype(np.float32) ** 2
    scores = np.sort(rng.integers(0, 1000, 30))[::-1]
    chosen = diversify(scores, likeness, 0.4, 12)
    assert chosen[0] == 0
    assert len(set(chosen)) == 12
    assert diversify(scores, likeness, 0.4, 5) == chosen[:5]
    assert diversify(scores, likeness, 0.0, 5) == [0, 1, 2, 3, 4]
    assert diversify(scores[:0], likeness[:0, :0], 0.4, 5) == []


@pytest.mark.slow
def test_a_third_of_diversity_widens_by_a_fifth_and_costs_less_than_a_twentieth():
    plain, wide = (_slates(diversity) for diversity in (0.0, 0.3))
    assert wide["unlikeness"] >= 1.2 * plain["unlikeness"], (plain, wide)
    assert wide["ndcg"] >= 0.95 * plain["ndcg"], (plain, wide)


def _slates(diversity: float) -> dict[str, float]:
    """NDCG@10 of the film each person watched last, among all films, and the mean unlikeness of a slate's films."""
    films, watched = _films(), _watched()
    catalogue, seen = Catalogue(), Contributions()
    catalogue.upsert(films)
    people = [[catalogue.index_of[film] for film in each] for each in watched]
    for person, items in enumerate(people):
        for at, item in enumerate(items[:-1]):
            seen.add(person, item, at + 1)
    popular = Popular(catalogue, train(seen.matrix(len(catalogue)), lam=500.0, now=1, version=1))
    made = Composer(catalogue, popular, None, Newcomers(1))
    made.content = ContentIndex([("", film.tags, None) for film in films])
    gains, unlike = [], []
    for items in people:
        row = np.full(HISTORY, NO_ITEM, dtype=np.int32)
        recent = items[-2 : -2 - HISTORY : -1]
        row[: len(recent)] = recent
        shown = made.compose(
            Wanted(
                placement="home",
                recipe=Recipe(diversity=diversity),
                limit=PLACES,
                row=row,
                exclude=np.array(items[:-1], dtype=np.int32),
            ),
            1,
        ).items
        gains.append(1 / np.log2(shown.index(items[-1]) + 2) if items[-1] in shown else 0.0)
        alike = made.content.likeness(np.array(shown))
        unlike.append(1 - (alike.sum() - np.trace(alike)) / (PLACES * (PLACES - 1)))
    return {"ndcg": float(np.mean(gains)), "unlikeness": float(np.mean(unlike))}


def _films() -> list[Item]:
    path = require_path(datasets_directory() / "internal/ml100k/items.csv", "MovieLens 100K")
    with path.open(encoding="utf-8") as file:
        return [Item(id=row["item_id"], tags=tuple(row["genres"].split("|"))) for row in csv.DictReader(file)]


def _watched() -> list[list[str]]:
    path = require_path(datasets_directory() / "internal/ml100k/ratings.parquet", "MovieLens 100K")
    ratings = pl.read_parquet(path).sort(["user_id", "ts", "item_id"])
    grouped = ratings.group_by("user_id", maintain_order=True).agg("item_id")
    return [[str(item) for item in items] for items in grouped["item_id"].to_list()]
