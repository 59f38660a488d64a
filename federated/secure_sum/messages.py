"""The messages of a secure sum, as bytes: MessagePack arrays, each of a fixed form and bounded size.

Whoever sends is known from the connection that a message comes through; only what the server hands on to others, the
advertised keys, is signed.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Annotated, TypeVar

import msgspec
import nacl.exceptions
from msgspec import Meta
from nacl.signing import VerifyKey

from federated.secure_sum.plan import MAX_COHORT, MAX_VALUES, roster_order
from federated.secure_sum.refusals import Refusal

Key = Annotated[bytes, Meta(min_length=32, max_length=32)]
Signature = Annotated[bytes, Meta(min_length=64, max_length=64)]
Share = Annotated[bytes, Meta(min_length=66, max_length=66)]
SealedShares = Annotated[bytes, Meta(min_length=172, max_length=172)]
"""Nonce of 24 bytes, two shares, tag of 16 bytes."""
Place = Annotated[int, Meta(ge=0, lt=MAX_COHORT)]
Places = Annotated[tuple[Place, ...], Meta(max_length=MAX_COHORT)]

_ADVERTISED = b"volens secure sum keys 1\0"


class Advertisement(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Two fresh public keys of a device, signed by the key it enrolled with."""

    round: Key
    device: Key
    """The device's Ed25519 key."""
    mask_key: Key
    """X25519: the masks are agreed with it."""
    share_key: Key
    """X25519: the shares are sealed with it. Another one, as a dropped device's mask key becomes known to the server."""
    signature: Signature

    def signed(self) -> bytes:
        """What the signature is over."""
        return _ADVERTISED + self.round + self.mask_key + self.share_key

    def is_signed(self) -> bool:
        """Whether its device signed it."""
        return _holds(self.device, self.signed(), self.signature)


class Roster(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Who takes part, in the order that decides who neighbours whom."""

    round: Key
    entries: Annotated[tuple[Advertisement, ...], Meta(max_length=MAX_COHORT)]


class Shares(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A device's shares of its two secrets, sealed for each holder but itself."""

    roster: Key
    """Digest of the roster they were made for."""
    own_mask: Key
    """Commitment to the seed of the device's own mask."""
    sealed: Annotated[dict[Place, SealedShares], Meta(max_length=MAX_COHORT)]


class Inbox(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """The shares that others sealed for one device; who sent none has dropped out before anything was masked."""

    roster: Key
    sealed: Annotated[dict[Place, SealedShares], Meta(max_length=MAX_COHORT)]


class Upload(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A masked vector: little-endian unsigned 32-bit integers."""

    roster: Key
    values: Annotated[bytes, Meta(max_length=4 * MAX_VALUES)]
    broken: Places = ()
    """Whose sealed shares could not be opened: this device can give no share of theirs."""


class OpeningRequest(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Whose own mask is to be removed, and whose masks with neighbours."""

    roster: Key
    stayed: Places
    dropped: Places


class Opening(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """One share per device: of its own mask's seed if it stayed, of its mask key if it dropped out."""

    roster: Key
    own_masks: Annotated[dict[Place, Share], Meta(max_length=MAX_COHORT)]
    mask_keys: Annotated[dict[Place, Share], Meta(max_length=MAX_COHORT)]


Message = TypeVar("Message", Advertisement, Roster, Shares, Inbox, Upload, OpeningRequest, Opening)


def write(message: msgspec.Struct) -> bytes:
    """The bytes of a message."""
    return msgspec.msgpack.encode(message)


def read(kind: type[Message], data: bytes) -> Message | Refusal:
    """The message that these bytes are, or why they are not one."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return Refusal.MALFORMED


@lru_cache(maxsize=8)
def read_roster(data: bytes) -> Roster | Refusal:
    """A list of participants in its order, everybody in it once, or why it is none.

    It is the same for a whole cohort, and public: of devices that share a process, one reads it.
    """
    listed = read(Roster, data)
    if isinstance(listed, Refusal):
        return listed
    order = [roster_order(listed.round, entry.mask_key) for entry in listed.entries]
    if order != sorted(order) or len({entry.device for entry in listed.entries}) < len(listed.entries):
        return Refusal.CONTRADICTORY
    return listed


@lru_cache(maxsize=4_096)
def _holds(device: bytes, signed: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(device).verify(signed, signature)
    except nacl.exceptions.BadSignatureError:
        return False
    return True


def digest_of(roster: bytes) -> bytes:
    """The name of a list of participants, 32 bytes: all later messages carry it."""
    return hashlib.blake2b(roster, digest_size=32, person=b"volens-roster").digest()
