"""Rows of recent items, into which sightings go one after the other: the inner loop of `RecentItems.add_many`.

The function is plain Python, compiled by `prepare_merging`; nothing is kept between two calls. It does what `RecentItems.add`
does; the tests hold them against each other.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from scoring.compiling import Loop, compiled, given
from scoring.sightings import ITEM_MASK


def merge_rows(  # noqa: PLR0913, PLR0917  # compiled code takes arrays, not objects
    kept: NDArray[np.int32],
    kept_times: NDArray[np.uint32],
    rows: NDArray[np.int32],
    items: NDArray[np.int32],
    times: NDArray[np.uint32],
    distinct: bool,
    earlier: NDArray[np.int32],
) -> int:
    """Take sightings into rows. What is no longer its item's last sighting there, or never was, is given back.

    Args:
        kept: (m, width) sightings, newest first, NO_ITEM at the end.
        kept_times: (m, width) unix seconds, 0 where there is no item.
        rows: (n,) the row of each new sighting.
        items: (n,) the new sightings; overwritten by those that are given back, from the first on.
        times: (n,) when (unix seconds); overwritten likewise.
        distinct: whether an item stands in a row once, or once for each second.
        earlier: (n,) to be filled: the number of the new sighting by which each was given back.

    Returns:
        How many are given back.
    """
    width, n_earlier = kept.shape[1], 0
    for n in range(len(rows)):
        row, item, at = rows[n], items[n], times[n]
        hole = width - 1
        for place in range(width):
            alike = (kept[row, place] ^ item) & ITEM_MASK == 0
            if alike and (distinct or kept_times[row, place] == at):
                if kept_times[row, place] != at:
                    earlier[n_earlier] = n
                    late = kept_times[row, place] > at
                    items[n_earlier] = item if late else kept[row, place]
                    times[n_earlier] = at if late else kept_times[row, place]
                    n_earlier += 1
                    hole = -1 if late else place
                else:
                    kept[row, place] = item  # what was done last counts
                    hole = -1
                break
        first = 0
        while first <= hole and kept_times[row, first] > at:
            first += 1
        if first > hole:
            continue
        for place in range(hole, first, -1):
            kept[row, place] = kept[row, place - 1]
            kept_times[row, place] = kept_times[row, place - 1]
        kept[row, first] = item
        kept_times[row, first] = at
    return n_earlier


@cache
def prepare_merging() -> Loop:
    """`merge_rows` in machine code; it takes arrays of exactly these types and no others.

    To be called in a thread; until then nobody waits for it (`is_prepared`).
    """
    import numba  # a process that keeps no histories never loads the compiler

    word, second = numba.int32, numba.uint32
    signature = numba.int64(
        word[:, ::1], second[:, ::1], given(word), word[::1], second[::1], numba.boolean, word[::1]
    )
    return compiled(signature, merge_rows)


def is_prepared() -> bool:
    """Whether it is there already."""
    return bool(prepare_merging.cache_info().currsize)
