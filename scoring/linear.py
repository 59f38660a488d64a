"""EASE^R: the linear item-to-item model with a closed form.

    G = Xᵀ X,  P = (G + λ I)⁻¹,  B[i, j] = -P[i, j] / P[j, j] off the diagonal, 0 on it

Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019 (arXiv 1905.03375), eqs. 7 and 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.inversion import invert_in_place

_BLOCK = 256


def gram(matrix: csr_matrix, dtype: type[np.float32 | np.float64]) -> NDArray[Any]:
    """XᵀX, dense, (m, m), computed a block of columns at a time."""
    m = matrix.shape[1]
    dense = np.empty((m, m), dtype=dtype)
    by_item = matrix.T.tocsr()
    by_column = matrix.tocsc()
    for rows in blocks(m):
        dense[:, rows] = (by_item @ by_column[:, rows]).toarray()
    return dense


def invert_gram(g: NDArray[Any], ridge: float) -> NDArray[Any]:
    """P = (G + λI)⁻¹, (m, m), in the place of G.

    Raises:
        numpy.linalg.LinAlgError: G is not positive semidefinite.
    """
    diagonal = np.arange(len(g))
    g[diagonal, diagonal] += g.dtype.type(ridge)
    invert_in_place(g)
    for rows in blocks(len(g)):
        np.negative(g[rows], out=g[rows])
    return g


def ease_weights(p: NDArray[Any], *, power: float = 1.0) -> NDArray[Any]:
    """B of P, (m, m), a new matrix.

    Args:
        p: the inverse.
        power: exponent of P[j, j]; 1 is EASE^R, less favours rare items.
    """
    diagonal = np.arange(len(p))
    spread = p[diagonal, diagonal] ** power
    b: NDArray[Any] = p / -spread[None, :].astype(p.dtype)
    b[diagonal, diagonal] = 0
    return b


def blocks(n: int) -> list[slice]:
    """The rows of a large matrix, some at a time."""
    return [slice(first, min(first + _BLOCK, n)) for first in range(0, n, _BLOCK)]
