"""Widening: whoever stays with one topic is shown that topic; whoever goes from one to the next is shown more of the whole.

The entropy of a history is that of the categories of its items, in bits: 0 for one category, 1 for two in equal parts. Up to
0.5 bit nothing is added to the diversity of a slate, from 1.5 bits on all of what the placement says, in between in proportion.
It is computed of the history that the slate is made of, for this slate only, and kept nowhere.

Source: Shannon, A mathematical theory of communication, 1948, section 6.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.composition.recipe import Recipe

FOCUSED_BITS = 0.5
"""Up to here somebody is taken for somebody with one topic."""
EXPLORING_BITS = 1.5
"""From here on for somebody who looks around."""
LEAST_ITEMS = 4
"""Of fewer items with a category nothing is concluded."""


def entropy_of(row: NDArray[np.int32], category_of: NDArray[np.int32]) -> float | None:
    """The entropy of a history in bits; None if too little is known.

    Args:
        row: (20,) the history; what is no item of the catalogue does not count.
        category_of: (n_items,) numbers of categories, negative for none.
    """
    categories = category_of[row[row < len(category_of)]]
    counts = np.bincount(categories[categories >= 0])
    total = int(counts.sum())
    if total < LEAST_ITEMS:
        return None
    shares = counts[counts > 0] / total
    return float(-(shares * np.log2(shares)).sum())


def diversity_for(recipe: Recipe, row: NDArray[np.int32] | None, category_of: NDArray[np.int32]) -> float:
    """The diversity of a slate, 0 to 1: the recipe's own, and what it adds for a history that goes from topic to topic."""
    bits = entropy_of(row, category_of) if recipe.widening and row is not None else None
    if bits is None:
        return recipe.diversity
    share = min(max((bits - FOCUSED_BITS) / (EXPLORING_BITS - FOCUSED_BITS), 0.0), 1.0)
    return min(recipe.diversity + recipe.widening * share, 1.0)
