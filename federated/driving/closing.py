"""What is said of a round when it is over: the record, the leaves, what each device is told, the card of the model."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from audit import hash_leaf, root_of
from federated.accounting import DELTA
from federated.artefact import write_artefact
from federated.controlling import Part
from federated.documents import decimal
from federated.driving.course import Course, Result
from federated.driving.wire import Evidence, encode
from federated.participation import (
    SALT_BYTES,
    Participation,
    ParticipationProof,
    participation_proofs,
)
from federated.record import RoundRecord
from privacy import Entropy, epsilon_of


@dataclass(frozen=True, slots=True)
class Closing:
    """Everything that is said of a round at its end."""

    record: RoundRecord
    """What is kept of it for ever."""
    parts: Sequence[Part]
    """What became of whom; goes with the people."""
    artefact: bytes | None
    """What is to be published."""
    manifest: bytes
    """Digest of the manifest, 32 bytes."""
    proofs: Mapping[bytes, ParticipationProof]
    """What each device can prove, whatever became of it."""


def closing_of(course: Course, result: Result, draw: Entropy) -> Closing:
    """Say it all; `draw` gives the salts."""
    people = [
        Participation(draw(SALT_BYTES), each.signing_key, each.receipt, course.standing[each.device])
        for each in course.enrolled
    ]
    parts = [
        Part(each.device, one.standing, one.salt, hash_leaf(one.leaf()))
        for each, one in zip(course.enrolled, people, strict=True)
    ]
    root = root_of(sorted(each.leaf for each in parts))
    artefact = None if result.artefact is None else write_artefact(result.artefact)
    names = [each.device for each in course.enrolled]
    proofs = dict(zip(names, participation_proofs(people), strict=True))
    return Closing(_record(course, result, artefact, root), parts, artefact, course.digest, proofs)


def evidence_of(said: Closing, end: bytes) -> dict[bytes, bytes]:
    """What each device is told: also one that was not asked can prove that.

    Args:
        said: what the round came to.
        end: what is said of its end, signed.
    """
    return {
        device: encode(
            Evidence(
                said.manifest,
                end,
                proof.participation.salt,
                proof.participation.standing.value,
                proof.index,
                proof.size,
                proof.path,
            )
        )
        for device, proof in said.proofs.items()
    }


def _record(course: Course, result: Result, artefact: bytes | None, root: bytes) -> RoundRecord:
    release = result.release
    rho = decimal(course.manifest.rho) if course.is_open else "0"
    before = course.opened.spent_rho
    spent = Decimal(before) + Decimal(rho)
    return RoundRecord(
        manifest=course.digest.hex(),
        verdict=result.verdict,
        asked_at=course.asked_at,
        checked_at=course.checked_at,
        counts=course.counts(),
        participation=root.hex(),
        opened=course.is_open,
        release=None if release is None else hashlib.sha256(release.astype("<i8").tobytes()).hexdigest(),
        rho=rho,
        rho_before=before,
        delta=decimal(DELTA),
        epsilon=decimal(epsilon_of(float(spent), DELTA)),
        model=None if artefact is None else hashlib.sha256(artefact).hexdigest(),
        metrics=dict(result.metrics),
    )


def card_of(course: Course, record: RoundRecord) -> dict[str, object]:
    """What is said of the model to whoever uses it."""
    manifest = course.manifest
    return {
        "summary": "Which items the same people know, learnt on devices as one noisy sum. Times and places never left a device.",
        "purpose": manifest.purpose,
        "included": record.counts.included,
        "cohorts": record.counts.cohorts,
        "privacy": {
            "unit": "person",
            "neighbours": "add or remove one",
            "mechanism": "discrete Gaussian on the sum, on the server",
            "scale": manifest.scale,
            "rho": record.rho,
            "rho_of_all_rounds": format((Decimal(record.rho_before) + Decimal(record.rho)).normalize(), "f"),
            "epsilon_of_all_rounds": record.epsilon,
            "delta": record.delta,
        },
        "metrics": dict(record.metrics),
        "held_out": _held_out_said(record),
        "round": record.manifest,
        "program": manifest.program,
        "items": manifest.items,
        "parent": manifest.parent,
        "withdrawal": "Who withdraws is in no later version; versions with them in are retired when a later one is published.",
    }


def _held_out_said(record: RoundRecord) -> str:
    """What the comparison with popularity is worth."""
    held = record.metrics.get("held_out_cohorts", "0")
    if held == "0":
        return (
            "Nobody was held out, as there were too few cohorts: the people it was learnt of preferred it to what is popular,"
            " with other noise. So it is more than noise; how good it is for others is not known."
        )
    return (
        f"The people of {held} of {record.counts.cohorts} cohorts are not in the model, and preferred it to what is popular by"
        " more than noise alone does."
    )
