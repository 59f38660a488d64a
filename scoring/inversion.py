"""The inverse of a symmetric positive definite matrix, in place, without stopping the rest of the process.

A blocked sweep: each diagonal block is inverted and swept out of the rest. It needs no pivoting for such matrices, no second
matrix of the same size, and only NumPy products, which let other threads run (SciPy's LAPACK calls do not: a thread would
freeze the gateway for seconds).

Source: Goodnight, "A Tutorial on the SWEEP Operator", The American Statistician 33(3), 1979, in blocks.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Real = TypeVar("Real", np.float32, np.float64)

_BLOCK = 256
_PANEL = 1024
_NEGLIGIBLE = 1e-18
"""Smaller numbers are taken for zero: the product of two of them would be subnormal, which processors multiply up to ten times
slower. Catalogues whose shelves overlap like the links of a chain have millions of them."""


def invert_in_place(a: NDArray[Real]) -> None:
    """Replace a symmetric positive definite matrix by *minus* its inverse.

    Args:
        a: (n, n), C-contiguous; overwritten.

    Raises:
        numpy.linalg.LinAlgError: a diagonal block is singular: the matrix was not positive definite.
    """
    n = len(a)
    for first in range(0, n, _BLOCK):
        block = slice(first, min(first + _BLOCK, n))
        pivot = _without_negligible(np.linalg.inv(a[block, block].astype(np.float64)).astype(a.dtype))
        rows = _without_negligible(a[block].copy())
        scaled = _without_negligible(rows.T @ pivot)
        for top in range(0, n, _PANEL):
            panel = slice(top, min(top + _PANEL, n))
            a[panel] -= scaled[panel] @ rows
        a[:, block] = scaled
        a[block] = scaled.T
        a[block, block] = -pivot


def _without_negligible(a: NDArray[Real]) -> NDArray[Real]:
    a[np.abs(a) < _NEGLIGIBLE] = 0
    return a
