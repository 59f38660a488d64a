"""What a round makes of recorded people: the exact sum, the noise for a population and a loss, the artefact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.recorded import Asked, Numbers
from federated import DELTA, Artefact, Clip, ItemList, ModelRecipe, model_of, n_pairs, rho_for, scale_for


@dataclass(frozen=True)
class Setting:
    """What is chosen on the validation split."""

    clip: Clip
    recipe: ModelRecipe


USUAL = Setting(Clip(unit=16_384), ModelRecipe())
"""Where nothing is chosen: the usual clip, in finer whole numbers, since more people are in one sum than in a cohort."""


def sum_of(trained: Sequence[Numbers], n_items: int, clip: Clip) -> NDArray[np.int64]:
    """The sum of everybody's contributions, as `update_of` makes each."""
    square = np.zeros((n_items, n_items), np.int64)
    for history in trained:
        known = history[-clip.max_items :]
        square[np.ix_(known, known)] += clip.value_of(len(known))
    return square[np.triu_indices(n_items)]


def scale_of(clip: Clip, epsilon: float) -> float:
    """The scale of noise of a release at `epsilon`; none for infinity."""
    return 0.0 if np.isinf(epsilon) else scale_for(clip.norm, rho_for(epsilon, DELTA))


def learn(
    total: NDArray[np.int64],
    asked: Asked,
    setting: Setting,
    epsilon: float,
    *,
    times: int = 1,
    rng: np.random.Generator,
) -> Artefact:
    """The model of a population.

    Args:
        total: the exact sum.
        asked: the recording.
        setting: how.
        epsilon: loss of the one release.
        times: everybody counted that often: a population `times` as large of the same kind, which is an emulation.
        rng: the noise of measurements is a rounded Gaussian of the same scale as the product's discrete one, drawn faster.
    """
    scale = scale_of(setting.clip, epsilon)
    noise = np.rint(rng.normal(0, scale, n_pairs(asked.n_items))).astype(np.int64) if scale else 0
    items = ItemList([str(number) for number in range(asked.n_items)])
    return model_of(total * times + noise, items, setting.recipe, scale)
