"""Made-up models and a slow, obvious ranking to compare the fast one with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring import NO_ITEM, Model
from scoring.model import TrainingFacts, seal_model
from scoring.training_recipe import TrainingRecipe

Place = tuple[int, int, int, int]
"""Item, score, because, addend."""


def facts(*, half_life: int = 5, version: int = 1) -> TrainingFacts:
    return TrainingFacts(
        version=version, trained_at=1000, n_people=7, ridge=10.0, half_life=half_life, weight_scale=1
    )


def model_of(
    n_items: int,
    related: dict[int, dict[int, int]],
    popularity: list[int] | None = None,
    *,
    k: int | None = None,
    half_life: int = 5,
    events: tuple[float, ...] = (),
) -> Model:
    """A model from {item: {related item: weight}}; its columns are the items named."""
    named = sorted({*related, *(other for weights in related.values() for other in weights)})
    column = {item: number for number, item in enumerate(named)}
    width = k or max((len(weights) for weights in related.values()), default=1) or 1
    neighbours = np.tile(len(named) + np.arange(width, dtype=np.int32), (len(named), 1))
    weights = np.zeros((len(named), width), dtype=np.int16)
    for item, row in related.items():
        for place, (other, weight) in enumerate(sorted(row.items(), key=lambda pair: -pair[1])):
            neighbours[column[item], place] = column[other]
            weights[column[item], place] = weight
    counts = np.array(popularity or [0] * n_items, dtype=np.int32)
    recipe = TrainingRecipe(ridge=10.0, half_life=half_life, events=events) if events else None
    return seal_model(
        replace(facts(half_life=half_life), recipe=recipe),
        np.array(named, dtype=np.int32),
        neighbours,
        weights,
        counts,
    )


def random_model(rng: np.random.Generator, n_items: int, k: int) -> Model:
    """Some items related to some others; small weights make ties frequent."""
    related: dict[int, dict[int, int]] = {}
    heaviest = int(rng.choice([2, 32_767]))
    for item in rng.choice(n_items, int(rng.integers(0, n_items + 1)), replace=False).tolist():
        others = np.setdiff1d(rng.integers(0, n_items, int(rng.integers(0, k + 1))), [item]).tolist()
        related[item] = {other: int(rng.integers(1, heaviest + 1)) for other in others}
    popularity = rng.integers(0, 4, n_items).tolist()
    events = tuple(rng.choice([0.0, 0.25, 1.0, 8.0], int(rng.integers(0, 5))).tolist())
    return model_of(n_items, related, popularity, k=k, half_life=int(rng.integers(1, 30)), events=events)


def row_of(*items: int) -> NDArray[np.int32]:
    """A history, newest first."""
    return np.array([*items, *[NO_ITEM] * (20 - len(items))], dtype=np.int32)


def naive_rank(
    model: Model,
    row: NDArray[np.int32],
    exclude: list[int],
    candidates: list[int] | None,
    available: NDArray[np.bool_],
    limit: int,
) -> list[Place]:
    """What a slate must be, computed item by item from what the model says."""
    row = np.array([each for each in row if each != NO_ITEM], dtype=np.int32)
    seen = [int(each) % 2**24 if each < 2**30 else -1 for each in row]
    scores: dict[int, int] = {}
    strongest: dict[int, tuple[int, int]] = {}
    for position, item in enumerate(seen):
        share = int(model.shares[int(row[position]) % 2**30 // 2**24])
        counts = int(int(model.recency[len(seen), position]) * share / 256 + 0.5)
        for other, weight in related_to(model, item):
            addend = weight * (max(counts, 1) if share else 0)
            if not addend:
                continue
            scores[other] = scores.get(other, 0) + addend
            if other not in strongest or addend > strongest[other][1]:
                strongest[other] = (item, addend)
    hidden = {*seen, *exclude}

    def may_show(item: int) -> bool:
        return bool(item not in hidden and available[item] and (candidates is None or item in candidates))

    best = sorted((item for item in scores if may_show(item)), key=lambda item: (-scores[item], -item))
    places = [(item, scores[item], *strongest[item]) for item in best[:limit]]
    popularity = [*model.popularity.tolist(), *[0] * (len(available) - model.n_items)]
    rest = [item for item in range(len(available)) if may_show(item) and item not in best[:limit]]
    rest.sort(key=lambda item: (-popularity[item], -item))
    return places + [(item, 0, -1, 0) for item in rest[: limit - len(places)]]


def related_to(model: Model, item: int) -> list[tuple[int, int]]:
    """The related items of an item with their weights."""
    if not 0 <= item < model.n_items:
        return []
    column = int(model.column_of[item])
    pairs = zip(model.neighbours[column].tolist(), model.weights[column].tolist(), strict=True)
    return [(int(model.columns[other]), weight) for other, weight in pairs if weight > 0]


def matrix_of(people: list[list[int]], n_items: int) -> csr_matrix:
    """Who saw what, from lists of items."""
    dense = np.zeros((len(people), n_items), dtype=np.float32)
    for person, items in enumerate(people):
        dense[person, items] = 1
    return csr_matrix(dense)


def clustered_people(
    rng: np.random.Generator, n_people: int, n_items: int, n_clusters: int
) -> list[list[int]]:
    """People who mostly stay within one cluster of items, in order of time."""
    size = n_items // n_clusters
    people = []
    for _ in range(n_people):
        cluster = int(rng.integers(n_clusters))
        own = cluster * size + rng.choice(size, 8, replace=False)
        stray = rng.integers(0, n_items, 2)
        people.append(list(dict.fromkeys(rng.permutation(np.concatenate((own, stray))).tolist())))
    return people
