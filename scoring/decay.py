"""Recency: how much each item of a history counts, as whole numbers.

- The weight grows with the position counted from the oldest item: `WEIGHT_ONE * 2 ** ((position - 19) / half_life)`.
  Half-life is in items: an item counts half as much as the one that came `half_life` items later.
- So a new item never changes the weight of those before it while the history has room: the score of a related item
  gains exactly the new item's addend. Only when the twentieth is exceeded does the oldest leave and the others move down.
- At most 1,024 each, so the sum over a history stays below 2**16 and scores stay exact in 32 bits.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.errors import ModelParameterError

HISTORY_LENGTH = 20
"""Items kept of a person's history."""

WEIGHT_ONE = 1024
"""The weight of the newest item of a full history."""


def recency_weights(half_life: int) -> NDArray[np.int32]:
    """The weights of a history's items by how many there are.

    Args:
        half_life: in items, 1 to 1,000.

    Returns:
        (21, 20) int32: row `n` holds the weights of a history of `n` items, newest first, 0 beyond the oldest.

    Raises:
        ModelParameterError: `half_life` is out of range.
    """
    if not 1 <= half_life <= 1000:
        raise ModelParameterError("half_life is 1 to 1,000 items")
    rising = np.rint(WEIGHT_ONE * 2.0 ** ((np.arange(HISTORY_LENGTH) - (HISTORY_LENGTH - 1)) / half_life))
    by_count = np.zeros((HISTORY_LENGTH + 1, HISTORY_LENGTH), dtype=np.int32)
    for count in range(1, HISTORY_LENGTH + 1):
        by_count[count, :count] = np.maximum(rising[:count][::-1], 1)
    by_count.flags.writeable = False
    return by_count
