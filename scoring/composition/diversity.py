"""Diversity: the best slate is not the one of the most alike items.

Maximal marginal relevance: place by place the item with the largest `(1 - d) * relevance - d * likeness`, where `d` is the
diversity asked for, and likeness is to the most alike item already placed. Relevance falls from 1 with the score, and with the
rank where scores are equal.

Source: Carbonell and Goldstein, The use of MMR, SIGIR 1998 (their lambda is 1 - `diversity`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def diversify(
    scores: NDArray[np.int64], likeness: NDArray[np.float32], diversity: float, places: int
) -> list[int]:
    """Choose and order.

    Args:
        scores: (n,) of the candidates, falling.
        likeness: (n, n) of each to each, 0 to 1.
        diversity: from 0 (the order of scores) to 1.
        places: how many at most.

    Returns:
        Positions among the candidates. The choice for fewer places is its beginning.
    """
    n = len(scores)
    top = max(int(scores[0]), 1) if n else 1
    relevance = 0.9 * np.maximum(scores, 0) / top + 0.1 * (1 - np.arange(n) / max(n, 1))
    value = (1 - diversity) * relevance
    nearest = np.zeros(n, dtype=np.float64)
    chosen: list[int] = []
    for _ in range(min(places, n)):
        best = int(np.argmax(value - diversity * nearest))
        chosen.append(best)
        np.maximum(nearest, likeness[best], out=nearest)
        value[best] = -np.inf
    return chosen


def same_category(category_of: NDArray[np.int32]) -> NDArray[np.float32]:
    """Likeness where no texts are read: 1 within a category, 0 otherwise. (n,) numbers, negative for none, to (n, n)."""
    alike = category_of[:, None] == category_of[None, :]
    alike &= (category_of >= 0)[:, None]
    likeness: NDArray[np.float32] = alike.astype(np.float32)
    return likeness
