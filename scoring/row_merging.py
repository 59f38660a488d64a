"""Rows of recent items, into each of which one more item goes: many rows at once, as arrays.

Most items are the newest of their row, and only push others along; rows in which one is not are sorted anew, which takes
longer. Both ways lead to what `RecentItems.add` does one by one; the tests hold them against each other.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.sightings import ITEM_MASK

NO_ITEM = 0x7FFF_FFFF
"""Fills the rest of a row: greater than any item index."""

_PLACE_BITS = 8
"""Of a sorting key, for the place in the row; so many places there can be at most."""
_PLACE_MASK = (1 << _PLACE_BITS) - 1

Rows = tuple[NDArray[np.int32], NDArray[np.uint32]]
"""(n, width) sightings, newest first, NO_ITEM at the end; (n, width) unix seconds, 0 where there is no item."""


def merge_one_each(rows: Rows, items: NDArray[np.int32], times: NDArray[np.uint32]) -> Rows:
    """Rows with one more item each.

    Args:
        rows: as they are.
        items: (n,) the sighting that goes into each row.
        times: (n,) when it was seen (unix seconds).
    """
    seen: NDArray[np.bool_] = np.equal((rows[0] ^ items[:, None]) & ITEM_MASK, 0)
    at_once = seen & (rows[1] == times[:, None])
    rows = np.where(at_once, items[:, None], rows[0]), rows[1]
    if (times >= rows[1][:, 0]).all():
        return _push(rows, items, times, seen, at_once)
    return _sort_in(rows, items, times, seen)


def _push(
    rows: Rows,
    items: NDArray[np.int32],
    times: NDArray[np.uint32],
    seen: NDArray[np.bool_],
    at_once: NDArray[np.bool_],
) -> Rows:
    """None of the items is older than the newest of its row: each takes the first place."""
    # Those before the place where the item was seen, or else before the last, move along; nothing does if it was seen as late.
    as_late = at_once.any(axis=1)
    seen[:, -1] = True
    until = seen.argmax(axis=1)
    until[as_late] = -1
    moves = np.arange(seen.shape[1]) <= until[:, None]
    return _pushed(rows[0], items, moves), _pushed(rows[1], times, moves)


def _pushed(row: NDArray[Any], first: NDArray[Any], moves: NDArray[np.bool_]) -> NDArray[Any]:
    along = np.empty_like(row)
    along[:, 0] = first
    along[:, 1:] = row[:, :-1]
    return np.where(moves, along, row)


def _sort_in(
    rows: Rows, items: NDArray[np.int32], times: NDArray[np.uint32], seen: NDArray[np.bool_]
) -> Rows:
    """Whatever the times: the keys of a row are its times, then its places."""
    old, width = rows[0], rows[0].shape[1]
    merged = np.empty((len(old), width + 1), dtype=np.int32)
    merged[:, 0] = items
    merged[:, 1:] = old
    keys = np.empty((len(old), width + 1), dtype=np.int64)
    keys[:, 0] = times
    keys[:, 1:] = rows[1]
    # The new one leaves if it was seen as late or later already; otherwise what was seen of it before does.
    stale = np.any(seen & (keys[:, 1:] >= keys[:, :1]), axis=1, keepdims=True)[:, 0]
    gone = old == NO_ITEM
    gone |= seen & ~stale[:, None]
    keys <<= _PLACE_BITS
    keys += np.arange(width + 1, 0, -1)
    keys[:, 1:][gone] = 0
    keys[stale, 0] = 0
    keys.sort(axis=1)
    newest = keys[:, :0:-1]
    places = (width + 1 - (newest & _PLACE_MASK)) % (width + 1)
    ordered = np.where(newest, np.take_along_axis(merged, places, axis=1), np.int32(NO_ITEM))
    return ordered, (newest >> _PLACE_BITS).astype(np.uint32)
