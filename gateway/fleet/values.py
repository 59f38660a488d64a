"""What is known of devices, rounds and models: values that are kept as they stand."""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from privacy import SubjectRef

MODEL_NAME = "items"
"""The one model that devices learn: which items go together."""


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """A device that a person enrolled. Once it has left it never comes back: whoever consents again brings new keys."""

    device: bytes
    """SHA-256 over both of its keys: its name here, 32 bytes."""
    subject: SubjectRef
    """The person whose device it is."""
    node_key: str
    """By which the fleet's door knows it: a P-384 public key in OpenSSH's form, without a comment."""
    signing_key: bytes
    """By which other devices know its messages: an Ed25519 public key, 32 bytes."""
    enrolled_at: int
    """When (unix seconds)."""
    enrolled_index: int
    """The place in the log at which it was enrolled."""
    receipt: bytes
    """SHA-256 of that entry, 32 bytes."""
    ended_at: int | None = None
    """When it left, or its person's permission ended (unix seconds)."""


class PartTaken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one device in one round. Goes with its person's rows; the leaf that remains opens with the salt alone."""

    round_id: int
    """The number of the round."""
    device: bytes
    """Whose, 32 bytes."""
    subject: SubjectRef
    """The person whose device took part."""
    status: str
    """What became of it: one of `federated.Standing`."""
    salt: bytes
    """Hides the leaf from whoever guesses, 32 bytes."""
    place: int
    """Of the leaf, from 0."""


class RoundState(StrEnum):
    """How far a round is."""

    OPEN = "open"
    """Under way, or broken off by a crash nobody has noticed yet."""
    CLOSED = "closed"
    """Ended with a record."""
    ABORTED = "aborted"
    """Broken off: whatever it had reserved stays spent."""


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """A round as it stands."""

    round_id: int
    """From 1, rising."""
    state: RoundState
    """How far it is."""
    opened_at: int
    """When (unix seconds)."""
    manifest: bytes
    """What the devices were shown (`federated.Manifest`)."""
    opened_index: int
    """Of its entry."""
    sampled_index: int | None = None
    """The place in the log at which consent was looked at before devices were asked."""
    rechecked_index: int | None = None
    """The place at which it was looked at again, before anything was unmasked."""
    spent_micro_rho: int = 0
    """Of the privacy budget, in millionths of zCDP's rho; reserved before unmasking, never given back."""
    record: bytes | None = None
    """How it ended (`federated.RoundRecord`); its SHA-256 is in the log."""
    leaves: bytes = b""
    """The hashes of the devices' leaves in the order of the tree, 32 bytes each."""
    closed_index: int | None = None
    """Of that entry."""


class ModelState(StrEnum):
    """What a version is for."""

    CURRENT = "current"
    """The version that devices are served."""
    PREVIOUS = "previous"
    """Can be gone back to."""
    RETIRED = "retired"
    """Somebody who is in it withdrew, and a later one is without them: never served again."""


class PublishedModel(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a model."""

    name: str
    """Of the model."""
    version: int
    """That of its round's manifest: from 1, rising; one that a crash kept from being served is left out."""
    state: ModelState
    """What it is for."""
    round_id: int
    """The round it came of."""
    bundle: bytes
    """What devices are given, byte for byte."""
    log_index: int
    """Of the entry that published it."""
    published_at: int
    """When (unix seconds)."""


def device_name(node_key: str, signing_key: bytes) -> bytes:
    """The name of a device with these keys, 32 bytes."""
    return hashlib.sha256(b"volens/device/v1\0" + node_key.encode("ascii") + b"\0" + signing_key).digest()
