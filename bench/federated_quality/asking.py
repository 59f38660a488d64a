"""Asking everybody at once: the scores of an artefact, as the device reckons them, and where the hidden items stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.recorded import Asked
from federated import Artefact

SLATE = 10


@dataclass(frozen=True)
class Quality:
    """Of one model."""

    hit_rate: float
    """HR@10 among 99 items that the person never knew."""
    ndcg: float
    """NDCG@10 among the same items."""
    full_hit_rate: float
    """HR@10 among all items that the person does not know yet."""


def weighted(asked: Asked, recency: NDArray[np.float64]) -> NDArray[np.float64]:
    """(asked, items): each person's history, newest first weighted by `recency`."""
    rows = np.zeros((len(asked.histories), asked.n_items))
    for row, history in zip(rows, asked.histories, strict=True):
        newest = history[::-1][: len(recency)]
        row[newest] = recency[: len(newest)]
    return rows


def scores_of_artefact(artefact: Artefact, asked: Asked) -> NDArray[np.float64]:
    """The device's scores for everybody, exact; popularity, a fraction below 1, decides between equal ones as it does there."""
    own = weighted(asked, artefact.recency.astype(np.float64)) @ artefact.vectors
    likeness = artefact.weights * ((own * artefact.gains) @ artefact.vectors.T)
    return artefact.prior * artefact.popularity + likeness + artefact.popularity / 2**17


def quality_of(scores: NDArray[np.float64], asked: Asked) -> Quality:
    """Where the hidden items stand; an item of equal score counts as standing before."""
    wanted = np.take_along_axis(scores, asked.hidden[:, None], 1)
    place = (np.take_along_axis(scores, asked.negatives, 1) >= wanted).sum(1)
    unknown = np.ones(scores.shape, bool)
    for row, history in zip(unknown, asked.histories, strict=True):
        row[history] = False
    full = ((scores >= wanted) & unknown).sum(1) - 1
    found = place < SLATE
    return Quality(
        float(found.mean()),
        float(np.where(found, 1 / np.log2(place + 2), 0).mean()),
        float((full < SLATE).mean()),
    )
