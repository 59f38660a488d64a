"""Verifies a certificate of erasure offline. Self-contained: the standard library and Ed25519, nothing of ours.

Checked, all of it: the signature of the certificate; that the entry is the erasure of the key that the certificate names; that
the entry is at the place it says in the tree that the checkpoint signs; the signature of the checkpoint. Whose signatures
they are only the caller can say: without keys that were had in another way, the file vouches for itself (`anchored` is false).

Source: RFC 7515, RFC 7638, RFC 8037; RFC 6962 section 2.1, RFC 9162 section 2.1.3.2; C2SP tlog-proof, tlog-checkpoint and
signed-note.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

FORMAT = "volens-erasure-certificate/1"
TYPE = "volens-erasure+jwt"
MAX_BYTES = 1 << 20

_TITLE = "c2sp.org/tlog-proof@v1"
_MEMBERS = {"format", "certificate", "signing_key", "entry", "proof", "log_key"}
_KEY = re.compile(r"[0-9a-f]{64}", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", re.ASCII)
_ED25519 = b"\x01"


@dataclass(frozen=True, slots=True)
class Certified:
    """What a certificate proves."""

    key: str
    """The fingerprint of the key that was destroyed, in hexadecimal."""
    erased_at: str
    """When, as the certificate says (the entry's own time is coarser)."""
    log: str
    """In which log the erasure stands."""
    index: int
    """At which place."""
    size: int
    """Of the signed tree that has it."""
    anchored: bool
    """Whether both keys were given by the caller rather than taken from the file."""


class CertificateError(Exception):
    """The certificate proves nothing; the message says which check failed."""


def verify_certificate(
    data: bytes, *, log_key: str | None = None, signing_keys: bytes | None = None
) -> Certified:
    """Check a certificate.

    Args:
        data: the file.
        log_key: the log's verifier key (`log.vkey`), had in another way.
        signing_keys: the gateway's public keys as a JWKS document, had in another way.

    Raises:
        CertificateError: one of the checks fails.
    """
    try:
        return _verify(data, log_key, signing_keys)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError):
        raise CertificateError("it is not a certificate of erasure") from None


def _verify(data: bytes, log_key: str | None, signing_keys: bytes | None) -> Certified:
    _insist(len(data) <= MAX_BYTES, "it is too long")
    envelope = json.loads(data, object_pairs_hook=_once)
    _insist(set(envelope) == _MEMBERS and envelope["format"] == FORMAT, "it is not a certificate of erasure")
    keys = [envelope["signing_key"]] if signing_keys is None else json.loads(signing_keys)["keys"]
    claims = _open_jws(envelope["certificate"], keys)
    entry = json.loads(envelope["entry"], object_pairs_hook=_once)
    _insist(entry["k"] == "erasure", "the entry is of another kind")
    _insist(entry["d"] == {"key": claims["key"]}, "the entry is about another key")
    vkey = envelope["log_key"] if log_key is None else log_key.strip()
    origin, size, root, index, hashes = _open_proof(envelope["proof"], vkey)
    _insist(claims["log"] == claims["iss"] == origin, "the proof is of another log")
    _insist(claims["index"] == index, "the proof is of another entry")
    leaf = hashlib.sha256(b"\0" + envelope["entry"].encode("ascii")).digest()
    _insist(_root_of(leaf, index, size, hashes) == root, "the entry is not at this place of the signed tree")
    _insist(_KEY.fullmatch(claims["key"]) is not None, "it names no key")
    _insist(origin.isprintable(), "the log's name is not one")
    _insist(_is_moment(claims["erased_at"]), "it does not say when")
    anchored = log_key is not None and signing_keys is not None
    return Certified(claims["key"], claims["erased_at"], origin, index, size, anchored)


def _open_jws(token: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    """The claims of a token that one of these keys has signed."""
    head, body, signature = token.split(".")
    header = json.loads(_unpadded(head), object_pairs_hook=_once)
    _insist(header.get("alg") == "EdDSA" and header.get("typ") == TYPE, "it is signed for something else")
    _insist(set(header) == {"alg", "kid", "typ"}, "its signature asks for what is not understood")
    known = [key for key in keys if _thumbprint(key) == header["kid"]]
    _insist(len(known) == 1, "it is signed by a key that is not known")
    _check(
        _unpadded(known[0]["x"]), f"{head}.{body}".encode("ascii"), _unpadded(signature), "the certificate"
    )
    claims: dict[str, Any] = json.loads(_unpadded(body), object_pairs_hook=_once)
    return claims


def _open_proof(text: str, vkey: str) -> tuple[str, int, bytes, int, list[bytes]]:
    """Origin, size and root of the signed checkpoint; index and hashes of the proof."""
    head, _, note = text.partition("\n\n")
    title, place, *lines = head.split("\n")
    _insist(title == _TITLE and place.startswith("index "), "the proof is not a tlog-proof")
    index, hashes = int(place.removeprefix("index ")), [_exact(line) for line in lines]
    signed, _, signatures = note.partition("\n\n")
    origin, size, root = signed.split("\n")
    name, key_id, encoded = vkey.split("+", 2)
    key = _exact(encoded)
    expected = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    _insist(key[:1] == _ED25519 and expected.hex() == key_id, "the log's key is not one")
    _insist(name == origin, "the checkpoint is of another log")
    for line in signatures.splitlines():
        dash, signer, value = line.split(" ")
        raw = _exact(value)
        if dash == "\N{EM DASH}" and signer == name and raw[:4] == expected:
            _check(key[1:], f"{signed}\n".encode(), raw[4:], "the checkpoint")
            return origin, int(size), _exact(root), index, hashes
    raise CertificateError("the checkpoint is not signed by this log")


def _root_of(leaf: bytes, index: int, size: int, hashes: list[bytes]) -> bytes | None:
    """The root that follows from a leaf and its inclusion proof; None if the proof has another length."""
    _insist(0 <= index < size and all(len(each) == 32 for each in hashes), "the proof is not one")
    place, last, node = index, size - 1, leaf
    for sibling in hashes:
        if last == 0:
            return None
        if place & 1 or place == last:
            node = hashlib.sha256(b"\1" + sibling + node).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            node = hashlib.sha256(b"\1" + node + sibling).digest()
        place, last = place >> 1, last >> 1
    return node if last == 0 else None


def _thumbprint(key: dict[str, Any]) -> str:
    """RFC 7638, of an Ed25519 key."""
    member = {"crv": "Ed25519", "kty": "OKP", "x": key["x"]}
    canonical = json.dumps(member, separators=(",", ":"), sort_keys=True).encode()
    return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()


def _check(key: bytes, message: bytes, signature: bytes, what: str) -> None:
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        raise CertificateError(f"the signature of {what} does not hold") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object without repeated members."""
    members = dict(pairs)
    _insist(len(members) == len(pairs), "a member is there twice")
    return members


def _unpadded(text: str) -> bytes:
    """base64url without padding, in its one spelling."""
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    _insist(base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text, "base64 in another spelling")
    return raw


def _exact(text: str) -> bytes:
    """base64 with padding, in its one spelling."""
    raw = base64.b64decode(text, validate=True)
    _insist(base64.b64encode(raw).decode() == text, "base64 in another spelling")
    return raw


def _is_moment(text: str) -> bool:
    """Whether it is a date and time in UTC, as RFC 3339 writes it, and nothing else."""
    if _MOMENT.fullmatch(text) is None:
        return False
    datetime.fromisoformat(text)
    return True


def _insist(holds: bool, failed: str) -> None:
    if not holds:
        raise CertificateError(failed)
