"""The inner loops of placing: the most diverse choice, how alike the candidates are, and a fair share of the places.

The functions are plain Python, compiled by `prepare_placing`; nothing is kept between two calls.
"""

from __future__ import annotations

from functools import cache
from math import log2
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.compiling import Loop, compiled, given

LEAST_SHARE, MOST_SHARE = 0.9, 1.1
"""Between what parts of its due a provider is kept."""


def pick_diverse(
    value: NDArray[np.float64],
    likeness: NDArray[np.float32],
    strength: float,
    chosen: NDArray[np.int64],
) -> None:
    """Fill `chosen`, place by place, with the position of the largest `value - strength * mean likeness to those chosen`.

    Of equals the first. `value` is used up.
    """
    left, total, position = len(value), np.zeros(len(value)), np.arange(len(value))
    for place in range(len(chosen)):
        best, most = 0, -np.inf
        for each in range(left):
            worth = value[each] - strength * total[each] / max(place, 1)
            if worth > most:
                best, most = each, worth
        taken = chosen[place] = position[best]
        left -= 1
        for each in range(best, left):  # who comes later moves up
            value[each], total[each], position[each] = value[each + 1], total[each + 1], position[each + 1]
        for each in range(left):
            total[each] += likeness[taken, position[each]]


def compare_rows(
    starts: NDArray[np.int32],
    words: NDArray[np.int32],
    weights: NDArray[np.float32],
    items: NDArray[np.int64],
    latest: NDArray[np.int32],
    likeness: NDArray[np.float32],
) -> None:
    """Write into `likeness` the products of some rows of a sparse matrix, each with each.

    Word by word: an item meets those before it that have the word, and no others.

    Args:
        starts: where each row begins among `words`, and where the last one ends.
        words: the columns of a row's values, each once.
        weights: the values.
        items: the rows; one beyond the last is like nobody.
        latest: -1 for each column; so again afterwards.
        likeness: (n, n) zeros.
    """
    n_rows, n_values = len(starts) - 1, 0
    for item in items:
        if item < n_rows:
            n_values += starts[item + 1] - starts[item]
    # Of each value that was met: whose it is, where it stands, and the one before it of the same word.
    owner = np.empty(n_values, dtype=np.int32)
    place = np.empty(n_values, dtype=np.int32)
    before = np.empty(n_values, dtype=np.int32)
    met = 0
    for one in range(len(items)):
        if items[one] >= n_rows:
            continue
        for at in range(starts[items[one]], starts[items[one] + 1]):
            owner[met], place[met], before[met] = one, at, latest[words[at]]
            latest[words[at]] = met
            value = met
            while value >= 0:
                likeness[one, owner[value]] += weights[at] * weights[place[value]]
                value = before[value]
            met += 1
    for value in range(met):
        latest[words[place[value]]] = -1
    for one in range(len(items)):
        for other in range(one):
            likeness[other, one] = likeness[one, other]


def count_offers(
    provider_of: NDArray[np.int32], may_show: NDArray[np.bool_], offers: NDArray[np.float64]
) -> None:
    """Add to `offers` how many items each provider may be shown with; who has none, -1, stands first."""
    for item in range(len(may_show)):
        if may_show[item]:
            offers[provider_of[item] + 1] += 1.0


def share_out(
    provider_of: NDArray[np.int32],
    offers: NDArray[np.float64],
    had: NDArray[np.float64],
    chosen: NDArray[np.int64],
) -> int:
    """Fill `chosen`, place by place, with positions in an order, so that every provider is shown about as much as it offers.

    Args:
        provider_of: (n,) of the items in their order, the best first, from 0.
        offers: (m,) how much each provider offers.
        had: (m,) the exposure that each had; what it gets now is added.
        chosen: to be filled.

    Returns:
        How many places there was somebody for.
    """
    n, nobody = len(provider_of), len(provider_of)
    best = np.full(len(offers), nobody)
    for position in range(n - 1, -1, -1):
        best[provider_of[position]] = position
    total, offered = had.sum(), offers.sum()
    for place in range(len(chosen)):
        gain = 1.0 / log2(place + 2.0)
        total += gain
        poorest, fitting = -1, -1
        lowest = np.inf
        for each in range(len(offers)):
            if best[each] == nobody or offers[each] == 0.0:
                continue
            due = offers[each] / offered * total
            if had[each] / due < lowest or (had[each] / due == lowest and best[each] < best[poorest]):
                poorest, lowest = each, had[each] / due
            if (had[each] + gain) / due <= MOST_SHARE and (fitting < 0 or best[each] < best[fitting]):
                fitting = each
        if poorest < 0:
            return place
        turn = poorest if lowest < LEAST_SHARE or fitting < 0 else fitting
        chosen[place] = best[turn]
        had[turn] += gain
        later = best[turn] + 1
        while later < n and provider_of[later] != turn:
            later += 1
        best[turn] = later
    return len(chosen)


class Placing(NamedTuple):
    """The loops in machine code."""

    pick_diverse: Loop
    """`pick_diverse`, compiled for its types."""
    compare_rows: Loop
    """`compare_rows`, compiled for its types."""
    count_offers: Loop
    """`count_offers`, compiled for its types."""
    share_out: Loop
    """`share_out`, compiled for its types."""


@cache
def prepare_placing() -> Placing:
    """Compile them; they take arrays of exactly these types and no others.

    To be called in a thread before slates are composed, so that nobody's slate waits for it.
    """
    import numba  # a process that composes nothing never loads the compiler

    half, word, whole, double, bit = numba.float32, numba.int32, numba.int64, numba.float64, numba.boolean
    nothing = numba.void
    return Placing(
        compiled(nothing(double[::1], given(half, 2), double, whole[::1]), pick_diverse),
        compiled(
            nothing(given(word), given(word), given(half), given(whole), word[::1], half[:, ::1]),
            compare_rows,
        ),
        compiled(nothing(given(word), given(bit), double[::1]), count_offers),
        compiled(whole(given(word), given(double), double[::1], whole[::1]), share_out),
    )
