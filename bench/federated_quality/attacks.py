"""Poisoning: devices that want an item on everybody's slates, within the protocol and beyond the clip.

- `popular-items`: the target among the ten most popular items, as a history of eleven.
- `pipattack`: the target together with as many items as a history may have, the most popular first, so that it passes for one of them
  (after Zhang et al., PipAttack, WSDM 2022).
- `spattack`: each attacker the target and one item that many know, another one each: the shortest histories, which count most for each
  pair, in a row that nobody else writes to (after Spattack, arXiv 2507.06258).
- `pieck`: the target in the place of a popular item, in histories like those of the people who know that item, so that the target's row
  becomes a copy of its row (after PIECK, arXiv 2502.12958). The attackers know what is published, and so what goes together.

Contributions are scaled by 1 (an honest device's size) or by 100. Cohorts of 60; a cohort whose sum honest devices cannot have made
is left out, with everybody in it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.asking import SLATE, quality_of, scores_of_artefact
from bench.federated_quality.learning import Setting, learn, sum_of
from bench.federated_quality.recorded import Asked, Numbers
from federated import sound_cohorts

COHORT = 60
KINDS = ("popular-items", "pipattack", "spattack", "pieck")
EPSILON = 8.0
TIMES = 10


@dataclass(frozen=True)
class Attack:
    """What some devices try."""

    kind: str
    share: float
    """Of the devices."""
    scale: int


@dataclass(frozen=True)
class Exposure:
    """What an attack came to."""

    kind: str
    share: float
    scale: int
    exposure: float
    """Share of people who get the target on their slate of ten, among all items."""
    refused: int
    cohorts: int
    hit_rate: float
    """Of the model; 0 if none is published."""
    is_published: bool
    """A round that keeps less than half of its cohorts publishes nothing."""


def exposures(asked: Asked, setting: Setting) -> list[Exposure]:
    """All attacks, and none, at an epsilon of 8 and 9,430 people (emulated)."""
    tried = [Attack(kind, share, scale) for kind in KINDS for share in (0.01, 0.05) for scale in (1, 100)]
    return [attacked(asked, setting, attack) for attack in (Attack("none", 0.0, 1), *tried)]


def attacked(asked: Asked, setting: Setting, attack: Attack) -> Exposure:
    """One attack, on an item that a quarter of all items are rarer than."""
    target = target_of(asked)
    rng = np.random.default_rng(5)
    poison = poisons(attack, asked, target, setting.clip.max_items)
    people = [*asked.trained, *poison]
    order = rng.permutation(len(people))
    cohorts = [order[at : at + COHORT] for at in range(0, len(order), COHORT)]
    sums = [_sum(asked, people, cohort, setting, attack.scale) for cohort in cohorts]
    sizes = [len(cohort) for cohort in cohorts]
    kept = sound_cohorts(sums, asked.n_items, sizes, setting.clip)
    refused = len(sums) - len(kept)
    if not kept:
        return Exposure(
            attack.kind, attack.share, attack.scale, 0.0, refused, len(sums), 0.0, is_published=False
        )
    total = np.asarray(np.sum([sums[place] for place in kept], axis=0, dtype=np.int64))
    scores = scores_of_artefact(learn(total, asked, setting, EPSILON, times=TIMES, rng=rng), asked)
    return Exposure(
        attack.kind, attack.share, attack.scale, exposure_of(scores, asked, target), refused, len(sums),
        quality_of(scores, asked).hit_rate, is_published=True,
    )  # fmt: skip


def target_of(asked: Asked) -> int:
    """An item that a quarter of all items are rarer than."""
    counts = _counts(asked)
    return int(np.argsort(counts)[len(counts) // 4])


def poisons(attack: Attack, asked: Asked, target: int, most: int) -> list[Numbers]:
    """The histories of the attackers, each of distinct items, ascending."""
    known, rng = np.argsort(-_counts(asked)), np.random.default_rng(6)
    n_attackers = round(attack.share * len(asked.trained))
    if attack.kind in {"popular-items", "pipattack"}:
        beside = known[: 10 if attack.kind == "popular-items" else most - 1]
        return [np.sort(np.append(beside, target))] * n_attackers
    if attack.kind == "spattack":
        return [np.sort(np.array([target, known[number % most]])) for number in range(n_attackers)]
    fans = [history for history in asked.trained if known[0] in history]
    alike = (fans[number][-most:] for number in rng.integers(0, len(fans), n_attackers))
    return [np.unique(np.append(history[history != known[0]], target)) for history in alike]


def _counts(asked: Asked) -> Numbers:
    return np.bincount(np.concatenate(asked.trained), minlength=asked.n_items)


def _sum(
    asked: Asked, people: list[Numbers], cohort: NDArray[np.int64], setting: Setting, scale: int
) -> NDArray[np.int64]:
    """A cohort's sum; those beyond the recorded people are attackers."""
    honest = [people[p] for p in cohort if p < len(asked.trained)]
    others = [people[p] for p in cohort if p >= len(asked.trained)]
    return sum_of(honest, asked.n_items, setting.clip) + scale * sum_of(others, asked.n_items, setting.clip)


def exposure_of(scores: NDArray[np.float64], asked: Asked, target: int) -> float:
    """Share of those who do not know the target and get it."""
    shown, able = 0, 0
    for row, history in zip(scores, asked.histories, strict=True):
        if target in history:
            continue
        able += 1
        allowed = row.copy()
        allowed[history] = -np.inf
        shown += bool((allowed > allowed[target]).sum() < SLATE)
    return shown / max(able, 1)
