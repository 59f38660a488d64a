"""What devices are given of a model: a signed statement of one line, and the artefact it names.

    statement, canonical JSON, one line
    signature, base64, one line: Ed25519 over the statement, for the use `model` (`federated.sign_document`)
    artefact, bytes

The statement names the artefact's SHA-256, the model's card, until when it may be used, and its entry in the log. The index
of that entry is what rises: a device that has seen a higher one takes no lower one. A rollback is an entry itself.
"""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from nacl.signing import SigningKey, VerifyKey

from consent import canonical_json
from federated import DocumentUse, SignatureError, open_document, sign_document
from gateway.errors import BundleError

_SIGNATURE_BYTES = 64
GOES_ON_FROM = "goes_on_from"
"""Member of the card of a version that was gone back to: SHA-256 of the newest artefact, from which the next round goes on."""


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An entry of the log."""

    index: int
    """The entry's index in the log."""
    origin: str
    """The log's name."""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is said of an artefact."""

    artefact: str
    """SHA-256, in hexadecimal."""
    bytes: int
    """The artefact's length in bytes."""
    card: dict[str, Any]
    """What it was learnt of, how, and how well it does."""
    expires_at: int
    """From this moment it is not to be used (unix seconds)."""
    log: Place
    """The entry that published it."""
    name: str
    """Of the model."""
    published_at: int
    """When (unix seconds)."""
    version: int
    """From 1, rising."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was taken apart, and whose signature holds."""

    statement: Statement
    """What is said."""
    artefact: bytes
    """What it is said of."""


class Signer:
    """Signs what devices trust. Never shown, never logged."""

    def __init__(self, seed: bytes) -> None:
        """Sign with an Ed25519 seed of 32 bytes."""
        self._key = SigningKey(seed)
        self.public = bytes(self._key.verify_key)
        """By which everybody checks, 32 bytes."""

    def sign(self, use: DocumentUse, body: bytes) -> bytes:
        """The signature, 64 bytes, and the body."""
        return sign_document(use, body, self._key)


def make_bundle(statement: Mapping[str, Any], artefact: bytes, signer: Signer) -> bytes:
    """A bundle with this statement, to which the artefact's digest and length are added."""
    digest = hashlib.sha256(artefact).hexdigest()
    line = canonical_json({**statement, "artefact": digest, "bytes": len(artefact)})
    signature = signer.sign(DocumentUse.MODEL, line)[:_SIGNATURE_BYTES]
    return line + b"\n" + b64encode(signature) + b"\n" + artefact


def digest_in(bundle: bytes) -> bytes:
    """SHA-256 of the artefact in a bundle, 32 bytes, whatever its statement and signature say."""
    return hashlib.sha256(bundle.partition(b"\n")[2].partition(b"\n")[2]).digest()


def read_bundle(bundle: bytes, public: bytes) -> Bundle:
    """Take a bundle apart.

    Raises:
        BundleError: it cannot be read, it was changed, or signed by somebody else.
    """
    line, _, rest = bundle.partition(b"\n")
    signature, _, artefact = rest.partition(b"\n")
    try:
        signed = b64decode(signature, validate=True) + line
        statement = msgspec.json.decode(
            open_document(DocumentUse.MODEL, signed, VerifyKey(public)), type=Statement
        )
    except (SignatureError, ValueError, Error, msgspec.DecodeError) as exc:
        raise BundleError("a model is not what was signed") from exc
    if statement.bytes != len(artefact) or statement.artefact != hashlib.sha256(artefact).hexdigest():
        raise BundleError("a model's artefact is not the one that its statement names")
    return Bundle(statement, artefact)
