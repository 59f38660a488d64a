"""Who was in which version, provable by each device and by nobody else.

Every enrolled device has one leaf in each round's tree, whatever came of it, so that "I was not in it" is as provable as "I was".
A leaf is salted: without its salt it is noise, and when the salt is destroyed it stays so. Leaves stand in the order of their
hashes, so that a place in the tree says nothing either. The root is in the round's record, and with it in the log.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from audit import hash_leaf, prove_inclusion, root_of, subtree_of, verify_inclusion

SALT_BYTES = 32
_LEAF = b"volens participation 1\0"


class Standing(StrEnum):
    """What came of a device in a round."""

    INCLUDED = "included"
    NOT_ASKED = "not-asked"
    REFUSED = "refused"
    DROPPED = "dropped"
    WITHDRAWN = "withdrawn"
    FAULTY = "faulty"
    """It dropped out of a sum that it broke: its shares opened to nothing, or to something else than it had promised."""

    @property
    def counted_as(self) -> Standing:
        """What a record counts it as: who broke a sum dropped out of it, and only they and the log's leaf know more."""
        return Standing.DROPPED if self is Standing.FAULTY else self


@dataclass(frozen=True, slots=True)
class Participation:
    """One device in one round. Personal as long as the salt exists."""

    salt: bytes
    """Random, 32 bytes, for this device and round alone."""
    device: bytes
    """The device's Ed25519 key, 32 bytes."""
    receipt: bytes
    """SHA-256 of the consent receipt it enrolled with."""
    standing: Standing

    def leaf(self) -> bytes:
        """What the tree is over."""
        key = hashlib.sha256(self.device).digest()
        return hashlib.sha256(_LEAF + self.salt + key + self.receipt + self.standing.encode()).digest()


@dataclass(frozen=True, slots=True)
class ParticipationProof:
    """A device's evidence of what came of it."""

    participation: Participation
    index: int
    size: int
    path: tuple[bytes, ...]


def participation_root(participations: Sequence[Participation]) -> bytes:
    """The root over all enrolled devices, 32 bytes."""
    return root_of(_hashes(participations))


def participation_proofs(participations: Sequence[Participation]) -> list[ParticipationProof]:
    """Each device's proof, in the order of the argument."""
    hashes = _hashes(participations)
    places = {leaf: index for index, leaf in enumerate(hashes)}
    subtree, proofs = cache(subtree_of(hashes)), []
    for one in participations:
        index = places[hash_leaf(one.leaf())]
        proofs.append(
            ParticipationProof(one, index, len(hashes), tuple(prove_inclusion(index, len(hashes), subtree)))
        )
    return proofs


def verify_participation(proof: ParticipationProof, root: bytes) -> bool:
    """Whether the device came to this in the round with this root."""
    leaf = hash_leaf(proof.participation.leaf())
    return verify_inclusion(leaf, proof.index, proof.size, list(proof.path), root)


def _hashes(participations: Sequence[Participation]) -> list[bytes]:
    return sorted(hash_leaf(one.leaf()) for one in participations)
