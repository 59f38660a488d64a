"""What a round is going to do, frozen and signed before anybody is asked: devices take part in this and in nothing else."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from federated.accounting import rho_of
from federated.contribution import Clip, n_pairs
from federated.documents import Count, Digest, read_document, write_document
from federated.errors import ClipError, DocumentError, PlanError
from federated.items import MAX_ITEMS
from federated.model import ModelRecipe
from federated.secure_sum.plan import MAX_COHORT, ROUND_BYTES, SumPlan


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The terms of one round."""

    format: Literal["volens-round/1"] = "volens-round/1"
    name: Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}\Z")]
    """Name of the model."""
    version: Annotated[int, Meta(ge=1, lt=2**53)]
    """Version that the round is to make; greater than all before it."""
    purpose: Annotated[str, Meta(min_length=1, max_length=64)]
    """Purpose that each participant consented to."""
    policy: Digest
    """The policy in force."""
    program: Digest
    """The code that devices run; theirs is pinned, and one that differs takes no part."""
    items: Digest
    """The list of items (`ItemList.digest`)."""
    n_items: Annotated[int, Meta(ge=1, le=MAX_ITEMS)]
    parent: Digest | None
    """The model before this one; None for the first."""
    max_items: Count
    unit: Count
    exponent_percent: Count
    dimensions: Count
    half_life: Count
    remembered: Count
    damping_percent: Count = 25
    floor: Count = 10
    scale: Annotated[int, Meta(ge=1, lt=2**40)]
    """Standard deviation of the noise on each value of the sum."""
    minimum: Annotated[int, Meta(ge=3, le=MAX_COHORT)]
    """Devices below which no cohort is opened."""
    neighbours: Annotated[int, Meta(ge=4, le=MAX_COHORT)] | None
    """Whom a device shares masks with; None: the whole cohort."""
    opens_at: Count
    """Unix time, seconds."""
    closes_at: Count
    """When it closes (unix seconds): no device answers after that."""

    @property
    def clip(self) -> Clip:
        """How much of one person counts."""
        return Clip(self.max_items, self.unit, self.exponent_percent)

    @property
    def recipe(self) -> ModelRecipe:
        """How the sum becomes a model."""
        return ModelRecipe(self.dimensions, self.half_life, self.remembered, self.damping_percent, self.floor)

    @property
    def rho(self) -> float:
        """The privacy loss of the round, for each person."""
        return rho_of(self.clip.norm, self.scale)

    def check_bounds(self) -> None:
        """Make everything that the terms come to, each of which refuses bounds that bound nothing.

        Raises:
            ClipError, PlanError, DocumentError: a number out of range.
        """
        Clip(self.max_items, self.unit, self.exponent_percent)
        ModelRecipe(self.dimensions, self.half_life, self.remembered, self.damping_percent, self.floor)
        SumPlan(bytes(ROUND_BYTES), n_pairs(self.n_items), self.minimum, self.neighbours)

    def plan_of(self, cohort: int) -> SumPlan:
        """The secure sum of one cohort of the round (0, 1, ...)."""
        name = hashlib.sha256(b"volens cohort\0" + digest_of_manifest(self) + cohort.to_bytes(4))
        return SumPlan(name.digest(), n_pairs(self.n_items), self.minimum, self.neighbours)


def write_manifest(manifest: Manifest) -> bytes:
    """The canonical bytes."""
    return write_document(manifest)


@lru_cache(maxsize=16)
def digest_of_manifest(manifest: Manifest) -> bytes:
    """What everything of the round refers to, 32 bytes."""
    return hashlib.sha256(write_manifest(manifest)).digest()


def read_manifest(data: bytes) -> Manifest:
    """Read a manifest, and refuse one whose terms contradict one another.

    Raises:
        DocumentError: not a manifest, or bounds out of range.
    """
    manifest = read_document(Manifest, data)
    try:
        manifest.check_bounds()
    except (ClipError, PlanError) as error:
        raise DocumentError("the terms of the manifest contradict one another") from error
    if not manifest.opens_at < manifest.closes_at:
        raise DocumentError("the round closes before it opens")
    return manifest
