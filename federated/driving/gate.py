"""Whether a model is better than showing what is popular, asked of noise that it was not made of, at no further loss.

With four cohorts and more, some are held out: their sum gets noise of its own and is only looked at here. Nobody is in two
cohorts, so nobody's loss is more than that of one release. With fewer the noise is drawn in two halves: of each half alone a
model is made, and asked of the other (Leiner, Duan, Wasserman and Ramdas, Data fission, JASA 2025, by way of two releases at
half the loss each). Then it is the same people who are asked: that shows that the model is more than noise, and not that others
would like it.

Of each item, the people who are asked and know it also know others; a model that would show those others to whoever knows the
item is right as often as the sum says. So is the list of the most popular items, which is what has to be beaten, by more
than noise does by itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from federated.artefact import Artefact
from federated.better_than_popular import GATE_MODEL, GATE_NOISE, GATE_POPULARITY, is_better_than_popular
from federated.contribution import square_of
from federated.documents import decimal
from federated.on_device import order_of, scores_of

SLATE = 10
LEAST_COHORTS = 4
"""Fewer hold none out: then the same people are asked, with other noise, and the record says so."""

Sum = NDArray[np.int64]
Noisy = Callable[[Sum, float], Sum]
"""A sum with fresh noise of a standard deviation on each value."""
Modelled = Callable[[Sum, float], Artefact]
"""The model of a noisy sum, with the standard deviation of its noise."""


@dataclass(frozen=True, slots=True)
class Gate:
    """What those who were asked would say."""

    model: float
    """Weight of the pairs that the model shows, per item."""
    popularity: float
    """That of the most popular items."""
    noise: float
    """Standard deviation of what noise adds to their difference, at most."""

    @property
    def metrics(self) -> Mapping[str, str]:
        """What the record says of it; what is below nothing counts as nothing."""
        return {
            GATE_MODEL: decimal(max(0.0, self.model)),
            GATE_POPULARITY: decimal(max(0.0, self.popularity)),
            GATE_NOISE: decimal(self.noise),
        }

    @property
    def passes(self) -> bool:
        """Whether the model is better, by more than noise alone is."""
        return is_better_than_popular(self.metrics)


@dataclass(frozen=True, slots=True)
class Tried:
    """A release, and what was found of the model of it."""

    release: Sum
    """The sum with noise."""
    artefact: Artefact
    """The model of it."""
    gate: Gate
    """Whether it is better than what is popular."""
    held_out: int
    """How many cohorts were held out."""


def held_out(cohorts: int) -> int:
    """How many of so many cohorts are held out."""
    return cohorts // LEAST_COHORTS


def release_of(totals: Sequence[Sum], scale: float, noisy: Noisy, modelled: Modelled) -> Tried:
    """Add noise to the sums of cohorts, make the model, and try it. Nobody loses more than by one release of this scale.

    Args:
        totals: the exact sums of the cohorts, in an order that nobody chose.
        scale: standard deviation of the noise on each value of the release.
        noisy: adds noise.
        modelled: makes models.
    """
    n_held = held_out(len(totals))
    if n_held:
        release = noisy(np.sum(totals[n_held:], axis=0), scale)
        artefact = modelled(release, scale)
        found = ask(artefact, noisy(np.sum(totals[:n_held], axis=0), scale), scale)
        return Tried(release, artefact, found, n_held)
    total, of_half = np.sum(totals, axis=0), scale * math.sqrt(2)
    one, other = noisy(total, of_half), noisy(total, of_half)
    release = (one + other) // 2
    both = [ask(modelled(a, of_half), b, of_half) for a, b in ((one, other), (other, one))]
    return Tried(release, modelled(release, scale), _mean(both), 0)


def ask(artefact: Artefact, noisy: Sum, scale: float) -> Gate:
    """Compare a model with popularity on a noisy sum.

    Args:
        artefact: the model.
        noisy: the upper triangle of a sum, with noise that is not in the model.
        scale: standard deviation of that noise on each value.
    """
    n_items = len(artefact.items)
    square = square_of(noisy, n_items)
    np.fill_diagonal(square, 0.0)
    popular = order_of(artefact, artefact.popularity)
    by_model, by_popularity = np.zeros((2, n_items, n_items))
    shown = min(SLATE, n_items - 1)
    for item in range(n_items):
        order = order_of(artefact, scores_of(artefact, [item]))
        by_model[item, order[order != item][:shown]] = 1.0
        by_popularity[item, popular[popular != item][:shown]] = 1.0
    apart = by_model - by_popularity
    moved = np.triu(apart + apart.T, 1)
    return Gate(
        float((square * by_model).sum()) / n_items,
        float((square * by_popularity).sum()) / n_items,
        scale * math.sqrt(float((moved**2).sum())) / n_items,
    )


def _mean(gates: Sequence[Gate]) -> Gate:
    """What several found together; their noise counts as if it were the same, which is the worst that it can be."""
    model, popularity, noise = np.mean([(each.model, each.popularity, each.noise) for each in gates], axis=0)
    return Gate(float(model), float(popularity), float(noise))
