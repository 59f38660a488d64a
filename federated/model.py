"""From the noisy sum to the published model. All of it is public arithmetic on what was released: it costs no privacy.

The sum is a symmetric matrix: on its diagonal how popular each item is, beside it how often two items are known to the same
people. Popularity is damped on both sides, the leading eigenvectors are the items' vectors, and a person's vector is their
history's sum of them, so that a score is the history seen through the strongest common tastes (PureSVD, Cremonesi et al., RecSys
2010, by way of the Gram matrix).

Three things keep the noise out. Popularity below what noise alone reaches is raised to that before it divides anything. A Gram
matrix has no negative eigenvalues: the most negative one says how far noise reaches, and what lies within that is left out.
What is left counts by how much of its direction is not noise (Benaych-Georges and Nadakuditi, Adv. Math. 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from federated.artefact import MAX_DIMENSIONS, MAX_GAIN, MAX_RECENCY, MAX_REMEMBERED, MAX_WEIGHT, Artefact
from federated.contribution import square_of
from federated.errors import DocumentError
from federated.items import ItemList


@dataclass(frozen=True, slots=True)
class ModelRecipe:
    """How a sum becomes a model; public, chosen on data that are not asked about, part of the manifest."""

    dimensions: int = 16
    half_life: int = 5
    """Items of the history after which one counts half."""
    remembered: int = 50
    """Items of a history that are ranked by."""
    damping_percent: int = 25
    """Popularity counts by this power, in hundredths, on either side of the matrix."""
    floor: int = 10
    """Multiple of the noise below which popularity is not told from noise."""

    def __post_init__(self) -> None:
        """Refuse what an artefact cannot say.

        Raises:
            DocumentError: a number out of range.
        """
        if not 1 <= self.dimensions <= MAX_DIMENSIONS:
            raise DocumentError("the number of dimensions is out of range")
        if not (1 <= self.half_life <= 1_000 and 1 <= self.remembered <= MAX_REMEMBERED):
            raise DocumentError("the recency is out of range")
        if not (0 <= self.damping_percent <= 100 and 0 <= self.floor <= 1_000):
            raise DocumentError("the damping is out of range")


def model_of(noisy: NDArray[np.int64], items: ItemList, recipe: ModelRecipe, scale: float = 0) -> Artefact:
    """The model of a released sum.

    Args:
        noisy: the upper triangle of the sum with its noise, m (m + 1) / 2 values.
        items: the m items of the round.
        recipe: how.
        scale: standard deviation of the noise on each value.
    """
    square = square_of(noisy, len(items))
    popularity = np.maximum(np.diag(square), 0.0)
    damped = np.maximum(popularity, max(recipe.floor * scale, 1.0)) ** (recipe.damping_percent / 100)
    vectors, counts = _directions(square / damped[:, None] / damped, min(recipe.dimensions, len(items)))
    quantised, gains = _quantised(vectors, counts)
    recency = np.rint(MAX_RECENCY * 0.5 ** (np.arange(recipe.remembered) / recipe.half_life)).astype(np.int64)
    return Artefact(
        items,
        quantised,
        gains,
        np.rint(damped * (MAX_WEIGHT / damped.max())).astype(np.int64),
        recency[recency > 0],
        np.rint(popularity * (65_535 / max(popularity.max(), 1.0))).astype(np.int64),
        0,
    )


def _directions(
    square: NDArray[np.float64], n_directions: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The leading eigenvectors as columns, and how much each counts: 1 without noise, 0 within the reach of noise."""
    last = len(square) - 1
    values, vectors = scipy.linalg.eigh(square, subset_by_index=[last + 1 - n_directions, last])
    least = float(scipy.linalg.eigvalsh(square, subset_by_index=[0, 0])[0])
    reach = max(0.0, -least, 1e-9 * float(values[-1]))
    counts = np.where(values > reach, 1 - (reach / np.maximum(values, reach + 1e-300)) ** 2, 0.0)
    return vectors[:, ::-1], counts[::-1]


def _quantised(
    vectors: NDArray[np.float64], counts: NDArray[np.float64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Signed bytes, each column in a scale of its own, and whole gains that make up for the scales.

    An eigenvector's sign is arbitrary: the largest entry is made positive.
    """
    peaks = vectors[np.abs(vectors).argmax(axis=0), np.arange(vectors.shape[1])]
    gains = peaks**2 * counts
    gains *= MAX_GAIN / max(gains.max(), 1e-300)
    return np.rint(vectors * (127 / peaks)).astype(np.int64), np.rint(gains).astype(np.int64)
