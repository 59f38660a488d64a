"""The leaf of the log: a small canonical JSON object that names nobody.

- Canonical: ASCII, keys sorted, no spaces, no floats, integers below 2**53; optional fields are absent, never empty.
- Decoding writes the entry again and compares: two different byte strings are never the same entry.
- It holds codes, digests, counts, a rounded time, a hiding commitment and a tag: nothing from which a person can be told.

Source: RFC 8785 (JSON canonicalisation), restricted to a subset in which sorted compact JSON is already canonical.
"""

from __future__ import annotations

import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import msgspec

from audit.errors import EntryError
from audit.outcome import Kind, Outcome

ENTRY_VERSION = 1
MAX_ENTRY_BYTES = 65_535
"""Longest entry: the bundles of tlog-tiles carry a 16-bit length."""
MAX_INTEGER = 2**53 - 1
MAX_DETAILS = 32
MAX_DETAIL_TEXT = 512
COMMITMENT_DOMAIN = b"volens/commit/v1\0"

_CODE = re.compile(r"[a-z]{3}\Z")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")
_REASONS = frozenset(outcome.reason for outcome in Outcome if not outcome.is_fault)
_KINDS = frozenset(kind.value for kind in Kind)
_OUTCOMES = frozenset(outcome.value for outcome in Outcome if not outcome.is_fault)
_HASH_TEXT = re.compile(r"[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]").fullmatch
"""32 bytes in base64url without padding: the last letter carries four bits."""
_TAG_TEXT = re.compile(r"[A-Za-z0-9_-]{21}[AQgw]").fullmatch
"""16 bytes likewise: the last letter carries two bits."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the log."""

    kind: Kind
    """What it is about."""
    outcome: Outcome
    """How it ended; never a fault."""
    at: int
    """Unix seconds, rounded down to the configured granularity by whoever writes the entry."""
    purposes: tuple[str, ...] = ()
    """Purpose codes of three letters, sorted, each once."""
    policy: bytes | None = None
    """SHA-256 of the policy in force."""
    model: bytes | None = None
    """SHA-256 of the model that ranked."""
    commitment: bytes | None = None
    """Hiding commitment to the payload, 32 bytes."""
    tag: bytes | None = None
    """The person's running tag, 16 bytes; random to whoever lacks the person's key."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many were withheld, by reason, when they share this entry."""
    detail: Mapping[str, str | int] = field(default_factory=dict)
    """A few facts that concern no person."""


class _Wire(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The entry as JSON; field names are the frozen ones, in sorted order."""

    k: str
    o: str
    t: int
    v: int
    c: str = ""
    d: dict[str, str | int] = {}
    g: str = ""
    m: str = ""
    n: dict[str, int] = {}
    p: list[str] = []
    pol: str = ""


_decoder = msgspec.json.Decoder(_Wire)
_encoder = msgspec.json.Encoder(order="sorted")


def encode_entry(entry: Entry) -> bytes:
    """Write `entry` in canonical form.

    Raises:
        EntryError: a field is outside what the format allows.
    """
    wire = _Wire(
        k=entry.kind.value,
        o=entry.outcome.value,
        t=entry.at,
        v=ENTRY_VERSION,
        c=_text(entry.commitment),
        d=dict(entry.detail),
        g=_text(entry.tag),
        m=_text(entry.model),
        n=dict(entry.counts),
        p=list(entry.purposes),
        pol=_text(entry.policy),
    )
    _check(wire)
    try:
        data = _encoder.encode(wire)
    except (TypeError, ValueError, OverflowError) as exc:
        raise EntryError("the entry holds a value that the format does not know") from exc
    if len(data) > MAX_ENTRY_BYTES:
        raise EntryError("the entry is too long")
    return data


def decode_entry(data: bytes) -> Entry:
    """Read an entry, accepting only the bytes that `encode_entry` writes for it.

    Raises:
        EntryError: not an entry, or not in canonical form.
    """
    wire = _read(data)
    return Entry(
        kind=Kind(wire.k),
        outcome=Outcome(wire.o),  # type: ignore[call-arg]
        at=wire.t,
        purposes=tuple(wire.p),
        policy=_bytes(wire.pol),
        model=_bytes(wire.m),
        commitment=_bytes(wire.c),
        tag=_bytes(wire.g),
        counts=wire.n,
        detail=wire.d,
    )


def check_entry(data: bytes) -> None:
    """Check what `decode_entry` checks, and make nothing of it.

    Raises:
        EntryError: not an entry, or not in canonical form.
    """
    _read(data)


def commit(r: bytes, payload: bytes) -> bytes:
    """The hiding commitment to `payload`: SHA-256 over the domain, 32 secret bytes and the payload.

    Guarantee: without `r` (32 uniformly random bytes) it tells nothing of the payload, however guessable that is.
    """
    if len(r) != 32:
        raise ValueError("r has 32 bytes")
    return hashlib.sha256(COMMITMENT_DOMAIN + r + payload).digest()


def _read(data: bytes) -> _Wire:
    if len(data) > MAX_ENTRY_BYTES:
        raise EntryError("the entry is too long")
    try:
        wire = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise EntryError("not a JSON object of the entry's shape") from exc
    _check(wire)
    if _encoder.encode(wire) != data:
        raise EntryError("the entry is not in canonical form")
    return wire


def _check(wire: _Wire) -> None:
    """Everything that the shape alone does not say."""
    if wire.v != ENTRY_VERSION:
        raise EntryError("an entry of another version")
    if wire.k not in _KINDS or wire.o not in _OUTCOMES:
        raise EntryError("the kind or the outcome is not on the closed list")
    if not 0 <= wire.t <= MAX_INTEGER:
        raise EntryError("the time is out of range")
    for digest in (wire.c, wire.m, wire.pol):
        if digest and not _HASH_TEXT(digest):
            raise EntryError("a digest or commitment is 32 bytes in base64url")
    if wire.g and not _TAG_TEXT(wire.g):
        raise EntryError("a tag is 16 bytes in base64url")
    if wire.p and not _are_codes(tuple(wire.p)):
        raise EntryError("purposes are codes of three letters, sorted, each once")
    if wire.n and not all(
        reason in _REASONS and 0 < count <= MAX_INTEGER for reason, count in wire.n.items()
    ):
        raise EntryError("counts are positive, by a reason of the closed list")
    if wire.d and (
        len(wire.d) > MAX_DETAILS or not all(_is_detail(name, value) for name, value in wire.d.items())
    ):
        raise EntryError("a detail is outside what the format allows")


@lru_cache(maxsize=1024)
def _are_codes(purposes: tuple[str, ...]) -> bool:
    return all(map(_CODE.match, purposes)) and purposes == tuple(sorted(set(purposes)))


def _is_detail(name: str, value: object) -> bool:
    if not _NAME.match(name):
        return False
    if isinstance(value, str):
        return len(value) <= MAX_DETAIL_TEXT and value.isascii() and value.isprintable()
    return isinstance(value, int) and not isinstance(value, bool) and -MAX_INTEGER <= value <= MAX_INTEGER


def _text(raw: bytes | None) -> str:
    """base64url without padding (RFC 4648 section 5)."""
    if not raw:
        return ""
    return binascii.b2a_base64(raw, newline=False).translate(_TO_URL).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes | None:
    """The bytes of a text whose form has been checked."""
    if not text:
        return None
    return binascii.a2b_base64(text.encode("ascii").translate(_FROM_URL) + b"=" * (-len(text) % 4))


_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_", b"+/")
