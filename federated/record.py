"""What a round did: the record that is kept, whose digest is logged, and that is replayed. It names nobody."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from federated.documents import Count, Decimal, Digest, read_document, write_document


class Verdict(StrEnum):
    """How a round ended. Only the first makes a model."""

    PUBLISHED = "published"
    TOO_FEW = "too-few"
    """Fewer than the least cohort stayed: nothing was opened."""
    ABANDONED = "abandoned"
    """A crash or a fault; `opened` says whether the loss was spent."""
    FAILED_CHECKS = "failed-checks"
    """Cohort sums that no honest devices can have: nothing was published."""
    BELOW_POPULARITY = "below-popularity"
    """The model was no better than showing what is popular."""
    WITHDRAWN_MEANWHILE = "withdrawn-meanwhile"
    """Somebody in the sum withdrew before it was published, and the policy says to begin again."""


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many devices came to what."""

    enrolled: Count
    asked: Count
    refused: Count
    """By the device itself."""
    dropped: Count
    withdrawn: Count
    """Between being asked and the last look at the ledger."""
    included: Count
    cohorts: Count


class RoundRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One round, as evidence."""

    format: Literal["volens-round-record/1"] = "volens-round-record/1"
    manifest: Digest
    verdict: Verdict
    asked_at: Count
    """The index in the log at which it was read who consents, before devices were asked."""
    checked_at: Count
    """The index at which it was read again, before anything was opened; 0 if it did not come to that."""
    counts: Counts
    participation: Digest
    """Root of the tree over one salted leaf per enrolled device."""
    opened: bool
    """Whether an exact sum became known to the server; then the loss is spent, published or not."""
    release: Digest | None
    """SHA-256 of the noisy sum; nothing is said of the exact one."""
    rho: Decimal
    """Loss of this round."""
    rho_before: Decimal
    """Loss of the rounds of this model before it."""
    delta: Decimal
    epsilon: Decimal
    """Of all rounds of this model up to this one, at `delta`."""
    model: Digest | None
    """SHA-256 of the artefact, if one was published."""
    metrics: Annotated[dict[Annotated[str, Meta(max_length=64)], Decimal], Meta(max_length=32)]


class RoundEnd(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What devices are told of the end of a round, signed by whoever publishes models: their proofs hold against its root."""

    format: Literal["volens-round-end/1"] = "volens-round-end/1"
    round: Count
    """The number of the round."""
    manifest: Digest
    """What devices were shown."""
    record: Digest
    """SHA-256 of the round's record."""
    participation: Digest
    """Root of the tree over one salted leaf per enrolled device, as in the record."""
    origin: Annotated[str, Meta(max_length=256)]
    """The log's name."""
    index: Count
    """The entry that names record and root."""


def write_round_end(end: RoundEnd) -> bytes:
    """The canonical bytes."""
    return write_document(end)


def read_round_end(data: bytes) -> RoundEnd:
    """Read one.

    Raises:
        DocumentError: it is none.
    """
    return read_document(RoundEnd, data)


def write_record(record: RoundRecord) -> bytes:
    """The canonical bytes."""
    return write_document(record)


def read_record(data: bytes) -> RoundRecord:
    """Read a record.

    Raises:
        DocumentError: not a record.
    """
    return read_document(RoundRecord, data)
