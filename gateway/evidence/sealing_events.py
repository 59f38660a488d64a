"""What a chunk of events needs of ciphers, all of it at once: the evidence of their entries, and their EVENT halves.

Each by itself it is `privacy.derive_evidence`, `pack_event` and `pack_signal` with AES-256-GCM; together it is the same bytes
from machine code (`gateway.evidence.compiled_sealing`), once `prepare_sealing` has made it and where the processor knows AES. A
call from Python costs more than a small message does, and a cipher kept for each person has 2.5 KB that no cache holds when its
turn comes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType

import numpy as np
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from numpy.typing import NDArray

from gateway.evidence.sealed_records import EVENT_HEAD_BYTES, SIGNAL_HEAD_BYTES, pack_event, pack_signal
from privacy import EVIDENCE_PERSON, derive_evidence

NONCE_BYTES = 12
_GCM_TAG_BYTES, _TAG_BYTES, _OPENING_BYTES, _KEY_BYTES = 16, 16, 32, 32
_EVIDENCE_BYTES = _TAG_BYTES + _OPENING_BYTES
_OF_A_SIGNAL = SIGNAL_HEAD_BYTES + NONCE_BYTES + _GCM_TAG_BYTES
"""Bytes of a signal in its half, beside what it says."""
_MAX_BODY_BYTES = 0xFFFF - NONCE_BYTES - _GCM_TAG_BYTES
"""A signal's length has two bytes."""


@dataclass(frozen=True, slots=True)
class DerivedEvidence:
    """Of the entries of several events, in turn (`privacy.derive_evidence`)."""

    tags: bytes
    """Of 16 bytes, one behind the other."""
    openings: list[bytes]
    """The randomness of each one's commitment, 32 bytes."""


@dataclass(slots=True)
class EventsToSeal:
    """Events in turn, and their signals one event's behind the other's."""

    digests: list[int] = field(default_factory=list)
    """Message digest of each event."""
    ends: list[int] = field(default_factory=list)
    """How many signals there are up to the end of each event."""
    bits: list[int] = field(default_factory=list)
    """Purpose bit of each signal."""
    keys: list[bytes] = field(default_factory=list)
    """What seals each signal, 32 bytes."""
    bodies: list[bytes] = field(default_factory=list)
    """What each signal says, at most 65,507 bytes."""


@cache
def prepare_sealing() -> None:
    """Make the machine code, or read it from the disk; to be called in a thread."""
    from gateway.evidence import compiled_sealing  # loads the compiler

    if compiled_sealing.SEALS:
        _made.append(compiled_sealing)


def derive_evidence_of(keys: bytes, numbers: Sequence[int]) -> DerivedEvidence:
    """The tag and the randomness of an entry of each.

    Args:
        keys: evidence keys of 32 bytes, one behind the other.
        numbers: the running number of each one's entry.
    """
    found = np.empty((len(numbers), _EVIDENCE_BYTES), np.uint8)
    if not _made or len(keys) != _KEY_BYTES * len(numbers) or _derive_together(keys, numbers, found.ravel()):
        pairs = [
            derive_evidence(key, number) for key, number in zip(split(keys, _KEY_BYTES), numbers, strict=True)
        ]
        return DerivedEvidence(b"".join(tag for tag, _ in pairs), [opening for _, opening in pairs])
    openings = found[:, _TAG_BYTES:].tobytes()
    return DerivedEvidence(found[:, :_TAG_BYTES].tobytes(), split(openings, _OPENING_BYTES))


def seal_events(events: EventsToSeal, tags: bytes, entropy: bytes) -> list[bytes]:
    """The EVENT half of each.

    Args:
        events: what to seal.
        tags: of each event's entry, 16 bytes: what its signals are bound to.
        entropy: NONCE_BYTES fresh random bytes for each signal, or more.
    """
    halves = _seal_together(events, tags, entropy) if _made else None
    return _seal_one_by_one(events, tags, entropy) if halves is None else halves


def seal_messages(keys: bytes, tags: bytes, nonces: bytes, messages: Sequence[bytes]) -> list[bytes]:
    """AES-256-GCM of each: nonce, ciphertext, tag.

    Args:
        keys: 32 bytes for each message, one key behind the other.
        tags: of each message's entry, 16 bytes: what it is bound to.
        nonces: NONCE_BYTES fresh random bytes for each.
        messages: what to seal.

    Raises:
        ValueError: there are not as many of each.
    """
    n = len(messages)
    if (len(keys), len(tags), len(nonces)) != (_KEY_BYTES * n, _TAG_BYTES * n, NONCE_BYTES * n):
        raise ValueError("each message has one key, one tag and one nonce")
    if _made:
        ends = np.fromiter(map(len, messages), np.int64, n).cumsum()
        sealed_ends = (ends + (NONCE_BYTES + _GCM_TAG_BYTES) * np.arange(1, n + 1)).tolist()
        sealed = np.empty(sealed_ends[-1] if n else 0, np.uint8)
        columns = map(_view, (keys, tags, nonces, b"".join(messages)))
        if not _made[0].seal_each(*columns, ends, sealed):
            raw = sealed.tobytes()
            return [raw[begin:end] for begin, end in zip([0, *sealed_ends], sealed_ends, strict=False)]
    return [
        nonce + AESGCM(key).encrypt(nonce, message, tag)
        for key, tag, nonce, message in zip(
            split(keys, _KEY_BYTES),
            split(tags, _TAG_BYTES),
            split(nonces, NONCE_BYTES),
            messages,
            strict=True,
        )
    ]


def split(joined: bytes, width: int) -> list[bytes]:
    """What lies one behind the other, each of `width` bytes."""
    return [joined[at : at + width] for at in range(0, len(joined), width)]


def _derive_together(keys: bytes, numbers: Sequence[int], found: NDArray[np.uint8]) -> int:
    """Fill `found` in machine code; how many could not be hashed."""
    packed = struct.pack(f">{len(numbers)}Q", *numbers)
    failures: int = _made[0].derive_all(_view(keys), _view(packed), _view(EVIDENCE_PERSON), found)
    return failures


def _seal_together(events: EventsToSeal, tags: bytes, entropy: bytes) -> list[bytes] | None:
    """The halves from machine code, which reads and writes where it is told to: None if anything has not the length it should."""
    n_events, n_signals = len(events.digests), len(events.bodies)
    lengths = np.fromiter(map(len, events.bodies), np.int64, n_signals)
    if (
        events.ends != sorted(events.ends)
        or (len(events.ends), len(tags)) != (n_events, _TAG_BYTES * n_events)
        or (events.ends or [0])[-1] != n_signals
        or (len(events.bits), len(events.keys)) != (n_signals, n_signals)
        or not set(map(len, events.keys)) <= {_KEY_BYTES}
        or len(entropy) < NONCE_BYTES * n_signals
        or lengths.max(initial=0) > _MAX_BODY_BYTES
    ):
        return None
    bodies = b"".join(events.bodies)
    halves = np.empty(EVENT_HEAD_BYTES * n_events + _OF_A_SIGNAL * n_signals + len(bodies), np.uint8)
    half_ends = np.empty(n_events, np.int64)
    failures = _made[0].seal_all(
        _view(struct.pack(f">{n_events}Q", *events.digests)),
        _view(tags),
        np.array(events.ends, np.int64),
        _view(bytes(events.bits)),
        _view(b"".join(events.keys)),
        _view(entropy),
        _view(bodies),
        lengths,
        halves,
        half_ends,
    )
    if failures:
        return None
    raw, ends = halves.tobytes(), half_ends.tolist()
    return [raw[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


def _seal_one_by_one(events: EventsToSeal, tags: bytes, entropy: bytes) -> list[bytes]:
    halves, begin = [], 0
    for place, (digest, end) in enumerate(zip(events.digests, events.ends, strict=True)):
        tag = tags[_TAG_BYTES * place : _TAG_BYTES * (place + 1)]
        parts = []
        for signal in range(begin, end):
            nonce = entropy[NONCE_BYTES * signal : NONCE_BYTES * (signal + 1)]
            sealed = AESGCM(events.keys[signal]).encrypt(nonce, events.bodies[signal], tag)
            parts.append(pack_signal(events.bits[signal], nonce, sealed))
        halves.append(pack_event(digest, parts))
        begin = end
    return halves


def _view(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(data, np.uint8)


_made: list[ModuleType] = []
"""`compiled_sealing`, once it is loaded and can be called."""
