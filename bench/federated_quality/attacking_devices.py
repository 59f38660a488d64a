"""Poisoning by real devices: they consent, enrol, lease, mask and upload like everybody, in rounds of a real gateway.

The attacks are those of `bench.federated_quality.attacks`; here nothing is reckoned beside the product. An attacker is a device
whose contribution is its made-up history's, times its scale; everything else it does as it should, or nobody would add it up.
Each fleet drives four rounds: scale 1 and 100, each with and without the checks of cohorts (the norm cap among them). A
round that publishes nothing exposes nobody.
"""

from __future__ import annotations

import asyncio
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.federated_quality.asking import scores_of_artefact
from bench.federated_quality.attacks import EPSILON, KINDS, TIMES, Attack, exposure_of, poisons, target_of
from bench.federated_quality.recorded import Asked
from federated import DELTA, Clip, ItemList, Visit, read_artefact, rho_for
from federated.driving import Participant, RoundDriver
from federated.driving.course import Course
from gateway.fleet_server.simulated_fleet import (
    SimulatedFleet,
    SimulatedPerson,
    SimulatedTerms,
    simulated_fleet,
)

EVERY = 4
"""One item in so many is in the catalogue, of all degrees of popularity: a contribution is 350 KB instead of 5.6 MB."""
SCALES = (1, 100)
MICRO = 1_000_000


@dataclass(frozen=True)
class Rounds:
    """What is tried on a fleet."""

    max_items: int
    cohort: int
    micro_rho: int
    minimum: int = 20


@dataclass(frozen=True)
class Tried:
    """What one round of an attacked fleet came to."""

    kind: str
    share: float
    scale: int
    is_checked: bool
    """Whether cohorts were checked."""
    verdict: str
    exposure: float
    """Share of the people who do not know the target and get it on their slate of ten; 0 if nothing is published."""
    included: int
    """Devices whose contribution is in the model, or held out to judge it."""
    devices: int


class Attacker(Participant):
    """A device that counts more often than once."""

    scale = 1

    def contribution(self, items: ItemList, clip: Clip) -> NDArray[np.uint32]:
        """That of its history, so many times."""
        return super().contribution(items, clip) * np.uint32(self.scale)


class UncheckedDriver(RoundDriver):
    """Adds up whatever cohorts open, for comparison: no part of the product."""

    def _sound(self, course: Course, totals: Mapping[int, NDArray[np.int64]]) -> list[int]:  # noqa: ARG002
        return list(totals)


def fewer_items(asked: Asked, every: int = EVERY) -> Asked:
    """The same people, of whom only every so-many-th item is known, by its place among the popular ones."""
    counts = np.bincount(np.concatenate(asked.trained), minlength=asked.n_items)
    kept = np.sort(np.argsort(-counts, kind="stable")[::every])
    number = np.full(asked.n_items, -1)
    number[kept] = np.arange(len(kept))
    rest = [known[known >= 0] for known in (number[history] for history in asked.trained)]
    rest = [history for history in rest if len(history)]
    return Asked(len(kept), rest, rest, np.zeros(len(rest), np.int64), np.zeros((len(rest), 0), np.int64))


def all_tried(asked: Asked, max_items: int = 25, cohort: int = 60) -> list[Tried]:
    """Nobody, and every attack by one in a hundred and by five: at an epsilon of 8 with the noise of ten times as many people."""
    terms = Rounds(max_items, cohort, math.floor(MICRO * TIMES**2 * rho_for(EPSILON, DELTA)))
    shares = [("none", 0.0), *((kind, share) for kind in KINDS for share in (0.01, 0.05))]
    return [one for kind, share in shares for one in tried(asked, terms, kind, share)]


def tried(
    asked: Asked, terms: Rounds, kind: str, share: float, scales: Sequence[int] = SCALES
) -> list[Tried]:
    """Four rounds of one fleet with these attackers; two if there are none."""
    return asyncio.run(_tried(asked, terms, kind, share, scales if share else (1,)))


async def _tried(asked: Asked, terms: Rounds, kind: str, share: float, scales: Sequence[int]) -> list[Tried]:
    target = target_of(asked)
    made_up = poisons(Attack(kind, share, 1), asked, target, terms.max_items)
    attackers: list[Attacker] = []
    people = [_person(f"person-{n}", history) for n, history in enumerate(asked.trained)]
    attacking = partial(_attacker, attackers)
    people += [_person(f"attacker-{n}", history, attacking) for n, history in enumerate(made_up)]
    simulated = SimulatedTerms(
        micro_rho=terms.micro_rho, max_items=terms.max_items, cohort=terms.cohort, minimum=terms.minimum
    )
    items = {_item(number): "all" for number in range(asked.n_items)}
    found = []
    with tempfile.TemporaryDirectory(prefix="volens-bench-") as scratch:
        async with simulated_fleet(Path(scratch) / "data", simulated, items) as fleet:
            await fleet.join(people)
            for scale in scales:
                for each in attackers:
                    each.scale = scale
                for driver in (RoundDriver, UncheckedDriver):
                    is_checked = driver is RoundDriver
                    verdict, exposure, included = await _round(fleet, driver, asked, target)
                    found.append(
                        Tried(kind, share, scale, is_checked, verdict, exposure, included, len(people))
                    )
    return found


async def _round(
    fleet: SimulatedFleet, driver: type[RoundDriver], asked: Asked, target: int
) -> tuple[str, float, int]:
    record = (await fleet.round(driver)).outcome.record
    artefact = fleet.artefact()
    if record.model is None or artefact is None:
        return record.verdict.value, 0.0, record.counts.included
    read = read_artefact(artefact)
    exposure = exposure_of(scores_of_artefact(read, asked), asked, target)
    return record.verdict.value, exposure, record.counts.included


def _person(
    name: str, history: NDArray[np.int64], device: Callable[..., Participant] = Participant
) -> SimulatedPerson:
    visits = [Visit(_item(int(number)), at) for at, number in enumerate(history)]
    return SimulatedPerson(name, visits, device)


def _attacker(known: list[Attacker], **more: Any) -> Participant:
    made = Attacker(**more)
    known.append(made)
    return made


def _item(number: int) -> str:
    return f"i{number:04}"
