"""Judging a table of weights from item to item, compiled to machine code: where each hidden item would stand by it.

Thousands of questions are asked in a tenth of a second, and the memory is that of the table: the scores of all items are held for
one question at a time. What is said is what `scoring.evaluation.ranks.places` says of the scores.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.compiling import Loop, compiled, given

Ends = NDArray[np.int64]


def places_by(
    table: csr_matrix, histories: csr_matrix, known: csr_matrix, targets: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Before each hidden item, how many stand: (Q,), from 0; those that stand level count half.

    Args:
        table: (m, n_items) float32 weights; none below 0 counts.
        histories: (Q, m) float32, what each row of the table weighs in a question, 0 or more.
        known: (Q, n_items), entries where an item is not to be shown; the hidden ones are not among them.
        targets: (Q,) the hidden items.
    """
    found = np.empty(len(targets))
    arrays = [
        (each.indptr.astype(np.int64), each.indices.astype(np.int32)) for each in (table, histories, known)
    ]
    prepare_judging()(
        *arrays[0],
        np.maximum(table.data, np.float32(0)).astype(np.float32),
        *arrays[1],
        histories.data.astype(np.float32),
        *arrays[2],
        targets.astype(np.int64),
        np.empty(table.shape[1], dtype=np.float32),
        found,
    )
    return found


def count_before(  # noqa: PLR0913, PLR0917  # compiled code takes arrays, not objects
    table_ends: Ends,
    columns: NDArray[np.int32],
    weights: NDArray[np.float32],
    history_ends: Ends,
    history: NDArray[np.int32],
    folded: NDArray[np.float32],
    known_ends: Ends,
    known: NDArray[np.int32],
    targets: NDArray[np.int64],
    sums: NDArray[np.float32],
    found: NDArray[np.float64],
) -> None:
    """Write into `found` how many stand before each target; `sums` has room for a number for each item."""
    for question in range(len(targets)):
        sums[:] = 0
        for at in range(history_ends[question], history_ends[question + 1]):
            row, weight = history[at], folded[at]
            for entry in range(table_ends[row], table_ends[row + 1]):
                sums[columns[entry]] += weights[entry] * weight
        for at in range(known_ends[question], known_ends[question + 1]):
            sums[known[at]] = -1
        own = sums[targets[question]]
        higher = level = np.int32(0)  # of 32 bits like the scores, or the loop is ten times slower
        for item in range(len(sums)):
            higher = np.int32(higher + np.int32(sums[item] > own))
            level = np.int32(level + np.int32(sums[item] == own))
        found[question] = higher + (level - 1) / 2


@cache
def prepare_judging() -> Loop:
    """`count_before` in machine code; it takes arrays of exactly these types and no others, and lets other threads run."""
    import numba  # a process that judges nothing never loads the compiler

    long, word, single, double = numba.int64, numba.int32, numba.float32, numba.float64
    signature = numba.void(
        given(long), given(word), given(single), given(long), given(word), given(single), given(long), given(word),
        given(long), single[::1], double[::1],
    )  # fmt: skip
    return compiled(signature, count_before, aside=True)
