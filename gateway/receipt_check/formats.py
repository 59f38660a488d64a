"""The formats that a receipt is made of, read strictly: every one of them has exactly one spelling, but for the file around them.

Source: RFC 4648, 7638, 8032, 8785 (restricted), 6962 section 2.1; c2sp.org/tlog-proof, tlog-checkpoint, signed-note.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

_PROOF_TITLE = "c2sp.org/tlog-proof@v1"
_SIGNATURE_START = "\N{EM DASH} "
_MOST_HASHES = 63
_LARGEST = 2**53 - 1


class BrokenError(Exception):
    """A check that failed; says why, and quotes nothing of the file."""


def require(holds: bool, why: str) -> None:
    """Go on only if it holds.

    Raises:
        BrokenError: it does not.
    """
    if not holds:
        raise BrokenError(why)


def spell(value: Any) -> bytes:
    """JSON in its one spelling."""
    text = json.dumps(_ordered(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode()


def read_canonical(data: bytes, why: str) -> dict[str, Any]:
    """A JSON object that is in its one spelling.

    Raises:
        BrokenError: it is not; says `why`.
    """
    try:
        value = json.loads(data.decode(), parse_float=_refuse, parse_int=_whole)
        same = isinstance(value, dict) and spell(value) == data
    except (ValueError, RecursionError):
        same = False
    require(same, why)
    found: dict[str, Any] = value
    return found


def read_object(data: bytes, why: str) -> dict[str, Any]:
    """A JSON object in any spelling that means one thing to every reader.

    Raises:
        BrokenError: it is none, or a member stands in it twice; says `why`.
    """
    try:
        value = json.loads(
            data.decode(), parse_float=_refuse, parse_int=_whole, object_pairs_hook=_without_repetition
        )
        whole = isinstance(value, dict) and bool(spell(value))
    except (ValueError, RecursionError):
        whole = False
    require(whole, why)
    found: dict[str, Any] = value
    return found


def to_url(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_url(text: str) -> bytes:
    """The bytes of base64url without padding, in its one spelling.

    Raises:
        BrokenError: it is not.
        ValueError: it is not base64 at all.
    """
    raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    require(to_url(raw) == text, "not base64 in its one spelling")
    return raw


def from_base64(text: str) -> bytes:
    """The bytes of base64 with padding, in its one spelling.

    Raises:
        BrokenError: it is not.
        ValueError: it is not base64 at all.
    """
    raw = base64.b64decode(text, validate=True)
    require(base64.b64encode(raw).decode() == text, "not base64 in its one spelling")
    return raw


def thumbprint(x: str) -> str:
    """The id of an Ed25519 key, from the `x` of its JWK."""
    return to_url(hashlib.sha256(spell({"crv": "Ed25519", "kty": "OKP", "x": x})).digest())


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature over a message is good."""
    try:
        VerifyKey(key).verify(message, signature)
    except (BadSignatureError, ValueError, TypeError):
        return False
    return True


def moment(seconds: int | None) -> str | None:
    """Unix seconds as receipts write a time; None stays None."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()


@dataclass(frozen=True)
class LogProof:
    """What a proof file says."""

    index: int
    """Place of the entry."""
    hashes: list[bytes]
    """From the leaf's sibling up."""
    text: str
    """The checkpoint as it was signed."""
    origin: str
    """The log that the checkpoint names."""
    size: int
    """How many entries it covers."""
    root: bytes
    """The tree's root."""
    signatures: list[tuple[str, bytes]]
    """Name, and key id with signature; nothing is verified."""


def read_proof(proof: str) -> LogProof:
    """Take a proof file apart; it must be spelled as it would be written.

    Raises:
        BrokenError: malformed.
        ValueError: malformed.
    """
    head, blank, note = proof.partition("\n\n")
    text, second_blank, signed = note.partition("\n\n")
    title, index, *hashes = head.split("\n")
    require(title == _PROOF_TITLE and index.startswith("index ") and bool(blank), "not a proof")
    require(signed.endswith("\n") and bool(second_blank) and len(hashes) <= _MOST_HASHES, "not a proof")
    origin, size, root = text.split("\n")
    signatures = []
    for line in signed[:-1].split("\n"):
        name, _, value = line.removeprefix(_SIGNATURE_START).partition(" ")
        require(line.startswith(_SIGNATURE_START) and bool(name), "not a signed checkpoint")
        signatures.append((name, from_base64(value)))
    return LogProof(
        _number(index.removeprefix("index ")),
        [_hash(each) for each in hashes],
        text + "\n",
        origin,
        _number(size),
        _hash(root),
        signatures,
    )


def root_over(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes:
    """The root that an inclusion proof leads to.

    Raises:
        BrokenError: the proof is too long or too short for this tree.
    """
    require(0 <= index < size, "the checkpoint does not cover the entry")
    node, first, last = leaf, index, size - 1
    for other in hashes:
        require(last > 0, "the proof is too long")
        if first & 1 or first == last:
            node = _node(other, node)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            node = _node(node, other)
        first, last = first >> 1, last >> 1
    require(last == 0, "the proof is too short")
    return node


def _refuse(_: str) -> None:
    raise ValueError("a number that is not whole")


def _without_repetition(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member stands twice")
    return found


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) > _LARGEST:
        raise ValueError("a number that others would round")
    return number


def _ordered(value: Any) -> Any:
    """Members in the order of their UTF-16 code units."""
    if isinstance(value, dict):
        return {
            name: _ordered(value[name]) for name in sorted(value, key=lambda each: each.encode("utf-16-be"))
        }
    return [_ordered(each) for each in value] if isinstance(value, list) else value


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def _number(text: str) -> int:
    require(text.isascii() and text.isdecimal() and str(int(text)) == text and len(text) < 20, "not a number")
    return int(text)


def _hash(text: str) -> bytes:
    raw = from_base64(text)
    require(len(raw) == 32, "not a hash")
    return raw
