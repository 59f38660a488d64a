"""P = (G + λI)⁻¹, kept, so that people can be taken out and put in without inverting anew.

    A = G + λI,  A' = A + Uᵀ S U      U: one row per person who goes (S = -1) or comes (S = +1)
    P' = P - P Uᵀ (S + U P Uᵀ)⁻¹ U P

For r rows of U this costs 4 m² r operations, an inversion 2 m³: one person among 4,000 items is some 1,000 times cheaper to
count, and 50 times or more by the clock, because it is memory that is waited for (`python -m bench --only removal`).

- Double precision throughout: 8 m² bytes, 134 MB at 4,096 items; a batch adds 24 r m bytes.
- Rounding adds up, so every change is followed by a look at A' P' v - v for a fixed v. If that is larger than it may be, P is
  inverted anew.

Source: Woodbury, "Inverting Modified Matrices", Memorandum 42, Statistical Research Group, Princeton, 1950.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.linear import blocks, gram, invert_gram

LARGEST_ERROR = 1e-10
"""Of A P v - v, for a fixed v of about 1, before P is inverted anew."""

_BATCH = 64


class KeptInverse:
    """P for the rows of a matrix. Lives on one thread at a time."""

    def __init__(self, matrix: csr_matrix, ridge: float) -> None:
        """Invert.

        Args:
            matrix: (people, m) of ones.
            ridge: λ, positive.
        """
        self.ridge = ridge
        """λ."""
        self.inversions = 0
        """How often P was inverted from nothing."""
        self._invert(matrix)

    @property
    def nbytes(self) -> int:
        """How many bytes it holds."""
        return self.p.nbytes

    def exchange(self, leaving: csr_matrix, coming: csr_matrix, matrix: csr_matrix) -> None:
        """Take people out and put people in.

        Args:
            leaving: (r, m), rows that P knows.
            coming: (s, m), rows that it does not.
            matrix: (people, m), everybody who is left: what P must fit then.
        """
        for rows, sign in ((coming, 1.0), (leaving, -1.0)):
            for first in range(0, rows.shape[0], _BATCH):
                self._change(rows[first : first + _BATCH].astype(np.float64), sign)
        if not self.error(matrix) <= LARGEST_ERROR:
            self._invert(matrix)

    def error(self, matrix: csr_matrix) -> float:
        """The largest entry of A P v - v: how far P is from the inverse for these people."""
        v = np.random.default_rng(1).standard_normal(len(self.p))
        x = self.p @ v
        wide = matrix.astype(np.float64)
        return float(np.abs(wide.T @ (wide @ x) + self.ridge * x - v).max(initial=0.0))

    def _change(self, rows: csr_matrix, sign: float) -> None:
        """P after rows came (+1) or went (-1), in place."""
        through = np.asarray(rows @ self.p)
        middle = np.asarray(rows @ through.T) + sign * np.eye(rows.shape[0])
        solved = np.linalg.solve(middle, through)
        for part in blocks(len(self.p)):
            self.p[part] -= through[:, part].T @ solved

    def _invert(self, matrix: csr_matrix) -> None:
        self.inversions += 1
        self.p: NDArray[Any] = invert_gram(gram(matrix.astype(np.float64), np.float64), self.ridge)
