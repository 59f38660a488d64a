"""What becomes of rounds of few people, as a fleet is set up: how good their models are, and which of them are published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.asking import quality_of, scores_of_artefact
from bench.federated_quality.comparators import popularity
from bench.federated_quality.learning import USUAL, sum_of
from bench.federated_quality.recorded import Asked
from federated import Artefact, ItemList, model_of, scale_for
from federated.driving.gate import ask, release_of

RHO = 0.5
"""Of a round, as it is set up."""
DRAWS = 10
_ASKED = 800


class Population(NamedTuple):
    """Who is in a round."""

    people: int
    """Recorded ones, drawn anew for each round."""
    cohorts: int
    """That they are in."""
    times: int = 1
    """Everybody counted that often."""


OF_MOVIELENS = (Population(60, 1), Population(100, 4), Population(943, 16), Population(943, 16, 10))
OF_MSWEB = (Population(60, 1), Population(100, 4), Population(1_000, 20), Population(10_000, 200))


@dataclass(frozen=True)
class Few:
    """Rounds of so many people."""

    people: int
    """In the round."""
    held_out: int
    """Cohorts of whom nobody is in the model."""
    own: float
    """Share of the rounds whose model is better than what is popular, asked of the sum that it was made of."""
    published: float
    """Share that is published."""
    hit_rate: float
    """HR@10 of the models, among 99 items that the person never knew; published or not."""
    popularity: float
    """That of what is popular, without noise."""


def of_few(asked: Asked, populations: Sequence[Population], draws: int = DRAWS) -> list[Few]:
    """Rounds of some of the recorded people, so many for each population."""
    every = max(1, len(asked.histories) // _ASKED)
    number = np.arange(0, len(asked.histories), every)
    histories = [asked.histories[each] for each in number]
    some = Asked(asked.n_items, asked.trained, histories, asked.hidden[number], asked.negatives[number])
    everybody = sum_of(asked.trained, asked.n_items, USUAL.clip)
    known = quality_of(popularity(everybody, some), some).hit_rate
    return [_of(some, each, known, draws) for each in populations]


def _of(asked: Asked, population: Population, known: float, draws: int) -> Few:
    people, cohorts, times = population
    rng, scale = np.random.default_rng(people), scale_for(USUAL.clip.norm, RHO)
    items = ItemList([str(each) for each in range(asked.n_items)])

    def noisy(total: NDArray[np.int64], of: float) -> NDArray[np.int64]:
        return total + np.rint(rng.normal(0, of, len(total))).astype(np.int64)

    def modelled(total: NDArray[np.int64], of: float) -> Artefact:
        return model_of(total, items, USUAL.recipe, of)

    found = []
    for _ in range(draws):
        chosen = rng.choice(len(asked.trained), people, replace=False)
        totals = [
            times
            * sum_of([asked.trained[each] for each in chosen[number::cohorts]], asked.n_items, USUAL.clip)
            for number in range(cohorts)
        ]
        tried = release_of(totals, scale, noisy, modelled)
        own = ask(tried.artefact, tried.release, 0.0).passes
        rate = quality_of(scores_of_artefact(tried.artefact, asked), asked).hit_rate
        found.append((tried.held_out, own, tried.gate.passes, rate))
    held, own, passed, rate = np.mean(found, axis=0)
    return Few(people * times, int(held), float(own), float(passed), float(rate), known)
