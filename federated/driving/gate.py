"""Whether a model is better than showing what is popular, asked of people it was not learnt from, at no further loss.

Some cohorts are held out: their sum gets noise of its own and is only looked at here. Nobody is in two cohorts, so nobody's loss
is more than that of one release. Of each item, the held-out people who know it also know others; a model that would show
those others to whoever knows the item is right as often as the sum says. So is the list of the most popular items, which
is what has to be beaten. Both numbers are linear in the noisy sum: noise makes them uncertain, not wrong in one direction.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from federated.artefact import Artefact
from federated.contribution import square_of
from federated.on_device import order_of, scores_of

SLATE = 10
LEAST_COHORTS = 4
"""Fewer hold none out: then the sum that the model was learnt of is asked itself, and the record says so."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What held-out people would say."""

    model: float
    """Weight of the pairs that the model shows, per item."""
    popularity: float
    """That of the most popular items."""

    @property
    def passes(self) -> bool:
        """Whether the model is better."""
        return self.model > self.popularity


def held_out(cohorts: int) -> int:
    """How many of so many cohorts are held out."""
    return cohorts // LEAST_COHORTS


def ask(artefact: Artefact, noisy: NDArray[np.int64]) -> Gate:
    """Compare a model with popularity on a noisy sum.

    Args:
        artefact: the model.
        noisy: the upper triangle of a sum with noise, of people who are not in the model; with none held out, of those who are,
            and then the answer says nothing of how good the model is.
    """
    n_items = len(artefact.items)
    square = square_of(noisy, n_items)
    np.fill_diagonal(square, 0.0)
    popular = order_of(artefact, artefact.popularity)
    shown = min(SLATE, n_items - 1)
    model = popularity = 0.0
    for item in range(n_items):
        order = order_of(artefact, scores_of(artefact, [item]))
        model += square[item, order[order != item][:shown]].sum()
        popularity += square[item, popular[popular != item][:shown]].sum()
    return Gate(model / n_items, popularity / n_items)
