"""Quality over privacy loss and population: the measured points of each recording."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.asking import Quality, quality_of, scores_of_artefact
from bench.federated_quality.learning import Setting, learn, sum_of
from bench.federated_quality.recorded import Asked
from bench.federated_quality.tuning import Lists, tuned

EPSILONS = (0.5, 1.0, 2.0, 4.0, 8.0, math.inf)
SEEDS = (1, 2, 3)


@dataclass(frozen=True)
class Point:
    """One point of a curve: the mean over draws of the noise."""

    epsilon: float
    people: int
    is_emulated: bool
    quality: Quality

    def numbers(self) -> dict[str, Any]:
        """As JSON says it."""
        shown = "none" if math.isinf(self.epsilon) else self.epsilon
        return {"epsilon": shown, "people": self.people, "emulated": self.is_emulated} | asdict(self.quality)


def curve(asked: Asked, validation: Asked, lists: Lists, populations: tuple[float, ...]) -> list[Point]:
    """All points of a recording.

    Args:
        asked: the test split.
        validation: the split that settings are chosen on: once without noise, and for each population at an epsilon of 4.
        lists: what is chosen from.
        populations: sizes, as multiples of the recording; below 1 a part of its people, above 1 an emulation.
    """
    quiet = tuned(validation, lists, math.inf, 1)
    points = []
    for population in populations:
        step, times = max(1, round(1 / population)), max(1, int(population))
        people = asked.trained[::step]
        noisy = tuned(replace(validation, trained=validation.trained[::step]), lists, 4.0, times)
        for epsilon in EPSILONS:
            setting = quiet if math.isinf(epsilon) else noisy
            total = sum_of(people, asked.n_items, setting.clip)
            quality = point(asked, total, setting, epsilon, times)
            points.append(Point(epsilon, len(people) * times, times > 1, quality))
    return points


def point(asked: Asked, total: NDArray[np.int64], setting: Setting, epsilon: float, times: int) -> Quality:
    """The mean quality over draws of the noise."""
    seeds = SEEDS[:1] if math.isinf(epsilon) else SEEDS
    found = []
    for seed in seeds:
        artefact = learn(total, asked, setting, epsilon, times=times, rng=np.random.default_rng(seed))
        found.append(quality_of(scores_of_artefact(artefact, asked), asked))
    return Quality(
        *(fmean(getattr(one, name) for one in found) for name in ("hit_rate", "ndcg", "full_hit_rate"))
    )
