"""The inner loops of an evaluation, compiled to machine code: what a history adds to every item, and where an item stands.

As sparse products (SciPy) a question went through its addends eight times: rows of the statistic cut out, summed, scaled from
both sides, multiplied, sorted, and laid out in full. Here each addend is added once, where it belongs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.compiling import Loop, compiled, given

Sparse = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]
"""The rows of a matrix: where each begins, its columns, its values."""


def add_rows(history: Sparse, rows: Sparse, weights: NDArray[np.float32], found: NDArray[np.float32]) -> None:
    """Add to each question's scores the rows of its history's items.

    Args:
        history: (Q, n_items) what each item of a history weighs.
        rows: (n_items, n_items) what an item adds to each other.
        weights: (n_items,) what each row counts.
        found: (Q, n_items) the scores.
    """
    starts, items, shares = history
    begins, columns, values = rows
    for question in range(len(found)):
        for n in range(starts[question], starts[question + 1]):
            item = items[n]
            weight = shares[n] * weights[item]
            for k in range(begins[item], begins[item + 1]):
                found[question, columns[k]] += weight * values[k]


def count_before(
    scores: NDArray[np.float32], targets: NDArray[np.int64], before: NDArray[np.float64]
) -> None:
    """Write how many items stand before each target: those above it, and half of those level with it.

    Args:
        scores: (Q, n_items).
        targets: (Q,) an item each.
        before: (Q,) is written.
    """
    for question, target in enumerate(targets):
        own = scores[question, target]
        above, level = 0, -1
        for item in range(scores.shape[1]):
            above += scores[question, item] > own
            level += scores[question, item] == own
        before[question] = above + level / 2


@cache
def compiled_add_rows() -> Loop:
    """`add_rows` in machine code."""
    import numba

    types: Any = numba.types
    whole, real = given(numba.int32), given(numba.float32)
    sparse = types.Tuple((whole, whole, real))
    return compiled(numba.void(sparse, sparse, real, numba.float32[:, ::1]), add_rows, aside=True)


@cache
def compiled_count_before() -> Loop:
    """`count_before` in machine code."""
    import numba

    kinds = [
        numba.void(given(kind, 2), given(numba.int64), numba.float64[::1])
        for kind in (numba.float32, numba.float64)
    ]
    return compiled(kinds, count_before, aside=True)
