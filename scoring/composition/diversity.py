"""Diversity: the best slate is not the one of the most alike items.

Place by place the item with the largest `(1 - d) * relevance - 5 * d * likeness`, where `d` is the diversity asked for, and
likeness is the mean likeness to the items already placed. Relevance falls from 1 with the score, and as much with the rank.
The mean, and not the largest, likeness costs less of what people look for: `tests/unit/scoring/composition/test_diversity.py`.

Source: Carbonell and Goldstein, The use of MMR, SIGIR 1998; the mean is the max-sum objective of Gollapudi and Sharma, An
axiomatic approach for result diversification, WWW 2009.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.composition.compiled_placing import prepare_placing

_LIKENESS = 5.0


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
    relevance = 0.5 * np.maximum(scores, 0) / top + 0.5 * (1 - np.arange(n) / max(n, 1))
    value = (1 - diversity) * relevance
    chosen = np.empty(min(places, n), dtype=np.int64)
    prepare_placing().pick_diverse(
        value, np.ascontiguousarray(likeness, dtype=np.float32), _LIKENESS * diversity, chosen
    )
    found: list[int] = chosen.tolist()
    return found


def same_category(category_of: NDArray[np.int32]) -> NDArray[np.float32]:
    """Likeness where no texts are read: 1 within a category, 0 otherwise. (n,) numbers, negative for none, to (n, n)."""
    alike = category_of[:, None] == category_of[None, :]
    alike &= (category_of >= 0)[:, None]
    likeness: NDArray[np.float32] = alike.astype(np.float32)
    return likeness
