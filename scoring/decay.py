"""Recency, and what was done: how much each item of a history counts, as whole numbers.

- The weight grows with the position counted from the oldest item: `WEIGHT_ONE * 2 ** ((position - 19) / half_life)`.
  Half-life is in items: an item counts half as much as the one that came `half_life` items later.
- So a new item never changes the weight of those before it while the history has room: the score of a related item
  gains exactly the new item's addend. Only when the twentieth is exceeded does the oldest leave and the others move down.
- Two things are dearer than that. The newest item of a history weighs `LEAST_NEWEST` at least, or short half-lives would drown
  in rounding: from a half-life of 4.75 on it always does. And where a model was chosen with a half-life of its own for short
  histories, those of up to `SHORT` items halve by that.
- What was done counts by a share of the weight (`weigh`), in parts of 256. Shares are lowered together, if need be, so that the
  weights of a history add up to less than 2**16 and scores stay exact in 32 bits.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ModelParameterError
from scoring.sightings import EVENT_MASK, EVENT_SHIFT, N_EVENTS

HISTORY_LENGTH = 20
"""Items kept of a person's history."""

WEIGHT_ONE = 1024
"""The weight of the newest item of a full history."""

LEAST_NEWEST = 64
"""What the newest item weighs at least."""

SHORT = 5
"""Items of a history that may have a half-life of its own."""

SHARE_BITS = 8
SHARE_ONE = 1 << SHARE_BITS
"""The share of what counts as recency says."""

_MOST = (1 << 16) - 1 - HISTORY_LENGTH
"""What the weights of a history may add up to, but for rounding."""
SHORTEST, LONGEST = 0.25, 1000.0
"""Half-lives, in items."""


def recency_weights(half_life: float, short_half_life: float = 0) -> NDArray[np.int32]:
    """The weights of a history's items by how many there are.

    Args:
        half_life: in items, 0.25 to 1,000.
        short_half_life: that of histories of up to `SHORT` items; 0 for the same.

    Returns:
        (21, 20) int32: row `n` holds the weights of a history of `n` items, newest first, 0 beyond the oldest.

    Raises:
        ModelParameterError: a half-life is out of range.
    """
    if any(not SHORTEST <= each <= LONGEST for each in (half_life, short_half_life or half_life)):
        raise ModelParameterError("half_life is 0.25 to 1,000 items")
    by_count = np.zeros((HISTORY_LENGTH + 1, HISTORY_LENGTH), dtype=np.int32)
    for count in range(1, HISTORY_LENGTH + 1):
        own = short_half_life if short_half_life and count <= SHORT else half_life
        newest = (count - HISTORY_LENGTH) / half_life
        ages = np.arange(count)
        if own == half_life and WEIGHT_ONE * 2.0**newest >= LEAST_NEWEST:
            weights = WEIGHT_ONE * 2.0 ** ((count - HISTORY_LENGTH - ages) / half_life)
        else:
            weights = max(WEIGHT_ONE * 2.0**newest, LEAST_NEWEST) * 2.0 ** (-ages / own)
        by_count[count, :count] = np.maximum(np.rint(weights), 1)
    by_count.flags.writeable = False
    return by_count


def event_shares(weights: Sequence[float], recency: NDArray[np.int32]) -> NDArray[np.int32]:
    """What each event counts.

    Args:
        weights: of each code, 0 or more; 1 for those that are not listed.
        recency: from `recency_weights`.

    Returns:
        (64,) int32, in parts of `SHARE_ONE`.

    Raises:
        ModelParameterError: there are more than 64, or one is negative or not finite.
    """
    wanted = np.ones(N_EVENTS)
    if len(weights) > N_EVENTS or not np.isfinite(weights).all() or any(each < 0 for each in weights):
        raise ModelParameterError("events weigh 0 or more, 64 of them at most")
    wanted[: len(weights)] = weights
    most = _MOST / (int(recency.sum(axis=1).max()) * max(float(wanted.max()), 1e-9))
    shares = np.floor(SHARE_ONE * wanted * min(1.0, most)).astype(np.int32)
    shares.flags.writeable = False
    return shares


def weigh(row: NDArray[np.int32], recency: NDArray[np.int32], shares: NDArray[np.int32]) -> NDArray[np.int32]:
    """What each place of a history weighs, as the compiled ranking has it.

    Args:
        row: (20,) sightings, newest first, then NO_ITEM.
        recency: (20,) for a history of that length.
        shares: from `event_shares`.
    """
    share = shares[(row >> EVENT_SHIFT) & EVENT_MASK]
    shared = (recency * share + (SHARE_ONE >> 1)) >> SHARE_BITS
    weights: NDArray[np.int32] = np.maximum(shared, (recency > 0) & (share > 0)).astype(np.int32)
    return weights
