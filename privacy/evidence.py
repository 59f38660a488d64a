"""Evidence that only its owner's key ties to a person: tags and commitment randomness.

For a person's n-th audit entry, (tag, r) come from one keyed BLAKE2b call over n. So the opening of a commitment need
not be stored, the holder of the key can enumerate every tag that should be there (a gap shows), and once the key is
destroyed the tags are random strings that nothing links.

Source: BLAKE2b keyed mode, RFC 7693; hiding commitment SHA-256(r || payload) with a fresh 32-byte r.
"""

from __future__ import annotations

import hashlib

TAG_BYTES = 16
OPENING_BYTES = 32

LABEL_BYTES = 16

EVIDENCE_PERSON = b"volens-evidence\0"
"""BLAKE2b's personalisation for tags and randomness, 16 bytes."""

_FINGERPRINT_CONTEXT = b"volens/kf/v1\0"


def derive_evidence(evidence_key: bytes | bytearray, number: int) -> tuple[bytes, bytes]:
    """The tag and the commitment randomness of a person's `number`-th audit entry.

    Args:
        evidence_key: the person's evidence key, 32 bytes.
        number: how many entries of this person came before; from 0, below 2**64.

    Returns:
        (tag, r): 16 and 32 bytes.
    """
    both = hashlib.blake2b(
        number.to_bytes(8, "big"),
        digest_size=TAG_BYTES + OPENING_BYTES,
        key=evidence_key,
        person=EVIDENCE_PERSON,
    ).digest()
    return both[:TAG_BYTES], both[TAG_BYTES:]


def derive_label(evidence_key: bytes | bytearray) -> bytes:
    """16 bytes under which something may be kept of a person beside their entries: nobody's without the key."""
    return hashlib.blake2b(digest_size=LABEL_BYTES, key=evidence_key, person=b"volens-label").digest()


def key_fingerprint(evidence_key: bytes) -> bytes:
    """What an erasure entry says of the key that was destroyed: 32 bytes, from which the key cannot be had."""
    return hashlib.sha256(_FINGERPRINT_CONTEXT + evidence_key).digest()
