"""A table of recent items as it was at one moment: for whoever reads all of it in a thread while the table goes on.

Copied as it stands, gaps and all, because that is all that the event loop should do: what is left out, and in which order
the rest stands, is for whoever reads it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.recent_items_snapshot import RecentItemsSnapshot


@dataclass(frozen=True, slots=True, eq=False)
class FrozenItems:
    """Rows in the order in which they were given out, used or not."""

    slot_of: NDArray[np.int64]
    """(r,): whose each row is; below 0: nobody's."""
    items: NDArray[np.int32]
    """(r, width): sightings, newest first, NO_ITEM at the end."""
    times: NDArray[np.uint32]
    """(r, width): unix seconds, 0 where there is no item."""

    def export(self) -> RecentItemsSnapshot:
        """The used rows in order of slot."""
        slots, rows = self._used()
        return RecentItemsSnapshot(slots, self.items[rows], self.times[rows])

    def all_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Every slot that has items, rising, and its sightings: (n,) int64 and (n, width) int32."""
        slots, rows = self._used()
        return slots, self.items[rows]

    def _used(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        rows = np.flatnonzero(self.slot_of >= 0)
        rows = rows[np.argsort(self.slot_of[rows])]
        return self.slot_of[rows], rows
