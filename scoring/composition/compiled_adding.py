"""The inner loops of adding up: what a history's items speak for, by the model and by their content, and the sum of it all.

The functions are plain Python, compiled by `prepare_adding`; nothing is kept between two calls.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from scoring.compiling import Loop, compiled, given


def gather_related(
    neighbours: NDArray[np.int32],
    strengths: NDArray[np.int16],
    items: NDArray[np.int32],
    columns: NDArray[np.int64],
    weights: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Write what each of some columns speaks for; how many addends that are.

    Args:
        neighbours: (m + 1, K) columns, as in `Model`.
        strengths: (m + 1, K), 0 in the padding.
        items: (m,) the item of each column.
        columns: (n,) those that speak.
        weights: (n,) what each of them weighs.
        found: (3, n * K) to be filled: item, addend, position of who speaks.
    """
    at = 0
    for position in range(len(columns)):
        column = columns[position]
        for k in range(neighbours.shape[1]):
            addend = strengths[column, k] * weights[position]
            if addend != 0:
                found[0, at] = items[neighbours[column, k]]
                found[1, at] = addend
                found[2, at] = position
                at += 1
    return at


def gather_alike(
    near: NDArray[np.int32],
    likeness: NDArray[np.int32],
    share: float,
    items: NDArray[np.int64],
    weights: NDArray[np.int64],
    found: NDArray[np.int64],
) -> int:
    """Write what each of some items speaks for by its content; how many addends that are.

    Args:
        near: (n_items, K) items.
        likeness: (n_items, K), 0 where there is no more; up to UNIT.
        share: of content.
        items: (n,) those that speak; of one beyond the last nothing is known.
        weights: (n,) what each of them weighs.
        found: (3, n * K) to be filled: item, addend, position of who speaks.
    """
    at = 0
    for position in range(len(items)):
        if items[position] >= len(near):
            continue
        row = items[position]
        for k in range(near.shape[1]):
            addend = np.int64(np.rint(likeness[row, k] * share)) * weights[position]
            if addend != 0:
                found[0, at] = near[row, k]
                found[1, at] = addend
                found[2, at] = position
                at += 1
    return at


def sum_up(items: NDArray[np.int64], addends: NDArray[np.int64], totals: NDArray[np.int64]) -> None:
    """Add every addend to the total of its item; one that has no total is left out."""
    for at in range(len(items)):
        if items[at] < len(totals):
            totals[items[at]] += addends[at]


class Adding(NamedTuple):
    """The loops in machine code."""

    gather_related: Loop
    """`gather_related`, compiled for its types."""
    gather_alike: Loop
    """`gather_alike`, compiled for its types."""
    sum_up: Loop
    """`sum_up`, compiled for its types."""


@cache
def prepare_adding() -> Adding:
    """Compile them; they take arrays of exactly these types and no others.

    To be called in a thread before slates are composed, so that nobody's slate waits for it.
    """
    import numba  # a process that composes nothing never loads the compiler

    half, word, whole, double = numba.int16, numba.int32, numba.int64, numba.float64
    return Adding(
        compiled(
            whole(given(word, 2), given(half, 2), given(word), given(whole), given(whole), whole[:, ::1]),
            gather_related,
        ),
        compiled(
            whole(given(word, 2), given(word, 2), double, given(whole), given(whole), whole[:, ::1]),
            gather_alike,
        ),
        compiled(numba.void(given(whole), given(whole), whole[::1]), sum_up),
    )
