"""Training: EASE^R from who saw what, in closed form.

- The only statistic of people is the Gram matrix G = XᵀX, a sum over people: training without somebody equals a training in
  which they never took part, and nothing of them is left over.
- P = (G + λI)⁻¹, B[i, j] = -P[i, j] / P[j, j] off the diagonal. The K largest positive weights of each row are kept, as
  16-bit numbers.
- The same matrix on the same machine gives the same model, bit for bit; equal weights are ordered by index, the newest first.
- Runs in a thread beside the event loop: everything heavy is a NumPy or SciPy operation that lets other threads run.

Source: Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019 (arXiv 1905.03375), eqs. 7 and 8.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from scoring.errors import ModelParameterError
from scoring.linear import blocks, ease_weights, gram, invert_gram
from scoring.model import (
    DEFAULT_HALF_LIFE,
    MAX_WEIGHT,
    Model,
    TrainingFacts,
    popular_order,
    seal_model,
)

DEFAULT_RIDGE = 200.0
"""λ: larger trusts rare pairs less."""

DEFAULT_NEIGHBOURS = 50
"""K: related items kept of each."""

MAX_COLUMNS = 12_000
"""Items the closed form is computed for, the most popular: 4 * MAX_COLUMNS**2 bytes of memory. Ranking could name 100,000."""

_EXACT_COLUMNS = 4096
_INDEX_BITS = 20
_MAX_SCALE = 1 << 40


def train(
    matrix: csr_matrix,
    *,
    lam: float = DEFAULT_RIDGE,
    k: int = DEFAULT_NEIGHBOURS,
    half_life: float = DEFAULT_HALF_LIFE,
    now: int,
    version: int,
) -> Model:
    """Train a model.

    Args:
        matrix: (people, n_items), a one where a person saw an item.
        lam: λ, positive.
        k: neighbours per item, 1 to 200.
        half_life: of the recency weights, in items.
        now: when the matrix was taken (unix seconds).
        version: the model's number.

    Raises:
        ModelParameterError: a parameter is out of range.
    """
    if not 0 < lam < 1e9:
        raise ModelParameterError("lam is a positive number")
    if not 1 <= k <= 200:
        raise ModelParameterError("k is 1 to 200")
    popularity = np.bincount(matrix.indices, minlength=matrix.shape[1]).astype(np.int32)
    n_observed = int(np.count_nonzero(popularity))
    columns = np.sort(popular_order(popularity)[: min(n_observed, MAX_COLUMNS)])
    b = _ease(matrix[:, columns], lam)
    largest = max((float(b[rows].max()) for rows in blocks(len(b))), default=0.0)
    weight_scale = min(int(MAX_WEIGHT / largest), _MAX_SCALE) if largest > 0 else 1
    neighbours, weights = _heaviest(b, max(min(k, len(b)), 1), weight_scale)
    facts = TrainingFacts(
        version=version,
        trained_at=now,
        n_people=int(np.count_nonzero(np.diff(matrix.indptr))),
        ridge=float(lam),
        half_life=half_life,
        weight_scale=weight_scale,
    )
    return seal_model(facts, columns, neighbours, weights, popularity)


def _ease(matrix: csr_matrix, lam: float) -> NDArray[Any]:
    """The weights B of EASE^R, (m, m), in double precision where that is cheap."""
    dtype = np.float64 if matrix.shape[1] <= _EXACT_COLUMNS else np.float32
    return ease_weights(invert_gram(gram(matrix, dtype), lam))


def _heaviest(b: NDArray[Any], k: int, weight_scale: int) -> tuple[NDArray[np.int32], NDArray[np.int16]]:
    """Of each row the k largest positive weights, quantised: neighbours (m, k) and weights (m, k)."""
    m = len(b)
    neighbours = np.empty((m, k), dtype=np.int32)
    weights = np.empty((m, k), dtype=np.int16)
    padding = m + np.arange(k)
    index = np.arange(m, dtype=np.int64)
    for rows in blocks(m):
        quantised = np.minimum(np.rint(np.maximum(b[rows], 0) * weight_scale), MAX_WEIGHT).astype(np.int64)
        key = quantised << _INDEX_BITS | index
        heaviest = np.sort(np.partition(key, m - k, axis=1)[:, m - k :], axis=1)[:, ::-1]
        weights[rows] = heaviest >> _INDEX_BITS
        neighbours[rows] = np.where(weights[rows] > 0, heaviest & ((1 << _INDEX_BITS) - 1), padding)
    return neighbours, weights
