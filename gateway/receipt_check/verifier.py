"""Checks a receipt offline. Needs this package, Python and PyNaCl, and no other code of ours: a test sees to that.

In this order, and it stops at the first that fails:

    file         the receipt is whole
    signature    the document is signed by the receipt key, which is one of the known keys if any are given
    content      the document is a receipt in its one spelling
    notice       the text beside it has the hash that the document names
    statements   what the document says of purpose, status and times is what event and notice say
    commitment   the log's entry binds exactly this event, and is about a consent of this status
    inclusion    the entry is in the tree of the checkpoint
    checkpoint   the checkpoint is signed by the log's key, which is the known one if one is given

Source: RFC 7515, 7638, 8037, 8785 (restricted), 6962; c2sp.org/tlog-proof, tlog-checkpoint, signed-note; docs/receipts.md.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from gateway.receipt_check.formats import (
    BrokenError,
    from_base64,
    from_url,
    is_signed,
    moment,
    read_canonical,
    read_object,
    read_proof,
    require,
    root_over,
    spell,
    thumbprint,
    to_url,
)

MAX_BYTES = 1 << 20
COMMITMENT = b"volens/commit/v1\0"

_STATUS = {
    "given": "dpv:ConsentGiven",
    "renewed": "dpv:RenewedConsentGiven",
    "refused": "dpv:ConsentRefused",
    "withdrawn": "dpv:ConsentWithdrawn",
    "revoked": "dpv:ConsentRevoked",
    "expired": "dpv:ConsentExpired",
    "invalidated": "dpv:ConsentInvalidated",
}
_OBJECTED = {
    "legitimate_interests": "dpv:LegitimateInterestObjected",
    "public_task": "dpv:PublicInterestObjected",
    "consent": "dpv:ConsentRefused",
}


@dataclass
class ReceiptVerdict:
    """What became of each check."""

    passed: list[str] = field(default_factory=list)
    """The checks that passed, in order."""
    failed: str | None = None
    """The check that failed; None if all passed."""
    why: str = ""
    """Why it failed."""
    event: dict[str, Any] = field(default_factory=dict)
    """What happened, once the signature was found good."""
    notice: dict[str, Any] = field(default_factory=dict)
    """What the person was told, once its hash was found right."""
    receipt_key: str = ""
    """The thumbprint of the key that signed."""
    log_key: str = ""
    """The verifier key of the log."""
    receipt_key_known: bool = False
    """Whether that key is one that was given beforehand, rather than named by the receipt alone."""
    log_key_known: bool = False
    """Whether the log's key is one that was given beforehand."""

    @property
    def good(self) -> bool:
        """Whether every check passed."""
        return self.failed is None


@dataclass
class _Case:
    """What is known so far."""

    data: bytes
    known_keys: dict[str, str] | None
    known_log: str | None
    verdict: ReceiptVerdict
    file: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b""
    document: dict[str, Any] = field(default_factory=dict)


def verify(data: bytes, *, jwks: bytes | None = None, log_key: str | None = None) -> ReceiptVerdict:
    """Check a receipt.

    Args:
        data: the file.
        jwks: the key set as the gateway publishes it; None trusts the key that the receipt names.
        log_key: the log's verifier key; None takes that of the key set, or the one that the receipt names.
    """
    verdict = ReceiptVerdict()
    case = _Case(data, None, log_key, verdict)
    for name, check in CHECKS.items():
        try:
            if name == "file" and jwks is not None:
                case.known_keys, published = read_jwks(jwks)
                case.known_log = log_key or published
            check(case)
        except (
            BrokenError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            OverflowError,
            OSError,
            RecursionError,
        ) as exc:
            verdict.failed, verdict.why = name, str(exc) if isinstance(exc, BrokenError) else "malformed"
            return verdict
        verdict.passed.append(name)
    return verdict


def read_jwks(jwks: bytes) -> tuple[dict[str, str], str | None]:
    """The Ed25519 keys of a key set by thumbprint, and the log's key that stands beside them.

    Raises:
        BrokenError: it cannot be read.
    """
    try:
        document = json.loads(jwks)
        keys = {thumbprint(key["x"]): key["x"] for key in document["keys"] if key.get("crv") == "Ed25519"}
        log = document.get("log")
    except (ValueError, TypeError, KeyError, AttributeError) as exc:
        raise BrokenError("the key set cannot be read") from exc
    return keys, log if isinstance(log, str) else None


def _check_file(case: _Case) -> None:
    require(len(case.data) <= MAX_BYTES, "longer than a receipt can be")
    case.file = read_object(case.data, "the file is no JSON object, or has a member twice")
    require(
        "receipt_id" not in case.file,
        "this is the answer to a change: the receipt is at /v1/receipts/ and its receipt_id",
    )
    require(set(case.file) == {"format", "log", "notice", "receipt"}, "not a receipt")
    require(set(case.file["log"]) == {"entry", "opening", "proof"}, "not a receipt")
    require(case.file["format"] == "volens-receipt/v1", "not a receipt of a version known here")


def _check_signature(case: _Case) -> None:
    first, second, third = case.file["receipt"].split(".")
    header = json.loads(from_url(first))
    key = header["jwk"]
    require(set(header) == {"alg", "jwk", "kid", "typ"}, "the header is not that of a receipt")
    require((header["alg"], header["typ"]) == ("EdDSA", "volens-receipt+jws"), "not signed as receipts are")
    require(key == {"crv": "Ed25519", "kty": "OKP", "x": key["x"]}, "the key is of another kind")
    require(header["kid"] == thumbprint(key["x"]), "the key is not the one that the header names")
    if case.known_keys is not None:
        require(
            case.known_keys.get(header["kid"]) == key["x"], "signed by a key that is not among the known ones"
        )
    require(
        is_signed(from_url(key["x"]), f"{first}.{second}".encode(), from_url(third)), "the signature is wrong"
    )
    case.payload = from_url(second)
    case.verdict.receipt_key = header["kid"]
    case.verdict.receipt_key_known = case.known_keys is not None


def _check_content(case: _Case) -> None:
    case.document = document = read_canonical(case.payload, "the document is not in its one spelling")
    event = document["volens:event"]
    require(
        document["@type"] == "dpv:ConsentReceipt" and event["format"] == "volens-consent/v1", "not a receipt"
    )
    hexadecimal = event["id"]
    require(bool(re.fullmatch("[0-9a-f]{32}", hexadecimal)), "not a receipt")
    names = {document["dct:identifier"], document["dpv:hasIdentifier"]}
    urn = f"urn:uuid:{'-'.join(hexadecimal[a:b] for a, b in ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32)))}"
    require(names == {hexadecimal} and document["@id"] == urn, "the document is about another event")
    case.verdict.event = event


def _check_notice(case: _Case) -> None:
    text = case.file["notice"].encode()
    event = case.verdict.event
    require(hashlib.sha256(text).hexdigest() == event["notice"], "not the text that the person was shown")
    notice = read_canonical(text, "the notice is not in its one spelling")
    require(notice["format"] == "volens-notice/v1", "not a notice")
    same = all(notice[name] == event[name] for name in ("purpose", "version"))
    require(same, "the notice is about another purpose or version")
    case.verdict.notice = notice


def _check_statements(case: _Case) -> None:
    event, notice = case.verdict.event, case.verdict.notice
    (record,) = case.document["dpv:hasRecordOfActivity"]
    told, process = record["dpv:hasNotice"], record["dpv:hasProcess"]
    status = record.get("dpv:hasConsentStatus") or record["dpv:hasStatus"]
    purpose = process["dpv:hasPurpose"]
    pairs = (
        (told["@id"], f"ni:///sha-256;{to_url(bytes.fromhex(event['notice']))}"),
        (told["dct:title"], notice["title"]),
        (told["dct:description"], notice["text"]),
        (told["dct:language"], notice["locale"]),
        (told["dct:hasVersion"], event["notice_version"]),
        (purpose["dct:identifier"], event["purpose"]),
        (purpose["dct:hasVersion"], event["version"]),
        (purpose["@type"], notice.get("dpv", "dpv:Purpose")),
        (status["@type"][0], _STATUS.get(event["status"]) or _OBJECTED[notice["basis"]]),
        (status["dpv:hasIndicationMethod"], event["method"]),
        (status["dpv:isIndicatedAtTime"], moment(event["occurred_at"])),
        (case.document["dct:created"], moment(event["recorded_at"])),
        (status.get("dct:valid"), moment(event.get("valid_until"))),
        (record["dpv:hasDataSubject"]["dpv:hasIdentifier"], case.document["volens:log"]["tag"]),
    )
    require(all(said == is_so for said, is_so in pairs), "the document contradicts the event or the notice")


def _check_commitment(case: _Case) -> None:
    entry = read_canonical(case.file["log"]["entry"].encode(), "the entry is not in its one spelling")
    event, log = case.verdict.event, case.document["volens:log"]
    opening = case.file["log"]["opening"]
    require(bool(re.fullmatch("[0-9a-f]{64}", opening)), "the opening has another size")
    bound = hashlib.sha256(COMMITMENT + bytes.fromhex(opening) + spell(event)).digest()
    require(entry["c"] == to_url(bound), "the log's entry binds something else")
    require((entry["k"], entry["o"]) == ("consent", event["status"]), "the entry is about something else")
    detail = {"evidence": event["evidence"], "version": event["version"]}
    require(entry["d"] == detail and entry["g"] == log["tag"], "the entry is about something else")


def _check_inclusion(case: _Case) -> None:
    proof, log = read_proof(case.file["log"]["proof"]), case.document["volens:log"]
    require(proof.index == log["index"], "the proof is about another entry")
    leaf = hashlib.sha256(b"\0" + case.file["log"]["entry"].encode()).digest()
    root = root_over(leaf, proof.index, proof.size, proof.hashes)
    require(root == proof.root, "the entry is not in the tree of the checkpoint")


def _check_checkpoint(case: _Case) -> None:
    proof, vkey = read_proof(case.file["log"]["proof"]), case.document["volens:log"]["vkey"]
    if case.known_log is not None:
        require(vkey == case.known_log, "the receipt names another log than the known one")
    name, key_id, encoded = vkey.split("+", 2)
    raw = from_base64(encoded)
    require(len(raw) == 33 and raw[0] == 1, "the log's key is of another kind")
    expected = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
    require(key_id == expected.hex(), "the log's key is not the one that it names")
    require(proof.origin == name, "the checkpoint is of another log")
    ours = [value for signer, value in proof.signatures if signer == name and value[:4] == expected]
    signed = bool(ours) and all(is_signed(raw[1:], proof.text.encode(), value[4:]) for value in ours)
    require(signed, "the checkpoint is not signed by the log")
    case.verdict.log_key = vkey
    case.verdict.log_key_known = case.known_log is not None


CHECKS: dict[str, Callable[[_Case], None]] = {
    "file": _check_file,
    "signature": _check_signature,
    "content": _check_content,
    "notice": _check_notice,
    "statements": _check_statements,
    "commitment": _check_commitment,
    "inclusion": _check_inclusion,
    "checkpoint": _check_checkpoint,
}
"""Every check by name, in order."""
