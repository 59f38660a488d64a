"""Settings, chosen on the validation split by a walk over short lists: one number at a time, twice round."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np

from bench.federated_quality.asking import quality_of, scores_of_artefact
from bench.federated_quality.learning import USUAL, Setting, learn, sum_of
from bench.federated_quality.recorded import Asked

Lists = dict[str, tuple[int, ...]]

ORDERED: Lists = {
    "exponent_percent": (50, 75, 100),
    "max_items": (60, 100),
    "damping_percent": (15, 25, 40),
    "half_life": (3, 5, 8),
}
UNORDERED: Lists = {
    "damping_percent": (25, 40, 50, 60),
    "dimensions": (8, 12, 16, 24),
    "exponent_percent": (25, 50, 75),
    "max_items": (20,),
    "half_life": (1000,),
}


def tuned(asked: Asked, lists: Lists, epsilon: float, times: int) -> Setting:
    """The setting with the best NDCG@10 on a validation split, at one loss and population."""
    setting = USUAL
    found: dict[Setting, float] = {}

    def goodness(tried: Setting) -> float:
        if tried not in found:
            total = sum_of(asked.trained, asked.n_items, tried.clip)
            artefact = learn(total, asked, tried, epsilon, times=times, rng=np.random.default_rng(7))
            found[tried] = quality_of(scores_of_artefact(artefact, asked), asked).ndcg
        return found[tried]

    for _ in range(2):
        for name, values in lists.items():
            setting = max(_alternatives(setting, name, values), key=goodness)
    return setting


def best_ridge(asked: Asked, score: Callable[[float], np.ndarray]) -> float:
    """The ridge of EASE with the best hit rate on a validation split, in multiples of the mean of the diagonal."""
    return max((3.0, 10.0, 20.0, 40.0, 80.0), key=partial(_hit_rate, asked, score))


def _hit_rate(asked: Asked, score: Callable[[float], np.ndarray], ridge: float) -> float:
    return quality_of(score(ridge), asked).hit_rate


def _alternatives(setting: Setting, name: str, values: tuple[int, ...]) -> Iterator[Setting]:
    """The setting with each value of one number."""
    for value in values:
        if hasattr(setting.clip, name):
            yield replace(setting, clip=replace(setting.clip, **{name: value}))
        else:
            yield replace(setting, recipe=replace(setting.recipe, **{name: value}))
