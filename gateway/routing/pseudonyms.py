"""Who a person is to a destination: a pseudonym that no other destination has.

`HMAC-SHA-256(the destination's own key, purpose || 0 || SubjectRef)`, the first 16 bytes in hex. Two destinations
cannot join what they hold, nor one destination what it got for two purposes; only the key's holder can tell who it is.

Source: RFC 2104; truncation to 128 bits as RFC 2104 5 allows.
"""

from __future__ import annotations

import hashlib
import hmac

from privacy import KeyFileError, SubjectRef

_KEY_BYTES = 32
_BYTES = 16


class DestinationPseudonyms:
    """The names of people at one destination, for one purpose."""

    __slots__ = ("_keyed",)

    def __init__(self, key: bytes, purpose: str) -> None:
        """Name people under `key` (32 random bytes, this destination's alone).

        Raises:
            KeyFileError: the key has another length.
        """
        if len(key) != _KEY_BYTES:
            raise KeyFileError(f"the key that names people for a destination must have {_KEY_BYTES} bytes")
        self._keyed = hmac.new(key, purpose.encode() + b"\0", hashlib.sha256)

    def of(self, subject: SubjectRef) -> str:
        """The person's name there: 32 hexadecimal digits."""
        keyed = self._keyed.copy()
        keyed.update(subject)
        return keyed.digest()[:_BYTES].hex()
