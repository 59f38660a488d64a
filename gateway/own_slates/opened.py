"""Opening what a decision came to, with the key of the person whom it is about."""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import Kind, decode_entry
from gateway.deciding.answers import DecisionPayload, read_payload
from gateway.evidence.sealed_records import Form
from gateway.memory.owners import tag_of

_NONCE = 12


def open_decision(cipher: AESGCM, entry: bytes, sealed: bytes) -> DecisionPayload | None:
    """The payload of a record; None if it is no decision, or not this person's."""
    if not sealed or sealed[0] != Form.DECISION or decode_entry(entry).kind is not Kind.DECISION:
        return None  # an answer to a service that acts by itself is sealed in the same form
    try:
        return read_payload(cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], tag_of(entry)))
    except InvalidTag:
        return None
