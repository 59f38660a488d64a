"""What is said between whoever drives a round and whoever knows of consent: the gateway makes it, the driver is told it."""

from __future__ import annotations

from dataclasses import dataclass, field

from federated.participation import Standing


@dataclass(frozen=True, slots=True)
class Terms:
    """What a manifest must say."""

    name: str
    """Of the model."""
    version: int
    """That comes next."""
    policy: str
    """Digest of the policy in force, hexadecimal."""
    purpose: str
    """That devices take part for."""
    parent: str | None
    """SHA-256 of the artefact of the last version, hexadecimal; None if there is none."""
    at_most: int = field(default=10_000, compare=False)
    """Devices that may be asked in one round: as many as can be named in one look. No part of the manifest."""


@dataclass(frozen=True, slots=True)
class OpenRound:
    """A round that has begun."""

    round_id: int
    """The number of the round."""
    manifest: bytes
    """The manifest, signed."""
    spent_rho: str
    """What all rounds before it have reserved, those included that were broken off: a decimal number."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Who permits it, at one place of the log."""

    live: frozenset[bytes]
    """The devices whose people permit it."""
    index: int
    """The place in the log."""


@dataclass(frozen=True, slots=True)
class Part:
    """What became of a device."""

    device: bytes
    """The device's public name."""
    standing: Standing
    """What became of it."""
    salt: bytes
    """Of its leaf, 32 bytes."""
    leaf: bytes
    """The leaf's hash, 32 bytes."""
