"""The sealed half of a log record: what stands beside an entry in the write-ahead log, and never in the tree.

Layout (all integers big-endian); the first byte is the form:

    EVENT      1 | u64 message digest | u8 count | count x (u8 bit, u16 length, sealed signal)
    WITHHELD   2 | n x u64 message digest
    DECISION   3 | sealed payload, under the person's evidence key
    OPERATIONS 4 | sealed payload, under the gateway's own key (nobody's data: the slate of somebody without a record)
    CONSENT    5 | u32 ledger sequence

A sealed signal is `nonce || AES-256-GCM(signal)` under the key of one person *and* one purpose, with the entry's tag as
associated data: destroying that key silences exactly that purpose, in the log, in its copies and in every replay.
The message digest is keyed and random-looking; it links nothing.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from gateway.errors import SealedRecordError


class Form(IntEnum):
    """What a sealed half holds."""

    EVENT = 1
    """An accepted event's signals."""
    WITHHELD = 2
    """The message digests of the events that share one entry."""
    DECISION = 3
    """A decision's payload, for the person."""
    OPERATIONS = 4
    """A decision's payload that concerns nobody."""
    CONSENT = 5
    """Which ledger row the entry stands for."""


@dataclass(frozen=True, slots=True)
class EventRecord:
    """An accepted event, still sealed."""

    message_digest: int
    """For de-duplication across restarts; 0 when the event carried no id."""
    signals: tuple[tuple[int, bytes], ...]
    """Purpose bit and sealed signal."""


_EVENT = struct.Struct(">BQB")
_SIGNAL = struct.Struct(">BH")
_U32 = struct.Struct(">BI")

FORM_OF_EVENTS = int(Form.EVENT)
"""A plain number: packing a member of an enumeration takes six times as long."""
EVENT_HEAD_BYTES = _EVENT.size
"""Of an EVENT half before its signals."""
SIGNAL_HEAD_BYTES = _SIGNAL.size
"""Of each signal before its nonce."""


def pack_event(message_digest: int, signals: Sequence[bytes]) -> bytes:
    """The EVENT half: the signals from `pack_signal`."""
    return _EVENT.pack(FORM_OF_EVENTS, message_digest, len(signals)) + b"".join(signals)


def pack_signal(bit: int, nonce: bytes, ciphertext: bytes) -> bytes:
    """One sealed signal of an EVENT half."""
    return _SIGNAL.pack(bit, len(nonce) + len(ciphertext)) + nonce + ciphertext


def read_event(sealed: bytes) -> EventRecord:
    """Take an EVENT half apart.

    Raises:
        SealedRecordError: it is not one.
    """
    try:
        form, digest, count = _EVENT.unpack_from(sealed)
        if form != Form.EVENT:
            raise SealedRecordError
        position = _EVENT.size
        signals = []
        for _ in range(count):
            bit, length = _SIGNAL.unpack_from(sealed, position)
            position += _SIGNAL.size
            signals.append((bit, sealed[position : position + length]))
            position += length
    except struct.error as exc:
        raise SealedRecordError from exc
    if position != len(sealed):
        raise SealedRecordError
    return EventRecord(digest, tuple(signals))


def pack_withheld(digests: list[int]) -> bytes:
    """The WITHHELD half: the digests of every event that shares the entry."""
    return struct.pack(f">B{len(digests)}Q", Form.WITHHELD, *digests)


def read_withheld(sealed: bytes) -> tuple[int, ...]:
    """The message digests of a WITHHELD half.

    Raises:
        SealedRecordError: it is not one.
    """
    count, rest = divmod(len(sealed) - 1, 8)
    if rest or count < 0 or sealed[0] != Form.WITHHELD:
        raise SealedRecordError
    return struct.unpack_from(f">{count}Q", sealed, 1)


def pack_consent(sequence: int) -> bytes:
    """The CONSENT half: the ledger's sequence number."""
    return _U32.pack(Form.CONSENT, sequence)


def read_consent(sealed: bytes) -> int:
    """The ledger sequence of a CONSENT half.

    Raises:
        SealedRecordError: it is not one.
    """
    if len(sealed) != _U32.size or sealed[0] != Form.CONSENT:
        raise SealedRecordError
    sequence: int = _U32.unpack(sealed)[1]
    return sequence
