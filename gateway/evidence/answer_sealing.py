"""The evidence of an answer: whom its entry is tied to, what it commits to, and the sealed half that opens it.

An answer about somebody is sealed under their evidence key and carries their next tag; one about nobody under the operator's
key, with a random tag, and brings the randomness of its commitment along.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import commit_each
from gateway.evidence.entries import commit
from gateway.evidence.sealed_records import Form
from gateway.evidence.sealing_events import NONCE_BYTES, derive_evidence_of, seal_messages, split
from gateway.memory.people import NOBODY, People

TAG_BYTES = 16
"""Of the tag of an entry about nobody, which is random."""

OPENING_BYTES = COMMITMENT_BYTES = 32
"""Of the randomness of its commitment, and of the commitment."""

_OPERATIONS, _DECISION = bytes((Form.OPERATIONS,)), bytes((Form.DECISION,))

Evidence = tuple[bytes, bytes, bytes]
"""The tag of the entry (16 bytes), its commitment (32 bytes), and the sealed half."""


class AnswerSealing:
    """Seals what was answered."""

    def __init__(self, people: People, operations_key: bytes) -> None:
        """Seal for `people`; what is about nobody under `operations_key`, 32 bytes."""
        self._people = people
        self._operations = AESGCM(operations_key)

    def seal_each(self, slots: Sequence[int], payloads: Sequence[bytes]) -> list[Evidence]:
        """Seal answers, with no more fresh randomness than they need; each person's running number moves on.

        Args:
            slots: whom each is about; NOBODY if nobody.
            payloads: everything that a proof of each needs.
        """
        about = [slot for slot in slots if slot != NOBODY]
        said = [payload for slot, payload in zip(slots, payloads, strict=True) if slot != NOBODY]
        keys, numbers = self._people.take_numbers(about)
        derived = derive_evidence_of(keys, numbers)
        nonces = os.urandom(NONCE_BYTES * len(about))
        sealed = seal_messages(keys, derived.tags, nonces, said)
        commitments = commit_each(derived.openings, said)
        personal = zip(
            split(derived.tags, TAG_BYTES), split(commitments, COMMITMENT_BYTES), sealed, strict=True
        )
        evidence: list[Evidence] = []
        for slot, payload in zip(slots, payloads, strict=True):
            if slot == NOBODY:
                evidence.append(self._about_nobody(payload))
            else:
                tag, commitment, half = next(personal)
                evidence.append((tag, commitment, _DECISION + half))
        return evidence

    def _about_nobody(self, payload: bytes) -> Evidence:
        fresh = os.urandom(NONCE_BYTES + TAG_BYTES + OPENING_BYTES)
        nonce, tag, r = fresh[:NONCE_BYTES], fresh[NONCE_BYTES:-OPENING_BYTES], fresh[-OPENING_BYTES:]
        half = _OPERATIONS + nonce + self._operations.encrypt(nonce, r + payload, tag)
        return tag, commit(r, payload), half
