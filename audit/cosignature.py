"""Cosignatures: somebody else's signature that says "at this time, this was the largest tree of this log that I had seen".

The key says which kind it is: a key for cosignatures never verifies the signature of a log, nor the other way round.

Source: c2sp.org/tlog-cosignature v1.0.1 (`cosignature/v1`, Ed25519, type 0x04).
"""

from __future__ import annotations

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from audit.errors import NoteError
from audit.note import ALGORITHM_COSIGNATURE, NoteVerifier, Signature, write_signature_line

_TIME_BYTES = 8
_LATEST = 2**63 - 1


class CosignatureVerifier(NoteVerifier):
    """A witness's public key under its name."""

    algorithm = ALGORITHM_COSIGNATURE

    def verify(self, text: str, signature: bytes) -> bool:
        """Whether `signature` (time and Ed25519 signature) is this witness's over the checkpoint `text`."""
        if len(signature) != _TIME_BYTES + 64:
            return False
        at = int.from_bytes(signature[:_TIME_BYTES], "big")
        if not 0 < at <= _LATEST:
            return False
        try:
            VerifyKey(self.public_key).verify(_message(text, at), signature[_TIME_BYTES:])
        except (BadSignatureError, ValueError):
            return False
        return True


class CosignatureSigner:
    """A witness's private key under its name. Never shown, never logged."""

    def __init__(self, name: str, seed: bytes) -> None:
        """Cosign as `name` with an Ed25519 seed of 32 bytes.

        Raises:
            NoteError: the name cannot be in a note, or this is no seed.
        """
        if len(seed) != 32:
            raise NoteError("an Ed25519 seed has 32 bytes")
        self._key = SigningKey(seed)
        self.verifier = CosignatureVerifier(name, bytes(self._key.verify_key))

    def cosign(self, text: str, at: int) -> bytes:
        """The signature line over the checkpoint `text`, saying `at` (unix seconds, above 0).

        Raises:
            NoteError: a cosignature must say when.
        """
        if not 0 < at <= _LATEST:
            raise NoteError("a cosignature says when")
        value = at.to_bytes(_TIME_BYTES, "big") + self._key.sign(_message(text, at)).signature
        return write_signature_line(Signature(self.verifier.name, self.verifier.key_id, value)).encode()


def time_cosigned(signature: Signature) -> int:
    """When a cosignature says that it was made (unix seconds); only of one that was verified."""
    return int.from_bytes(signature.value[:_TIME_BYTES], "big")


def _message(text: str, at: int) -> bytes:
    return f"cosignature/v1\ntime {at}\n{text}".encode()
