"""How keys stand in the records: wrapped, and each bound to whose it is and what for."""

from __future__ import annotations

from privacy import KEY_BYTES, WRAP_NONCE_BYTES, Entropy, KeyRing, SubjectRef


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
        """A fresh signal key, wrapped."""
        owner = signal_owner(subject_id, purpose)
        return self.ring.wrap(self.entropy(KEY_BYTES), owner=owner, nonce=self.entropy(WRAP_NONCE_BYTES))

    def evidence_key(self, subject: SubjectRef, wrapped: bytes) -> bytes:
        """An evidence key, unwrapped."""
        return self.ring.unwrap(wrapped, owner=evidence_owner(subject))

    def signal_key(self, subject_id: int, purpose: str, wrapped: bytes) -> bytes:
        """A signal key, unwrapped."""
        return self.ring.unwrap(wrapped, owner=signal_owner(subject_id, purpose))

    def rewrap(self, wrapped: bytes, owner: bytes) -> bytes:
        """The same key under the ring's current key-encryption key."""
        return self.ring.rewrap(wrapped, owner=owner, nonce=self.entropy(WRAP_NONCE_BYTES))


def evidence_owner(subject: SubjectRef) -> bytes:
    """What an evidence key is bound to."""
    return b"evidence\0" + subject


def signal_owner(subject_id: int, purpose: str) -> bytes:
    """What a signal key is bound to."""
    return b"signal\0" + subject_id.to_bytes(8, "big") + purpose.encode()
