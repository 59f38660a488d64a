"""Pairs of items as items of their own, for small catalogues: what follows from A and B together, beyond what follows from each.

Every item of every person is left out in turn, and a ridge regression predicts it from the rest:

    f(x) = [x, the frequent pairs in x, how many there are]      one row per person and item left out
    W    = (SᵀS + λ I)⁻¹ SᵀT                                     S the rows f(x without j), T a one at j

SᵀS and SᵀT are sums over people, and a score is a sum of the rows of W that a history switches on: addends still, of items and of
pairs. The idea of pairs beside a linear model: Steck and Liang, "Negative Interactions for Improved Collaborative Filtering",
RecSys 2021.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from scoring.evaluation.folding import FOREVER, Chosen, fold_in
from scoring.evaluation.parts import Grid, Scores, Start
from scoring.evaluation.recording import Questions, Recording, Rows

MAX_ITEMS = 2000
"""Beyond so many items pairs are not looked at."""

_MAX_LEFT_IN = 4_000_000
_MAX_PAIRS = 2000
_LEAST_PEOPLE = 10
_MAX_COUNTED = 4


def fits(recording: Recording, learnt: Rows) -> bool:
    """Whether the regression is small enough to be solved."""
    lengths = np.bincount(learnt.people)
    return recording.n_items <= MAX_ITEMS and int((lengths * (lengths - 1)).sum()) <= _MAX_LEFT_IN


class Pairs:
    """The regression on items and pairs."""

    name = "pairs"

    def __init__(self, recording: Recording, learnt: Rows) -> None:
        """Leave each item of each person out."""
        self.grid: Grid = {"ridge": (5.0, 20.0, 60.0, 200.0)}
        self.start: Start = {"ridge": 20.0}
        self._n_items = recording.n_items
        matrix = learnt.distinct(self._n_items)
        self._pairs = _frequent_pairs(matrix)
        lengths = np.diff(matrix.indptr)
        owner = np.repeat(np.arange(len(lengths)), lengths)
        several = lengths[owner] > 1
        owner, left_out = owner[several], matrix.indices[several]
        n = len(left_out)
        target = csr_matrix((np.ones(n), (np.arange(n), left_out)), shape=(n, self._n_items))
        rest = (matrix[owner].astype(np.float64) - target).tocsr()
        rest.eliminate_zeros()
        features = self._features(rest)
        self._squares: NDArray[Any] = np.asarray((features.T @ features).todense())
        self._products: NDArray[Any] = np.asarray((features.T @ target).todense())
        self._weights: tuple[float, NDArray[Any]] | None = None

    def scores(self, chosen: Chosen, asked: Questions) -> Scores:
        """(Q, n_items) scores of every item."""
        ridge = chosen["ridge"]
        if self._weights is None or self._weights[0] != ridge:
            ridged = self._squares + ridge * np.eye(len(self._squares))
            self._weights = ridge, np.linalg.solve(ridged, self._products)
        matrix = fold_in(asked, self._n_items, {"half_life": FOREVER})
        matrix.data[:] = 1
        return np.asarray(self._features(matrix.astype(np.float64)) @ self._weights[1], dtype=np.float32)

    def _features(self, matrix: csr_matrix) -> csr_matrix:
        by_item = matrix.tocsc()
        pairs = by_item[:, self._pairs[:, 0]].multiply(by_item[:, self._pairs[:, 1]])
        lengths = np.minimum(np.diff(matrix.indptr), _MAX_COUNTED)
        known = lengths > 0
        counted = csr_matrix(
            (np.ones(known.sum()), (np.flatnonzero(known), lengths[known] - 1)),
            shape=(matrix.shape[0], _MAX_COUNTED),
        )
        return hstack([matrix, pairs, counted]).tocsr()


def _frequent_pairs(matrix: csr_matrix) -> NDArray[np.int64]:
    """(pairs, 2): the pairs that most people had to do with, at least `_LEAST_PEOPLE`."""
    both = (matrix.T @ matrix).tocoo()
    upper = (both.row < both.col) & (both.data >= _LEAST_PEOPLE)
    rows, columns, counts = both.row[upper], both.col[upper], both.data[upper]
    best = np.lexsort((columns, rows, -counts))[:_MAX_PAIRS]
    return np.stack([rows[best], columns[best]], axis=1).astype(np.int64)
