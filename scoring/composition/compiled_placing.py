"""The inner loops of composing, compiled to machine code by Numba in the way of those of ranking (`scoring.compiled_ranking`).

The functions are plain Python; nothing is kept between two calls.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pick_diverse(
    value: NDArray[np.float64],
    likeness: NDArray[np.float32],
    strength: float,
    chosen: NDArray[np.int64],
) -> None:
    """Fill `chosen`, place by place, with the position of the largest `value - strength * mean likeness to those chosen`.

    Of equals the first. What was chosen is worth nothing any more in `value`.
    """
    total = np.zeros(len(value))
    for place in range(len(chosen)):
        best, most = 0, -np.inf
        for each in range(len(value)):
            worth = value[each] - strength * total[each] / max(place, 1)
            if worth > most:
                best, most = each, worth
        chosen[place] = best
        value[best] = -np.inf
        for each in range(len(value)):
            total[each] += likeness[best, each]


def compare_rows(
    starts: NDArray[np.int32],
    words: NDArray[np.int32],
    weights: NDArray[np.float32],
    items: NDArray[np.int64],
    scratch: NDArray[np.float32],
    likeness: NDArray[np.float32],
) -> None:
    """Write into `likeness` the products of some rows of a sparse matrix, each with each.

    Args:
        starts: where each row begins among `words`, and where the last one ends.
        words: the columns of a row's values.
        weights: the values.
        items: the rows; one beyond the last is like nobody.
        scratch: zeros, a column each; zeros again afterwards.
        likeness: (n, n) zeros.
    """
    n_rows = len(starts) - 1
    for one in range(len(items)):
        if items[one] >= n_rows:
            continue
        first, last = starts[items[one]], starts[items[one] + 1]
        for at in range(first, last):
            scratch[words[at]] = weights[at]
        for other in range(one, len(items)):
            if items[other] >= n_rows:
                continue
            total = np.float32(0.0)
            for at in range(starts[items[other]], starts[items[other] + 1]):
                total += weights[at] * scratch[words[at]]
            likeness[one, other] = likeness[other, one] = total
        for at in range(first, last):
            scratch[words[at]] = 0.0


@cache
def prepare_composing() -> tuple[Callable[..., None], Callable[..., None]]:
    """`pick_diverse` and `compare_rows` in machine code; they take arrays of exactly these types and no others.

    To be called in a thread before slates are composed, so that nobody's slate waits for it.
    """
    import numba  # a process that composes nothing never loads the compiler

    def given(kind: Any, dimensions: int = 1) -> Any:
        return numba.types.Array(kind, dimensions, "C", readonly=True)

    half, word, whole, double = numba.float32, numba.int32, numba.int64, numba.float64
    picking = numba.void(double[::1], given(half, 2), double, whole[::1])
    comparing = numba.void(
        given(word), given(word), given(half), given(whole), half[::1], half[:, ::1]
    )  # fmt: skip

    def compiled(signature: Any, function: Callable[..., None]) -> Callable[..., None]:
        try:
            made: Callable[..., None] = numba.njit(signature, cache=True)(function)
        except RuntimeError:  # there is no place where it could be kept
            made = numba.njit(signature)(function)
        return made

    return compiled(picking, pick_diverse), compiled(comparing, compare_rows)
