"""A model's rounds, replayed from their records: whether they agree with their manifests, with one another and with the loss."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from federated.better_than_popular import GATE_NOISE, is_better_than_popular
from federated.documents import decimal
from federated.manifest import Manifest, digest_of_manifest
from federated.record import RoundRecord, Verdict
from privacy import epsilon_of

_SAME_EPSILON = 1e-6


class PastRound(NamedTuple):
    """What is kept of a round."""

    manifest: Manifest
    """What devices were shown."""
    record: RoundRecord | None
    """How it ended; None if it was broken off."""
    is_booked: bool
    """Whether its loss was booked: it counts from then on, whatever became of the round."""


class RoundFinding(StrEnum):
    """What is wrong with a round."""

    OTHER_MANIFEST = "other-manifest"
    """The record speaks of another manifest."""
    VERSION_NOT_NEW = "version-not-new"
    """A version that is not greater than all before it."""
    OTHER_PARENT = "other-parent"
    """The manifest does not name the last published model."""
    WRONG_LOSS = "wrong-loss"
    """The loss is not what the terms come to, or not counted."""
    NOT_BOOKED = "not-booked"
    """Opened, and nothing was booked for it."""
    WRONG_SUM_OF_LOSSES = "wrong-sum-of-losses"
    """What was spent before is not the sum of what was booked for the rounds before."""
    WRONG_EPSILON = "wrong-epsilon"
    """Epsilon is not what all losses come to."""
    INCOMPLETE = "incomplete"
    """Published without model or release, or a model without being published."""
    NOT_BETTER = "not-better"
    """Published, though its numbers do not say that it is better than what is popular by more than noise."""
    COUNTS_DISAGREE = "counts-disagree"
    """The devices asked are not those that refused, dropped, withdrew or were included."""
    TOO_FEW = "too-few"
    """Opened below the least cohort."""
    CHECKED_TOO_EARLY = "checked-too-early"
    """The ledger was not read again after asking."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What all rounds of a model come to."""

    findings: tuple[tuple[int, RoundFinding], ...]
    """(place of the round, what is wrong with it)."""
    rho: Decimal
    """What was spent in all rounds."""
    epsilon: float
    """The same as epsilon, at `delta`."""
    delta: float


def replay(rounds: Sequence[PastRound], delta: float, served: Collection[str] | None = None) -> Replayed:
    """Replay the rounds of one model, oldest first.

    Args:
        rounds: all of them; signatures and places in the log are checked by whoever read them.
        delta: at which epsilon is reckoned.
        served: SHA-256 of every artefact that came to be served; None: all that records name. One that a crash kept from it is
            nobody's parent.

    Raises:
        LossError: delta out of range.
    """
    findings: list[tuple[int, RoundFinding]] = []
    spent, version, model = Decimal(0), 0, None
    for place, (manifest, record, is_booked) in enumerate(rounds):
        loss = Decimal(decimal(manifest.rho))
        if record is not None:
            findings += [(place, finding) for finding in _disagreements(manifest, record)]
            findings += [
                (place, finding) for finding in _miscounted(record, loss, spent, is_booked=is_booked)
            ]
            if manifest.version <= version:
                findings.append((place, RoundFinding.VERSION_NOT_NEW))
            if manifest.parent != model:
                findings.append((place, RoundFinding.OTHER_PARENT))
            if record.model is not None:  # a round that made nothing leaves its number to the next
                version = max(version, manifest.version)
            if record.verdict is Verdict.PUBLISHED and (served is None or record.model in served):
                model = record.model
        spent += loss if is_booked else 0
    return Replayed(tuple(findings), spent, epsilon_of(float(spent), delta), delta)


def _miscounted(
    record: RoundRecord, loss: Decimal, spent: Decimal, *, is_booked: bool
) -> Iterator[RoundFinding]:
    """What is wrong with the losses that a record tells, where so much was spent before."""
    if record.opened and not is_booked:
        yield RoundFinding.NOT_BOOKED
    if Decimal(record.rho_before) != spent:
        yield RoundFinding.WRONG_SUM_OF_LOSSES
    epsilon = epsilon_of(float(spent + (loss if record.opened else 0)), float(record.delta))
    if abs(epsilon - float(record.epsilon)) > _SAME_EPSILON:
        yield RoundFinding.WRONG_EPSILON


def _disagreements(manifest: Manifest, record: RoundRecord) -> Iterator[RoundFinding]:
    """What is wrong with a round by itself."""
    counts, is_published = record.counts, record.verdict is Verdict.PUBLISHED
    if record.manifest != digest_of_manifest(manifest).hex():
        yield RoundFinding.OTHER_MANIFEST
    if record.rho != (decimal(manifest.rho) if record.opened else "0"):
        yield RoundFinding.WRONG_LOSS
    if is_published != (record.model is not None) or (
        is_published and not (record.opened and record.release)
    ):
        yield RoundFinding.INCOMPLETE
    if is_published and GATE_NOISE in record.metrics and not is_better_than_popular(record.metrics):
        yield RoundFinding.NOT_BETTER  # the first rounds were judged before there was such a number
    came_to = counts.refused + counts.dropped + counts.withdrawn + counts.included
    if counts.asked != came_to or counts.asked > counts.enrolled:
        yield RoundFinding.COUNTS_DISAGREE
    least = 0 if record.verdict is Verdict.FAILED_CHECKS else manifest.minimum * max(1, counts.cohorts)
    if record.opened and counts.included < least:
        yield RoundFinding.TOO_FEW
    if (record.opened or record.checked_at) and record.checked_at < record.asked_at:
        yield RoundFinding.CHECKED_TOO_EARLY
