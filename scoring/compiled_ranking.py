"""The inner loops of ranking, compiled to machine code: for each person three passes over the addends.

    add every addend to its column's sum -> what may not be shown is nothing -> keep the best -> find each one's strongest addend

- The functions are plain Python, compiled by `prepare_ranking`. That takes about two seconds the first time and a fifth of one
  later.
- Nothing is kept between two calls. The sums are made anew for each group, and left at zero after each person.

A key holds the score above the column, so among equal scores the newest item comes first.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from scoring.compiling import Loop, compiled, given
from scoring.decay import SHARE_BITS
from scoring.recent_items import NO_ITEM
from scoring.sightings import EVENT_MASK, EVENT_SHIFT, ITEM_MASK, UNUSED

NO_LIST = -1
"""Where a person's list of items would end, if there is none."""

_COLUMN_BITS = 32
"""Of a key, for the column below the score."""

_HALF = (1 << SHARE_BITS) >> 1

_Columns = NDArray[np.int64]


def look_up(items: NDArray[np.int32], column_of: _Columns, columns: _Columns) -> int:
    """Write the columns of a history into `columns`; its length."""
    for position, item in enumerate(items):
        if item == NO_ITEM:
            return position
        last = len(column_of) - 1
        columns[position] = column_of[last if item >= UNUSED else min(item & ITEM_MASK, last)]
    return len(items)


def weigh_places(
    sightings: NDArray[np.int32],
    recency: NDArray[np.int32],
    shares: NDArray[np.int32],
    weighed: NDArray[np.int32],
) -> None:
    """Write into `weighed` what each place of a history weighs: `scoring.decay.weigh`, place by place."""
    for position in range(len(weighed)):
        share = shares[(sightings[position] >> EVENT_SHIFT) & EVENT_MASK]
        weight = (recency[position] * share + _HALF) >> SHARE_BITS
        weighed[position] = max(weight, 1) if share > 0 else 0


def add_up(
    neighbours: NDArray[np.int32],
    weights: NDArray[np.int16],
    history: _Columns,
    recency: NDArray[np.int32],
    sums: NDArray[np.int32],
) -> None:
    """Add every addend to the sum of its column."""
    for position, column in enumerate(history):
        for k in range(neighbours.shape[1]):
            sums[neighbours[column, k]] += weights[column, k] * recency[position]


def hide(sums: NDArray[np.int32], hidden: NDArray[np.int32], column_of: _Columns) -> None:
    """Let these items be worth nothing."""
    for item in hidden:
        sums[column_of[min(item, len(column_of) - 1)]] = 0


def keep_if_better(
    keys: NDArray[np.int64],
    found: int,
    sums: NDArray[np.int32],
    column: int,
    items: NDArray[np.int32],
    available: NDArray[np.bool_],
) -> int:
    """Put a column among the best `keys`, if it belongs there, may be shown and is not there yet.

    Returns:
        How many there are now; there were `found`.
    """
    key = (np.int64(sums[column]) << _COLUMN_BITS) | column
    if found == len(keys) and key <= keys[found - 1]:
        return found
    if not available[items[column]]:
        return found
    place = 0
    while place < found and keys[place] > key:
        place += 1
    if place < found and keys[place] == key:
        return found
    found = min(found + 1, len(keys))
    for later in range(found - 1, place, -1):
        keys[later] = keys[later - 1]
    keys[place] = key
    return found


def keep_allowed(
    keys: NDArray[np.int64],
    sums: NDArray[np.int32],
    allowed: NDArray[np.int32],
    column_of: _Columns,
    items: NDArray[np.int32],
    available: NDArray[np.bool_],
) -> int:
    """Keep the best of these items; how many there are."""
    found = 0
    for item in allowed:
        column = column_of[min(item, len(column_of) - 1)]
        if sums[column] > 0:
            found = keep_if_better(keys, found, sums, column, items, available)
    return found


def find_strongest(
    neighbours: NDArray[np.int32],
    weights: NDArray[np.int16],
    history: _Columns,
    recency: NDArray[np.int32],
    places: NDArray[np.int32],
    strongest: NDArray[np.int32],
) -> None:
    """Write the position in the history and the addend of the strongest, the newest among equals, and leave the sums at zero.

    Args:
        neighbours: as in `rank_histories`, and so are the weights.
        weights: see there.
        history: columns.
        recency: the weight of each position.
        places: the sums; -1 and below for a column that was ranked: its place, counted down from -1.
        strongest: (2, limit) of zeros, to be filled.
    """
    for position, column in enumerate(history):
        for k in range(neighbours.shape[1]):
            place = -1 - places[neighbours[column, k]]
            if place < 0:
                places[neighbours[column, k]] = 0
            else:
                addend = weights[column, k] * recency[position]
                if addend > strongest[1, place]:
                    strongest[0, place] = position
                    strongest[1, place] = addend


def rank_histories(  # noqa: PLR0913, PLR0917  # compiled code takes arrays, not objects
    neighbours: NDArray[np.int32],
    weights: NDArray[np.int16],
    items: NDArray[np.int32],
    column_of: _Columns,
    recency: NDArray[np.int32],
    shares: NDArray[np.int32],
    histories: NDArray[np.int32],
    available: NDArray[np.bool_],
    hidden: NDArray[np.int32],
    hidden_ends: NDArray[np.int64],
    allowed: NDArray[np.int32],
    allowed_ends: NDArray[np.int64],
    ranked: NDArray[np.int32],
) -> None:
    """Rank each of R histories, at most `limit` places each.

    Args:
        neighbours: (m + 1, K) columns; what is m or more is padding, and weighs nothing.
        weights: (m + 1, K).
        items: (m,) the item of each column.
        column_of: (n_items + 1,) the column of each item, m for what has none; the last is that of everything later.
        recency: (21, 20) weights by length of history and position.
        shares: (64,) what is left of them, by what was done.
        histories: (R, 20) sightings, newest first, then NO_ITEM.
        available: by item, whether it may be shown.
        hidden: items not to be shown, one person's behind the other's.
        hidden_ends: (R,) where each person's end, or NO_LIST.
        allowed: the only items that may be shown, of whoever has such a list.
        allowed_ends: (R,) where each person's end; NO_LIST: everything may be shown.
        ranked: (4, R, limit) of zeros, to be filled: item, score, the history item with the strongest addend, that addend. The
            score is 0 where there is no more.
    """
    sums = np.zeros(len(items) + neighbours.shape[1], dtype=np.int32)
    keys = np.zeros(ranked.shape[2], dtype=np.int64)
    columns = np.zeros(histories.shape[1], dtype=np.int64)
    weighed = np.zeros(histories.shape[1], dtype=np.int32)
    hidden_from = allowed_from = 0
    for person in range(len(histories)):
        history = columns[: look_up(histories[person], column_of, columns)]
        weigh_places(histories[person], recency[len(history)], shares, weighed)
        add_up(neighbours, weights, history, weighed, sums)
        sums[history] = 0
        hidden_end = max(hidden_from, hidden_ends[person])
        hide(sums, hidden[hidden_from:hidden_end], column_of)
        hidden_from = hidden_end
        found, least = 0, 1
        if allowed_ends[person] == NO_LIST:
            for row in history:
                for k in range(neighbours.shape[1]):
                    # Looked at here, because most end here and a call is dear.
                    if sums[neighbours[row, k]] >= least:
                        found = keep_if_better(keys, found, sums, neighbours[row, k], items, available)
                        if found == len(keys):
                            least = keys[-1] >> _COLUMN_BITS
        else:
            allowed_end = allowed_ends[person]
            found = keep_allowed(keys, sums, allowed[allowed_from:allowed_end], column_of, items, available)
            allowed_from = allowed_end
        for place in range(found):
            column = keys[place] & ((1 << _COLUMN_BITS) - 1)
            ranked[0, person, place] = items[column]
            ranked[1, person, place] = keys[place] >> _COLUMN_BITS
            sums[column] = -1 - place
        find_strongest(neighbours, weights, history, weighed, sums, ranked[2:, person])
        for place in range(found):
            ranked[2, person, place] = histories[person, ranked[2, person, place]] & ITEM_MASK
            sums[keys[place] & ((1 << _COLUMN_BITS) - 1)] = 0


@cache
def prepare_ranking() -> Loop:
    """`rank_histories` in machine code; it takes arrays of exactly these types and no others.

    To be called in a thread before the first model is used, so that nobody's slate waits for it.
    """
    import numba  # a process that ranks nothing never loads the compiler

    whole, word, half, bit = numba.int64, numba.int32, numba.int16, numba.boolean
    signature = numba.void(
        given(word, 2), given(half, 2), given(word), given(whole), given(word, 2), given(word), given(word, 2), given(bit),
        given(word), given(whole), given(word), given(whole), word[:, :, ::1],
    )  # fmt: skip
    for each in (
        look_up,
        weigh_places,
        add_up,
        hide,
        keep_if_better,
        keep_allowed,
        find_strongest,
    ):
        numba.extending.register_jitable(each)
    return compiled(signature, rank_histories)
