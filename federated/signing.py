"""Signed documents: a body, and before it the Ed25519 signature (RFC 8032) over its use and itself.

A signature for one use does not hold for another, whatever the bytes. In a browser: WebCrypto's `Ed25519` over
`"volens federated 1 " + use + NUL + body`.
"""

from __future__ import annotations

from enum import StrEnum

import nacl.exceptions
from nacl.signing import SigningKey, VerifyKey

from federated.errors import SignatureError

SIGNATURE_BYTES = 64
_CONTEXT = b"volens federated 1 "


class DocumentUse(StrEnum):
    """What is signed."""

    MANIFEST = "manifest"
    """What a round is going to do."""
    ROUND_END = "round-end"
    """How a round ended."""
    MODEL = "model"
    """An artefact together with its card."""


def sign_document(use: DocumentUse, body: bytes, key: SigningKey) -> bytes:
    """The signature, 64 bytes, and the body."""
    return bytes(key.sign(_signed(use, body)).signature) + body


def open_document(use: DocumentUse, document: bytes, key: VerifyKey) -> bytes:
    """The body of a signed document.

    Raises:
        SignatureError: not signed by this key for this use.
    """
    signature, body = document[:SIGNATURE_BYTES], document[SIGNATURE_BYTES:]
    if len(signature) < SIGNATURE_BYTES:
        raise SignatureError("the document is too short to be signed")
    try:
        key.verify(_signed(use, body), signature)
    except nacl.exceptions.BadSignatureError as error:
        raise SignatureError("the signature does not hold") from error
    return body


def _signed(use: DocumentUse, body: bytes) -> bytes:
    return _CONTEXT + use.value.encode() + b"\0" + body
