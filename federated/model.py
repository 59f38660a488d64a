"""From the noisy sum to the published model. All of it is public arithmetic on what was released: it costs no privacy.

The sum is a symmetric matrix: on its diagonal how popular each item is, beside it how often two items are known to the same
people. Its leading eigenvectors are the items' vectors; a person's vector is their history's sum of them, so that a score is the
history seen through the strongest common tastes (PureSVD, Cremonesi et al., RecSys 2010, by way of the Gram matrix).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from federated.artefact import MAX_DIMENSIONS, MAX_GAIN, MAX_RECENCY, MAX_REMEMBERED, Artefact
from federated.contribution import square_of
from federated.errors import DocumentError
from federated.items import ItemList


@dataclass(frozen=True, slots=True)
class ModelRecipe:
    """How a sum becomes a model; public, chosen on data that are not asked about, part of the manifest."""

    dimensions: int = 16
    half_life: int = 5
    """Items of the history after which one counts half."""
    remembered: int = 60
    """Items of a history that are ranked by."""

    def __post_init__(self) -> None:
        """Refuse what an artefact cannot say.

        Raises:
            DocumentError: a number out of range.
        """
        if not 1 <= self.dimensions <= MAX_DIMENSIONS:
            raise DocumentError("the number of dimensions is out of range")
        if not (1 <= self.half_life <= 1_000 and 1 <= self.remembered <= MAX_REMEMBERED):
            raise DocumentError("the recency is out of range")


def model_of(noisy: NDArray[np.int64], items: ItemList, recipe: ModelRecipe) -> Artefact:
    """The model of a released sum.

    Args:
        noisy: the upper triangle of the sum with its noise, m (m + 1) / 2 values.
        items: the m items of the round.
        recipe: how.
    """
    square = square_of(noisy, len(items))
    popularity = np.maximum(np.diag(square), 0.0)
    values, vectors = np.linalg.eigh(square)
    kept = min(recipe.dimensions, len(items))
    leading = vectors[:, ::-1][:, :kept] * (values[::-1][:kept] > 0)
    quantised, gains = _quantised(leading)
    weights = MAX_RECENCY * 0.5 ** (np.arange(recipe.remembered) / recipe.half_life)
    return Artefact(
        items,
        quantised,
        gains,
        np.maximum(np.rint(weights), 1).astype(np.int64),
        np.rint(popularity * (65_535 / max(popularity.max(), 1.0))).astype(np.int64),
        0,
    )


def _quantised(vectors: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Signed bytes, each column in a scale of its own, and the squares of the scales in common proportion.

    An eigenvector's sign is arbitrary: the largest entry is made positive.
    """
    largest = np.abs(vectors).argmax(axis=0)
    peaks = vectors[largest, np.arange(vectors.shape[1])]
    scales = np.where(np.abs(peaks) > 0, peaks, 1.0)
    squares = scales**2 * (np.abs(peaks) > 0)
    gains = squares * (MAX_GAIN / max(squares.max(), 1e-300))
    return np.rint(vectors * (127 / scales)).astype(np.int64), np.rint(gains).astype(np.int64)
