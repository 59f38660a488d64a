"""The messages between whoever drives a round and a device, around those of the secure sum."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from federated.items import MAX_ID_CHARACTERS, MAX_ITEMS

LEASE, KEYS, SHARES, MASKED, UNMASK, DONE = "lease", "keys", "shares", "masked", "unmask", "done"
STEPS = (LEASE, KEYS, SHARES, MASKED, UNMASK, DONE)
"""The steps of a round, in their order."""

MAX_ANSWER_BYTES = (4 << 20) * 4 + 1024
"""A masked contribution of the greatest length, and its frame."""


class Invitation(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a device is asked at the first step."""

    manifest: Annotated[bytes, Meta(max_length=65_536)]
    """The manifest of the round, signed."""
    items: Annotated[
        tuple[Annotated[str, Meta(max_length=MAX_ID_CHARACTERS)], ...], Meta(max_length=MAX_ITEMS)
    ]
    """The list that the manifest names by its digest."""


class CohortCall(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a device is asked at the second step."""

    manifest: Annotated[bytes, Meta(min_length=32, max_length=32)]
    """Digest of the manifest that it accepted."""
    cohort: Annotated[int, Meta(ge=0, lt=1 << 24)]
    """The cohort that it sums with."""


class Evidence(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a device is given at the end: the proof of what became of it."""

    manifest: Annotated[bytes, Meta(min_length=32, max_length=32)]
    end: Annotated[bytes, Meta(max_length=4_096)]
    """What is said of the round's end, signed: `federated.RoundEnd`. It has the root over all leaves, as the log has it."""
    salt: Annotated[bytes, Meta(min_length=32, max_length=32)]
    standing: str
    index: int
    size: int
    path: Annotated[tuple[bytes, ...], Meta(max_length=64)]


class Answer(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What a device says."""

    reason: Annotated[str, Meta(max_length=64)]
    """Empty if it did what it was asked; else why not, as a word."""
    body: bytes = b""
    """What it was asked for."""


encode = msgspec.msgpack.encode


def read_answer(data: bytes) -> Answer | None:
    """An answer; None for rubbish."""
    if len(data) > MAX_ANSWER_BYTES:
        return None
    try:
        return msgspec.msgpack.decode(data, type=Answer)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
