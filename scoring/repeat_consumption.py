"""Repeat consumption: what speaks for showing people again what they had to do with before.

    strength(j) = repeat * ln(1 + sum over the sightings of j of 2 ** (-age / repeat_half_life))
    addend(j)   = strength(j), as a whole number, * what the newest item of the history weighs

The age of a sighting is how many sightings of anything came later (`earlier_sightings.ages_of`), so both how often and how lately
somebody came back counts. `repeat` and its half-life are the recipe's; where people do not come back to things, `repeat` is 0,
and nothing of a history is shown again.

Source of the two factors: Anderson, Kumar, Tomkins and Vassilvitskii, "The Dynamics of Repeat Consumption", WWW 2014, sections 4
and 5 (recency and quality).
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from scoring.decay import HISTORY_LENGTH, WEIGHT_ONE
from scoring.model import Model
from scoring.recent_items import NO_ITEM
from scoring.sightings import UNUSED

Ages = Iterable[tuple[int, int]]
"""Of each sighting the place of its item in the history, and how many sightings came later."""

_MOST = 1 << 24
"""The largest strength: scores stay far below 64 bits."""


def repeat_addends(model: Model, row: NDArray[np.int32], ages: Ages) -> NDArray[np.int64]:
    """What speaks for each item of a history by itself.

    Args:
        model: the model; one without a recipe says nothing.
        row: (20,) the history (sightings), newest first, as the ages were taken of it.
        ages: of every sighting of its items.

    Returns:
        (20,) addends by place, in units of the model's `scale`; 0 where nothing may be used.
    """
    recipe = model.recipe
    addends = np.zeros(HISTORY_LENGTH, dtype=np.int64)
    if recipe is None or not model.knows_repeats:
        return addends
    often = np.zeros(HISTORY_LENGTH)
    for place, age in ages:
        often[place] += 2.0 ** (-age / recipe.repeat_half_life)
    strengths = np.rint(np.log1p(often) * (recipe.repeat * (model.scale // WEIGHT_ONE)))
    used = (often > 0) & (row < UNUSED)
    newest = int(model.recency[np.count_nonzero(row != NO_ITEM), 0])
    addends[used] = np.clip(strengths[used], 1, _MOST).astype(np.int64) * newest
    return addends
