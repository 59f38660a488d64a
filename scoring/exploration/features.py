"""What an item looks like to the explorer: 60 whole numbers, of the item, its score and the surroundings, none of a person.

    0        1
    1        the score, as a share of the best one's
    2        popularity: log(1 + people) as a share of the most popular one's
    3        1 if nothing in the history speaks for it
    4 - 11   its category, one of eight groups
    12 - 59  the same for each of six surroundings (a device, a zone), of which one at most is at hand

Values are in units of 1/1,024, so that what was learnt from them can be subtracted again without a trace. Beyond eight,
categories share a group, and what is learnt of it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

N_FEATURES = 60

FEATURE_ONE = 1024
"""How a feature of 1.0 is written."""

SCORE_FEATURE = 1
"""The feature that stands for the ranked order."""

MAX_SURROUNDINGS = 6
"""Different surroundings that can be told apart."""

NO_SURROUNDINGS = -1
"""None of them is at hand."""

_CATEGORIES = 8
_FIRST_CATEGORY = 4
_FIRST_CROSSED = 12


def describe_candidates(
    scores: NDArray[np.int64],
    popularity: NDArray[np.int64],
    categories: NDArray[np.int64],
    surroundings: NDArray[np.int64],
) -> NDArray[np.int16]:
    """The features of each candidate: (R, N, 60).

    Args:
        scores: (R, N) in the model's unit, from 0, of each row the highest first.
        popularity: (R, N) people.
        categories: (R, N) numbers of categories, -1 without.
        surroundings: (R,) which are at hand: 0 to 5, or NO_SURROUNDINGS.
    """
    shape = scores.shape
    found = np.zeros((*shape, N_FEATURES), dtype=np.int16)
    found[..., 0] = FEATURE_ONE
    found[..., SCORE_FEATURE] = _share(scores.astype(np.float64))
    found[..., 2] = _share(np.log1p(popularity))
    found[..., 3] = (scores == 0) * FEATURE_ONE
    category = (categories + 1) % _CATEGORIES
    np.put_along_axis(found, (_FIRST_CATEGORY + category)[..., None], FEATURE_ONE, axis=2)
    crossed = _FIRST_CROSSED + np.maximum(surroundings, 0)[:, None] * _CATEGORIES + category
    known = np.where(surroundings == NO_SURROUNDINGS, 0, FEATURE_ONE)[:, None]
    np.put_along_axis(found, crossed[..., None], np.broadcast_to(known, shape)[..., None], axis=2)
    return found


def _share(values: NDArray[np.float64]) -> NDArray[np.int16]:
    """Each value as a share of the largest of its row, in FEATURE_ONE."""
    largest = np.maximum(values.max(axis=1, keepdims=True, initial=0.0), 1e-9)
    shares: NDArray[np.int16] = np.rint(values / largest * FEATURE_ONE).astype(np.int16)
    return shares
