"""The model that devices learnt, as slates of the gateway are made from it: of each item the related ones, and their weights.

- What a history item weighs for another is what the artefact says (`federated.on_device`), kept for the heaviest relations
  and in the units of every model here: addends are literal, and a slate has its reasons.
- Its digest is the artefact's, so the entry of a decision and the entry that published the version name the same thing.
- Items of the catalogue that no round was about are placed by their category, which is public (`federated.with_new_items`).
- Past its time it is not used. Whoever reads `at` has the new version from when its publication, or a rollback, returns.
"""

from __future__ import annotations

import asyncio
import hashlib
import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from federated import MAX_ITEMS, Artefact, read_artefact, with_new_items
from gateway.fleet.bundles import read_bundle
from gateway.fleet.values import PublishedModel
from scoring import Catalogue, Model, TrainingFacts, seal_model

RELATED = 100
"""Related items that are kept of each item."""
_LARGEST = 32_767
_LONGEST_HALF_LIFE = 1_000
_NO_CATEGORY = -1


class DevicesModel:
    """The version that is served, ready to rank with. Lives on the event loop."""

    def __init__(self, catalogue: Catalogue, public: bytes) -> None:
        """Rank items of `catalogue`; versions are signed with the key whose public half this is."""
        self._catalogue = catalogue
        self._public = public
        self._model: Model | None = None
        self._until = 0

    async def serve(self, published: PublishedModel) -> None:
        """Rank with this version from now on.

        Raises:
            BundleError, DocumentError: it is not what was signed; the one before stays.
        """
        told = read_bundle(published.bundle, self._public)
        statement, data = told.statement, told.artefact
        categories = self._catalogue.category_of.copy()
        facts = TrainingFacts(
            version=published.version,
            trained_at=published.published_at,
            n_people=int(statement.card.get("included", 0)),
            ridge=0.0,
            half_life=1,
            weight_scale=_LARGEST,
        )
        model = await asyncio.to_thread(
            relations_of, read_artefact(data), facts, dict(self._catalogue.index_of), categories
        )
        self._model = replace(model, digest=hashlib.sha256(data).digest())
        self._until = statement.expires_at

    def at(self, now: int) -> Model | None:
        """What to rank with at a time (unix seconds); None without a version that may be used then."""
        return self._model if now < self._until else None


def relations_of(
    artefact: Artefact, facts: TrainingFacts, index_of: dict[str, int], categories: NDArray[np.int32]
) -> Model:
    """A model of relations with what an artefact says.

    Args:
        artefact: the published one.
        facts: to be said of it; its half-life is the artefact's.
        index_of: every item's index in the catalogue.
        categories: (n_items,) number of each item's category.
    """
    grown = _with_the_rest(artefact, index_of, categories)
    listed = [(index_of[item], row) for row, item in enumerate(grown.items.ids) if item in index_of]
    indices, rows = (
        (np.array(part, np.int64) for part in zip(*sorted(listed), strict=True)) if listed else (_NONE, _NONE)
    )
    vectors, weights = grown.vectors[rows], grown.weights[rows]
    related = (vectors @ (vectors * grown.gains).T) * weights
    np.fill_diagonal(related, 0)
    popularity = np.zeros(len(categories), np.int32)
    popularity[indices] = grown.popularity[rows]
    places, strengths = _heaviest(related)
    return seal_model(
        replace(facts, half_life=_half_life(grown.recency)),
        indices.astype(np.int32),
        places,
        strengths,
        popularity,
    )


_NONE = np.zeros(0, np.int64)


def _with_the_rest(artefact: Artefact, index_of: dict[str, int], categories: NDArray[np.int32]) -> Artefact:
    """With the items of the catalogue that it does not have, as far as it can hold them and their category is known."""
    known = set(artefact.items.ids)
    room = MAX_ITEMS - len(known)
    new = [
        item
        for item, index in index_of.items()
        if item not in known and index < len(categories) and categories[index] != _NO_CATEGORY
    ][:room]
    numbers = np.array(
        [
            categories[index_of[item]]
            if index_of.get(item, len(categories)) < len(categories)
            else _NO_CATEGORY
            for item in (*artefact.items.ids, *new)
        ]
    )
    found = np.unique(numbers[numbers != _NO_CATEGORY])
    if not new or not len(found):
        return artefact
    return with_new_items(artefact, new, (numbers[:, None] == found[None, :]).astype(np.float64))


def _heaviest(related: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Of each row the heaviest places and their weights, 1 to the largest; where there are fewer, padding of weight 0."""
    m = len(related)
    kept = max(1, min(RELATED, m - 1))
    if m == 0:
        return np.zeros((0, 1), np.int32), np.zeros((0, 1), np.int16)
    order = np.argsort(-related, axis=1, kind="stable")[:, :kept]
    found = np.take_along_axis(related, order, axis=1)
    top = max(int(found.max()), 1)
    weights = np.where(found > 0, np.maximum(1, np.rint(found * (_LARGEST / top))), 0).astype(np.int16)
    padding = m + np.arange(kept)
    return np.where(weights > 0, order, padding[None, :]).astype(np.int32), weights


def _half_life(recency: NDArray[np.int64]) -> int:
    """After how many items one counts half."""
    if len(recency) < 2 or recency[1] >= recency[0]:
        return 1 if len(recency) < 2 else _LONGEST_HALF_LIFE
    last = len(recency) - 1
    items = last * math.log(2) / math.log(recency[0] / recency[last])
    return min(max(1, round(items)), _LONGEST_HALF_LIFE)
