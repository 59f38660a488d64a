"""A table of recent items as arrays, and what must hold of them before they are taken up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scoring.errors import SnapshotShapeError
from scoring.sightings import NO_ITEM

_MAX_SLOT = 0x7FFF_FFFE


@dataclass(frozen=True, slots=True, eq=False)
class RecentItemsSnapshot:
    """The whole table as arrays, in order of slot."""

    slots: NDArray[np.int64]
    """(n,): which slot each row belongs to, rising."""
    items: NDArray[np.int32]
    """(n, width): sightings, newest first, NO_ITEM at the end."""
    times: NDArray[np.uint32]
    """(n, width): unix seconds, 0 where there is no item."""


def check_snapshot(snapshot: RecentItemsSnapshot, width: int) -> None:
    """Whether a snapshot could be restored into a table of this width.

    Raises:
        SnapshotShapeError: its arrays do not fit together, or are of another width.
    """
    slots, items, times = snapshot.slots, snapshot.items, snapshot.times
    if items.shape != (len(slots), width) or times.shape != items.shape:
        raise SnapshotShapeError("arrays of a snapshot have one row per slot")
    if slots.dtype != np.int64 or items.dtype != np.int32 or times.dtype != np.uint32:
        raise SnapshotShapeError("arrays of a snapshot have fixed types")
    if len(slots) and (slots[0] < 0 or slots[-1] > _MAX_SLOT or np.any(np.diff(slots) <= 0)):
        raise SnapshotShapeError("slots of a snapshot rise")
    if np.any(items < 0) or np.any(times[items == NO_ITEM]):
        raise SnapshotShapeError("items of a snapshot are indices")
