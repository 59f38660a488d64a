"""New items: a tenth of all items is in no round; their vectors come from genres; who knows one of them is asked for it among the new."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.asking import scores_of_artefact
from bench.federated_quality.learning import Setting, learn, sum_of
from bench.federated_quality.recorded import Asked
from federated import with_new_items


@dataclass(frozen=True)
class Newcomers:
    """What came of it."""

    asked: int
    new_items: int
    hit_rate: float
    """HR@10 among the new items."""
    by_chance: float


def newcomers(
    asked: Asked, genres: NDArray[np.float64], setting: Setting, epsilon: float, times: int
) -> Newcomers:
    """Learn without every tenth item, guess their vectors, and ask those whose hidden item is one of them."""
    is_new = np.arange(asked.n_items) % 10 == 0
    order = np.concatenate([np.flatnonzero(~is_new), np.flatnonzero(is_new)])
    place = np.argsort(order)
    n_known = int((~is_new).sum())
    trained = [place[h][place[h] < n_known] for h in asked.trained]
    known = replace(asked, n_items=n_known, trained=trained)
    total = sum_of(trained, n_known, setting.clip)
    artefact = learn(total, known, setting, epsilon, times=times, rng=np.random.default_rng(1))
    artefact = with_new_items(artefact, [f"new-{n}" for n in range(int(is_new.sum()))], genres[order])
    who = np.flatnonzero(is_new[asked.hidden])
    histories = [place[asked.histories[w]] for w in who]
    people = replace(asked, histories=histories, hidden=place[asked.hidden[who]])
    scores = scores_of_artefact(artefact, people)[:, n_known:]
    wanted = np.take_along_axis(scores, people.hidden[:, None] - n_known, 1)
    unknown = np.ones(scores.shape, bool)
    for row, history in zip(unknown, histories, strict=True):
        row[history[history >= n_known] - n_known] = False
    better = ((scores >= wanted) & unknown).sum(1) - 1
    chance = float(np.mean(np.minimum(1, 10 / unknown.sum(1))))
    return Newcomers(len(who), int(is_new.sum()), float((better < 10).mean()), chance)
