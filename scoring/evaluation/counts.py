"""What follows what among the rows that a round learns from: counted when it is first asked for, for every part that asks.

One count is kept, the last: at 5 million rows it is 200 to 700 MB, and made anew in seconds.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from scoring.evaluation.recording import Rows
from scoring.following import count_following, count_together

_MOST_PAIRS = 60_000_000
"""Of rows within reach, or of items that one person had: beyond it the reach, or what is looked at of a person, is cut."""

Counted = tuple[csr_matrix, csr_matrix]
"""What follows each item, and what each follows."""


class Counts:
    """Not safe for two threads: what was counted last is kept."""

    def __init__(self, learnt: Rows, n_items: int) -> None:
        """Count among these rows."""
        self._learnt = learnt
        self._n_items = n_items
        self._last: tuple[tuple[float, bool], Counted] | None = None

    def people(self) -> np.ndarray:
        """(n_items,): of each item, how many had to do with it."""
        return np.bincount(self._learnt.distinct(self._n_items).indices, minlength=self._n_items)

    def within(self, reach: float, *, itself: bool) -> Counted:
        """Of pairs of rows within a reach; of no reach, of items that one person had.

        Args:
            reach: steps after which a pair counts half; 0 for whatever order.
            itself: whether an item may follow itself.
        """
        asked = reach, itself and reach > 0
        if self._last is None or self._last[0] != asked:
            self._last = None
            if reach:
                forth = self._following(reach, itself=itself)
                self._last = asked, (forth, forth.T.tocsr())
            else:
                together = count_together(self._who_had_what())
                self._last = asked, (together, together)
        return self._last[1]

    def _following(self, reach: float, *, itself: bool) -> csr_matrix:
        rows = self._learnt
        steps = max(1, _MOST_PAIRS // max(len(rows.people), 1))
        items = rows.items.astype(np.int32)  # of half the size, as are all copies of parts of them
        return count_following(
            rows.people, items, self._n_items, reach=reach, itself=itself, most_steps=steps
        )

    def _who_had_what(self) -> csr_matrix:
        """As much of each person's latest as bounds the pairs."""
        matrix, rows, most = self._learnt.distinct(self._n_items), self._learnt, 1 << 20
        lengths = np.diff(matrix.indptr).astype(np.int64)
        while int((np.minimum(lengths, most) ** 2).sum()) > _MOST_PAIRS and most > 1:
            most //= 2
        if lengths.max(initial=0) <= most:
            return matrix
        return rows.take(np.flatnonzero(rows.ages < most)).distinct(self._n_items)
