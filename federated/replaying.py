"""A model's rounds, replayed from their records: whether they agree with their manifests, with one another and with the loss."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from federated.accounting import epsilon_of
from federated.documents import decimal
from federated.manifest import Manifest, digest_of_manifest
from federated.record import RoundRecord, Verdict

_SAME_EPSILON = 1e-9
_ROUNDED_UP = Decimal("0.000001")
"""By how much a ledger may round the loss of a round up."""


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
    WRONG_SUM_OF_LOSSES = "wrong-sum-of-losses"
    """What was spent before is less than the sum of the rounds before, or more than rounding makes it."""
    WRONG_EPSILON = "wrong-epsilon"
    """Epsilon is not what all losses come to."""
    INCOMPLETE = "incomplete"
    """Published without model or release, or a model without being published."""
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


def replay(
    rounds: Sequence[tuple[Manifest, RoundRecord]], delta: float, served: Collection[str] | None = None
) -> Replayed:
    """Replay the rounds of one model, oldest first.

    Args:
        rounds: each manifest with its record; signatures and places in the log are checked by whoever read them.
        delta: at which epsilon is reckoned.
        served: SHA-256 of every artefact that came to be served; None: all that records name. One that a crash kept from it is
            nobody's parent.

    Raises:
        NoiseError: delta out of range.
    """
    findings: list[tuple[int, RoundFinding]] = []
    spent, version, model = Decimal(0), 0, None
    for place, (manifest, record) in enumerate(rounds):
        findings += [(place, finding) for finding in _disagreements(manifest, record)]
        if manifest.version <= version:
            findings.append((place, RoundFinding.VERSION_NOT_NEW))
        if manifest.parent != model:
            findings.append((place, RoundFinding.OTHER_PARENT))
        if not spent <= Decimal(record.rho_before) <= spent + place * _ROUNDED_UP:
            findings.append((place, RoundFinding.WRONG_SUM_OF_LOSSES))
        spent += Decimal(decimal(manifest.rho)) if record.opened else 0
        most = spent + (place + 1) * _ROUNDED_UP if spent else spent
        least, highest = (epsilon_of(float(rho), float(record.delta)) for rho in (spent, most))
        if not least - _SAME_EPSILON <= float(record.epsilon) <= highest + _SAME_EPSILON:
            findings.append((place, RoundFinding.WRONG_EPSILON))
        if record.model is not None:  # a round that made nothing leaves its number to the next
            version = max(version, manifest.version)
        if record.verdict is Verdict.PUBLISHED and (served is None or record.model in served):
            model = record.model
    return Replayed(tuple(findings), spent, epsilon_of(float(spent), delta), delta)


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
    came_to = counts.refused + counts.dropped + counts.withdrawn + counts.included
    if counts.asked != came_to or counts.asked > counts.enrolled:
        yield RoundFinding.COUNTS_DISAGREE
    if record.opened and counts.included < manifest.minimum * max(1, counts.cohorts):
        yield RoundFinding.TOO_FEW
    if (record.opened or record.checked_at) and record.checked_at < record.asked_at:
        yield RoundFinding.CHECKED_TOO_EARLY
