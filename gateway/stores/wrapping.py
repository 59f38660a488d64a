"""How keys stand in the records: wrapped, and each bound to whose it is and what for."""

from __future__ import annotations

from hashlib import blake2b

from privacy import (
    AGING_KEY_BYTES,
    KEY_BYTES,
    WRAP_NONCE_BYTES,
    AgingKey,
    Entropy,
    KeyRing,
    SubjectRef,
)

_GROWN = b"volens grown"


class Wrapping:
    """Makes, wraps and unwraps the keys of people. The ring may be exchanged by a rotation."""

    def __init__(self, ring: KeyRing, entropy: Entropy) -> None:
        """Wrap under `ring`, with random bytes from `entropy`."""
        self.ring = ring
        self.entropy = entropy

    def new_evidence_key(self, subject: SubjectRef) -> tuple[bytes, bytes]:
        """A fresh evidence key, plain and wrapped."""
        key = self.entropy(KEY_BYTES)
        return key, self.ring.wrap(key, owner=evidence_owner(subject), nonce=self.entropy(WRAP_NONCE_BYTES))

    def new_signal_key(self, subject_id: int, purpose: str) -> bytes:
        """The material of a fresh signal key, wrapped."""
        return self._wrap_signal_key(subject_id, purpose, self.entropy(AGING_KEY_BYTES))

    def evidence_key(self, subject: SubjectRef, wrapped: bytes) -> bytes:
        """An evidence key, unwrapped."""
        return self.ring.unwrap(wrapped, owner=evidence_owner(subject))

    def signal_key(self, subject_id: int, purpose: str, first_day: int, wrapped: bytes) -> AgingKey:
        """A signal key, unwrapped."""
        material = self.ring.unwrap(wrapped, owner=signal_owner(subject_id, purpose))
        if len(material) == KEY_BYTES:  # of the second schema, which knew no days
            material = blake2b(key=material, person=_GROWN, digest_size=AGING_KEY_BYTES).digest()
        return AgingKey(first_day, material)

    def signal_key_since(
        self, subject_id: int, purpose: str, first_day: int, wrapped: bytes, day: int
    ) -> bytes:
        """A signal key without the days before `day`, wrapped."""
        key = self.signal_key(subject_id, purpose, first_day, wrapped)
        return self._wrap_signal_key(subject_id, purpose, key.since(day).material)

    def rewrap(self, wrapped: bytes, owner: bytes) -> bytes:
        """The same key under the ring's current key-encryption key."""
        return self.ring.rewrap(wrapped, owner=owner, nonce=self.entropy(WRAP_NONCE_BYTES))

    def _wrap_signal_key(self, subject_id: int, purpose: str, material: bytes) -> bytes:
        owner = signal_owner(subject_id, purpose)
        return self.ring.wrap(material, owner=owner, nonce=self.entropy(WRAP_NONCE_BYTES))


def evidence_owner(subject: SubjectRef) -> bytes:
    """What an evidence key is bound to."""
    return b"evidence\0" + subject


def signal_owner(subject_id: int, purpose: str) -> bytes:
    """What a signal key is bound to."""
    return b"signal\0" + subject_id.to_bytes(8, "big") + purpose.encode()
