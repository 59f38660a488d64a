"""The shared model: what related items weigh, as whole numbers, and how popular everything is.

- A model never changes. A better one replaces it as a whole; its digest stands in every entry of a decision it made.
- The addend of a history item `h` to the score of `j` is `weight[h -> j] * weight[h]`, exactly; the latter by its recency and
  by what was done with it (`scoring.decay`). A score is the sum of its addends and fits in 31 bits. Dividing by `scale` gives
  the score of EASE^R in its own unit.
- Only items that somebody contributed are columns. The rest, and the empty places of a row, point to padding columns
  beyond the last, each to a different one, where nothing ever weighs anything.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.decay import WEIGHT_ONE, event_shares, recency_weights, weigh
from scoring.recent_items import NO_ITEM
from scoring.training_recipe import TrainingRecipe

MAX_WEIGHT = 32767
"""The largest quantised weight: 16 bits with sign."""

DEFAULT_HALF_LIFE = 5
"""Items after which an item of a history counts half."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """One trained model; make it with `seal_model` or `untrained`."""

    digest: bytes
    """SHA-256 over parameters and arrays, 32 bytes."""
    version: int
    """Rises with every training."""
    trained_at: int
    """When its data was taken (unix seconds)."""
    n_people: int
    """People whose contributions it was trained on."""
    n_items: int
    """Size of the catalogue when its data was taken."""
    ridge: float
    """The λ of EASE^R."""
    half_life: float
    """Of the recency weights, in items."""
    scale: int
    """Score units per 1.0 of EASE^R."""
    columns: NDArray[np.int32]
    """(m,): item index of each column, rising."""
    column_of: NDArray[np.int64]
    """(n_items + 1,): column of each item, m (padding) for those without one and for everything later."""
    neighbours: NDArray[np.int32]
    """(m + 1, K): columns related to each column, the heaviest first; padding points to m and beyond."""
    weights: NDArray[np.int16]
    """(m + 1, K): their weights, 1 to MAX_WEIGHT, 0 in the padding."""
    popularity: NDArray[np.int32]
    """(n_items,): distinct people per item, counted up to the bound of contributions."""
    order: NDArray[np.int32]
    """(n_items,): items by popularity, the newest first among equals."""
    recipe: TrainingRecipe | None
    """How its weights were put together, where that was more than λ and half-life."""
    recency: NDArray[np.int32]
    """(21, 20): see `decay.recency_weights`."""
    shares: NDArray[np.int32]
    """(64,): see `decay.event_shares`."""
    usable: bool = field(init=False)
    """Whether it can personalise anything."""

    def __post_init__(self) -> None:
        """Look once at what every decision asks."""
        object.__setattr__(self, "usable", bool(len(self.columns)) and bool(self.weights.any()))

    @property
    def knows_repeats(self) -> bool:
        """Whether people were seen to come back to things when it was learnt."""
        return self.recipe is not None and self.recipe.repeat > 0

    def weigh(self, row: NDArray[np.int32]) -> NDArray[np.int32]:
        """What each place of a history (20,) weighs: (20,), 0 where it is empty."""
        return weigh(row, self.recency[np.count_nonzero(row != NO_ITEM)], self.shares)


@dataclass(frozen=True, slots=True)
class TrainingFacts:
    """What a model says of its training."""

    version: int
    """The number of the model."""
    trained_at: int
    """When its data was taken (unix seconds)."""
    n_people: int
    """People who contributed."""
    ridge: float
    """The λ of EASE^R."""
    half_life: float
    """Of the recency weights, in items."""
    weight_scale: int
    """Quantised units per 1.0 of EASE^R."""
    recipe: TrainingRecipe | None = None
    """How its weights were put together, where that was more than λ and half-life."""

    def __post_init__(self) -> None:
        """Let a whole half-life be a number like others: a model that is read back says the same of itself."""
        object.__setattr__(self, "half_life", float(self.half_life))


def seal_model(
    facts: TrainingFacts,
    columns: NDArray[np.int32],
    neighbours: NDArray[np.int32],
    weights: NDArray[np.int16],
    popularity: NDArray[np.int32],
) -> Model:
    """Put a model together, name it by its digest, and make its arrays read-only.

    Args:
        facts: of its training.
        columns: (m,) item indices, rising.
        neighbours: (m, K), each row of different columns; where the weight is 0, padding: m and beyond.
        weights: (m, K).
        popularity: (n_items,).

    Raises:
        ModelParameterError: a half-life, or the weight of an event, is out of range.
    """
    m, k = neighbours.shape
    n_items, recipe = len(popularity), facts.recipe
    recency = recency_weights(facts.half_life, recipe.short_half_life if recipe else 0)
    column_of = np.full(n_items + 1, m, dtype=np.int64)
    column_of[columns] = np.arange(m)
    model = Model(
        digest=_digest(facts, columns, neighbours, weights, popularity),
        version=facts.version,
        trained_at=facts.trained_at,
        n_people=facts.n_people,
        n_items=n_items,
        ridge=facts.ridge,
        half_life=facts.half_life,
        scale=facts.weight_scale * WEIGHT_ONE,
        columns=columns,
        column_of=column_of,
        neighbours=np.vstack((neighbours, m + np.arange(k, dtype=np.int32))),
        weights=np.vstack((weights, np.zeros(k, dtype=np.int16))),
        popularity=popularity,
        order=popular_order(popularity),
        recipe=recipe,
        recency=recency,
        shares=event_shares(recipe.events if recipe else (), recency),
    )
    for values in (
        model.columns,
        model.column_of,
        model.neighbours,
        model.weights,
        model.popularity,
        model.order,
    ):
        values.flags.writeable = False
    return model


def _digest(facts: TrainingFacts, *arrays: NDArray[np.integer[Any]]) -> bytes:
    """SHA-256 over the facts as JSON and each array as little-endian bytes after its shape."""
    stated = {
        **asdict(facts),
        "ridge": repr(facts.ridge),
        "shapes": [list(values.shape) for values in arrays],
    }
    if facts.recipe is None:
        del stated["recipe"]
    elif not facts.recipe.repeat:
        del (
            stated["recipe"]["repeat"],
            stated["recipe"]["repeat_half_life"],
        )  # as it was before there were any
    digest = hashlib.sha256(b"volens/model/v1\0")
    digest.update(json.dumps(stated, sort_keys=True, separators=(",", ":")).encode() + b"\0")
    for values in arrays:
        digest.update(np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("<")).tobytes())
    return digest.digest()


def untrained(n_items: int, *, version: int = 0, now: int = 0) -> Model:
    """The model that knows nobody: no neighbours, nothing popular. It stands in before the first training and after a
    retirement.
    """
    facts = TrainingFacts(
        version=version, trained_at=now, n_people=0, ridge=1.0, half_life=DEFAULT_HALF_LIFE, weight_scale=1
    )
    return seal_model(
        facts,
        np.zeros(0, dtype=np.int32),
        np.zeros((0, 1), dtype=np.int32),
        np.zeros((0, 1), dtype=np.int16),
        np.zeros(n_items, dtype=np.int32),
    )


def popular_order(popularity: NDArray[np.int32]) -> NDArray[np.int32]:
    """Item indices by popularity, the newest (highest index) first among equals: (n,) int32."""
    newest_first = np.arange(len(popularity) - 1, -1, -1)
    return newest_first[np.argsort(-popularity[::-1].astype(np.int64), kind="stable")].astype(np.int32)
