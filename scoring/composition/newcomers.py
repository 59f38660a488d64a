"""Newcomers: items that were hardly shown get a share of the places, so that they can be met at all.

- A newcomer is an item that the model knows nobody of, and that stood in fewer than `impressions` places since the start.
- Each slate earns `share * places` of a place; whenever a whole one is earned, the least shown newcomer gets it, of equals
  the newest.
  So in N places at least `floor(share * N)` go to newcomers, while there are any, whatever scores say.
- It counts places, not people. The counts begin anew with the process: what people turned to is known to the model then.

Lives on the event loop; no locks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.model import Model


class Newcomers:
    """How often items were shown, and how many places newcomers are owed."""

    def __init__(self, impressions: int) -> None:
        """Take an item for new until it was shown so often."""
        self._impressions = impressions
        self._shown: NDArray[np.int32] = np.zeros(0, dtype=np.int32)
        self._owed: dict[str, float] = {}

    def shown(self, item: int) -> int:
        """In how many places an item stood."""
        return int(self._shown[item]) if item < len(self._shown) else 0

    def count(self, items: list[int]) -> None:
        """These stood in a slate."""
        if items and max(items) >= len(self._shown):
            self._grow(max(items) + 1)
        np.add.at(self._shown, items, 1)

    def choose(
        self, placement: str, share: float, places: int, model: Model, may_show: NDArray[np.bool_]
    ) -> list[int]:
        """The newcomers that this slate owes a place.

        Args:
            placement: whose account is meant.
            share: of all places.
            places: of this slate.
            model: knows who is no newcomer.
            may_show: (n_items,), by item index.
        """
        owed = self._owed.get(placement, 0.0) + share * places
        n = min(int(owed + 1e-9), places)
        self._grow(len(may_show))
        new = may_show & (self._shown[: len(may_show)] < self._impressions)
        known = min(model.n_items, len(new))
        new[:known] &= model.popularity[:known] == 0
        found = np.flatnonzero(new)
        # The least shown first, of equals the newest. What nobody new could take is not owed any more.
        best = found[np.lexsort((-found, self._shown[found]))][:n].tolist()
        self._owed[placement] = owed - n
        return [int(item) for item in best]

    def _grow(self, n: int) -> None:
        if n > len(self._shown):
            self._shown = np.concatenate((self._shown, np.zeros(n - len(self._shown), dtype=np.int32)))
