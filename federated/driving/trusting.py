"""What a device trusts, and how it judges the terms of a round by that, before anything is made of a history."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from federated.driving.wire import Evidence
from federated.manifest import Manifest
from federated.secure_sum.plan import MAX_COHORT


class No(StrEnum):
    """Why a device does not do what it is asked."""

    UNWILLING = "unwilling"
    """Its person does not want it to."""
    MALFORMED = "malformed"
    """Not a message of this step."""
    NOT_SIGNED = "not-signed"
    """Not signed by the key that the device trusts."""
    OTHER_PURPOSE = "other-purpose"
    """Another purpose than its person consented to."""
    OTHER_PROGRAM = "other-program"
    """Other code than this."""
    OTHER_MODEL = "other-model"
    """A model before it that is not the one this device was given: not everybody is shown the same."""
    WEAKER_TERMS = "weaker-terms"
    """A greater loss, a smaller cohort or fewer neighbours than it was promised when it enrolled."""
    OVER = "over"
    """Not open any more, or not yet, or older than one before it."""
    NOT_KEPT = "not-kept"
    """It cannot keep that it uploaded, and so does not."""
    OTHER_ITEMS = "other-items"
    """Another list than the manifest names."""
    NOT_NOW = "not-now"
    """Not the step that this device is at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floors:
    """What a device was promised when it enrolled, and holds every round to: the operator cannot ask for more afterwards."""

    most_rho: float
    """The loss of one round, at most."""
    minimum: int
    """Devices below which no sum is opened, at least."""
    neighbours: int
    """Whom it shares masks with, at least; the whole of a cohort is always enough."""

    def hold(self, manifest: Manifest) -> bool:
        """Whether a round keeps what was promised."""
        near = MAX_COHORT if manifest.neighbours is None else manifest.neighbours
        return manifest.rho <= self.most_rho and manifest.minimum >= self.minimum and near >= self.neighbours


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What a device was given when it enrolled, and checks everything against."""

    publisher: bytes
    """The Ed25519 key that signs manifests and models, 32 bytes."""
    purpose: str
    """What its person consented to."""
    program: str
    """Digest of the code that it runs, hexadecimal."""
    receipt: bytes
    """SHA-256 of its enrolment's entry."""
    floors: Floors
    """What no round may fall below."""


@dataclass(frozen=True, slots=True)
class HeldModel:
    """The model that a device ranks with, whose signature it has checked."""

    version: int
    """The number of the version."""
    artefact: str
    """SHA-256 of its bytes, hexadecimal."""
    newest: str = ""
    """SHA-256 of the artefact that the next round goes on from, where it is another: after a rollback, the one gone back from."""


@dataclass(slots=True)
class Remembered:
    """What a device remembers between rounds. Nothing of it leaves."""

    newest: int = 0
    """When the newest round it was in opened."""
    uploaded: set[bytes] = field(default_factory=set)
    """The manifests (SHA-256) of rounds that opened then and to which it has uploaded: nothing of them is begun again."""
    proofs: list[Evidence] = field(default_factory=list)
    """What became of it in each round."""


def judge(manifest: Manifest, trust: Trust, held: HeldModel | None, newest: int, now: int) -> No | None:
    """Why a device takes no part in a round of these terms; None if it does.

    Args:
        manifest: the terms; whoever signed them is the one that it trusts.
        trust: what it was given when it enrolled.
        held: what it ranks with.
        newest: when the newest round it was in opened (unix seconds).
        now: unix seconds.
    """
    if manifest.purpose != trust.purpose:
        return No.OTHER_PURPOSE
    if manifest.program != trust.program:
        return No.OTHER_PROGRAM
    if not trust.floors.hold(manifest):
        return No.WEAKER_TERMS
    if not newest <= manifest.opens_at <= now < manifest.closes_at:
        return No.OVER
    if held is not None and manifest.version <= held.version:
        return No.OVER
    if held is not None and manifest.parent != (held.newest or held.artefact):
        return No.OTHER_MODEL
    return None
