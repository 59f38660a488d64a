"""Ranking where the history is: the person's own vector in closed form, and the slate. Nothing of it leaves the device."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np
from numpy.typing import NDArray

from federated.artefact import Artefact
from federated.items import Visit


def rank(
    artefact: Artefact,
    history: Iterable[Visit],
    now: int,
    *,
    limit: int = 10,
    exclude: Collection[str] = (),
    again: bool = False,
) -> list[tuple[str, int]]:
    """The best items for a history, each with its score; without a history, the most popular ones.

    Args:
        artefact: the published model.
        history: what the device remembers, in any order.
        now: Unix time; what lies after it is not looked at.
        limit: items on the slate.
        exclude: items that must not be on it.
        again: whether items of the history may be on it.
    """
    recent = artefact.items.latest_of(history, len(artefact.recency), now)
    scores = scores_of(artefact, recent)
    order = order_of(artefact, scores)
    left_out = {artefact.items.number_of(item) for item in exclude} | (set() if again else set(recent))
    slate = (number for number in order.tolist() if number not in left_out)
    return [
        (artefact.items.ids[number], int(scores[number]))
        for number, _ in zip(slate, range(limit), strict=False)
    ]


def vector_of(artefact: Artefact, recent: list[int]) -> NDArray[np.int64]:
    """The person's own vector (d,), from the numbers of their last items, newest first. Personal: it stays on the device."""
    return artefact.recency[: len(recent)] @ artefact.vectors[recent]


def scores_of(artefact: Artefact, recent: list[int]) -> NDArray[np.int64]:
    """The score of every item (m,), exact."""
    own = vector_of(artefact, recent)
    return artefact.prior * artefact.popularity + artefact.weights * (
        artefact.vectors @ (artefact.gains * own)
    )


def order_of(artefact: Artefact, scores: NDArray[np.int64]) -> NDArray[np.intp]:
    """All items, best first: by score, then popularity, then the smaller number."""
    return np.lexsort((-artefact.popularity, -scores))
