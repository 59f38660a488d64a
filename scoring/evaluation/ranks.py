"""How good a ranking is: the place of the item that came, and what follows from it.

Ties count as half: an item that stands level with n others has n / 2 of them before it, so a recommender gains nothing by giving
many items one score. Intervals are of the bootstrap over questions (percentile, 95 %), with a fixed seed.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.evaluation.compiled_scoring import compiled_count_before

AT = 10
"""Places looked at."""

_RESAMPLES = 1000
_BLOCK = 100
_LARGE = 100_000

Interval = tuple[float, float]


def places(scores: NDArray[Any], targets: NDArray[np.int64]) -> NDArray[np.float64]:
    """Before each target, how many items stand: (Q,), from 0, of (Q, n_items) scores."""
    before = np.empty(len(targets))
    compiled_count_before()(np.ascontiguousarray(scores), targets, before)
    return before


def gains(found: NDArray[np.float64], *, at: int = AT) -> NDArray[np.float64]:
    """NDCG@at of each question, which has one relevant item: 1 / log2(place + 2), 0 beyond `at` places."""
    return np.where(found < at, 1 / np.log2(found + 2), 0.0)


def hits(found: NDArray[np.float64]) -> NDArray[np.float64]:
    """HR@10 of each question: 1 or 0."""
    return (found < AT).astype(np.float64)


def interval(values: NDArray[np.float64]) -> Interval:
    """Where the mean lies, 95 %; of more than 100,000 by the normal distribution, which says the same there."""
    if len(values) > _LARGE:
        mean, error = float(values.mean()), float(values.std()) / len(values) ** 0.5
        return mean - 1.96 * error, mean + 1.96 * error
    rng = np.random.default_rng(20_041)
    means = [
        values[rng.integers(0, len(values), (_BLOCK, len(values)))].mean(axis=1)
        for _ in range(_RESAMPLES // _BLOCK)
    ]
    low, high = np.percentile(np.concatenate(means), (2.5, 97.5))
    return float(low), float(high)
