"""What stays the same from round to round, and how far a round is while it is driven."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from federated.artefact import Artefact
from federated.contribution import Clip
from federated.controlling import OpenRound, Terms
from federated.driving.cohorts import Cohort
from federated.driving.ports import EnrolledDevice
from federated.items import ItemList
from federated.manifest import Manifest
from federated.model import ModelRecipe
from federated.participation import Standing
from federated.record import Counts, RoundRecord, Verdict

AddNoise = Callable[[NDArray[np.int64], float, float], NDArray[np.int64]]
"""`federated.noise.add_noise`: the sum, the norm of one person's contribution, the scale."""
Shuffle = Callable[[Sequence[EnrolledDevice]], list[EnrolledDevice]]
"""Puts devices in an order that nobody chose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundSettings:
    """What stays the same from round to round."""

    items: ItemList
    """What the model is about."""
    program: str
    """Digest of the code that devices run, hexadecimal."""
    scale: int
    """Standard deviation of the noise on each value."""
    clip: Clip = field(default_factory=Clip)
    """How much of one person counts."""
    recipe: ModelRecipe = field(default_factory=ModelRecipe)
    """How a sum becomes a model."""
    minimum: int = 10
    """Devices below which no cohort is opened."""
    cohort: int = 50
    """Devices that a cohort is to have."""
    neighbours: int | None = 12
    """Whom a device shares masks with."""
    at_most: int = 10_000
    """Devices that are asked in one round."""
    step_seconds: float = 20.0
    """How long a step waits for answers."""
    round_seconds: int = 600
    """How long devices take part in a round after it opened."""
    only_tried: bool = False
    """Whether nothing is opened with fewer cohorts than it takes to hold one out, also if withdrawals left so few."""
    begins_again: bool = True
    """Whether nothing is published if somebody who is in the sum withdraws before it is."""


@dataclass(slots=True)
class Course:
    """How far a round is, while it is driven."""

    opened: OpenRound
    """As the controller began it."""
    manifest: Manifest
    """The terms of the round."""
    digest: bytes
    """Of the manifest, 32 bytes."""
    enrolled: Sequence[EnrolledDevice]
    """Who may be asked."""
    standing: dict[bytes, Standing]
    """What became of each so far."""
    at_most: int
    """How many of them are asked."""
    asked_at: int = 0
    """The index in the log at which consent was first looked at."""
    checked_at: int = 0
    """The index at which it was looked at again."""
    cohorts: list[Cohort] = field(default_factory=list)
    """The secure sums."""
    summed: int = 0
    """How many of them are in the release."""
    is_open: bool = False
    """Whether an exact sum became known here."""

    def settle(self, devices: set[bytes] | frozenset[bytes], standing: Standing) -> None:
        """Say of devices what became of them."""
        self.standing.update(dict.fromkeys(devices, standing))

    def those(self, devices: Collection[bytes], standing: Standing) -> frozenset[bytes]:
        """Those of some devices that came to this so far."""
        return frozenset(each for each in devices if self.standing[each] is standing)

    def counts(self) -> Counts:
        """How many devices came to what."""
        counted = Counter(each.counted_as for each in self.standing.values())
        return Counts(
            enrolled=len(self.enrolled),
            asked=len(self.enrolled) - counted[Standing.NOT_ASKED],
            refused=counted[Standing.REFUSED],
            dropped=counted[Standing.DROPPED],
            withdrawn=counted[Standing.WITHDRAWN],
            included=counted[Standing.INCLUDED],
            cohorts=self.summed,
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a round."""

    round_id: int
    """The number of the round."""
    verdict: Verdict
    """How it ended."""
    record: RoundRecord
    """What is said of it for ever."""
    version: int | None
    """Of the model that was published."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a round came to."""

    verdict: Verdict
    """How it ended."""
    release: NDArray[np.int64] | None = None
    """The sum with noise."""
    artefact: Artefact | None = None
    """The model, if it is to be published."""
    metrics: Mapping[str, str] = field(default_factory=dict)
    """How well it does."""


def manifest_of(settings: RoundSettings, terms: Terms, now: int, later: int = 0) -> Manifest:
    """The terms of the next round, which closes so many seconds later than it would."""
    return Manifest(
        name=terms.name,
        version=terms.version,
        purpose=terms.purpose,
        policy=terms.policy,
        program=settings.program,
        items=settings.items.digest.hex(),
        n_items=len(settings.items),
        parent=terms.parent,
        max_items=settings.clip.max_items,
        unit=settings.clip.unit,
        exponent_percent=settings.clip.exponent_percent,
        dimensions=settings.recipe.dimensions,
        half_life=settings.recipe.half_life,
        remembered=settings.recipe.remembered,
        damping_percent=settings.recipe.damping_percent,
        floor=settings.recipe.floor,
        scale=settings.scale,
        minimum=settings.minimum,
        neighbours=settings.neighbours,
        opens_at=now,
        closes_at=now + settings.round_seconds + later,
    )
