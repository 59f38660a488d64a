"""Pseudonyms: the only name a person has past the door.

- A `SubjectRef` is keyed BLAKE2b (RFC 7693, 16 bytes) of a namespace byte and the raw identifier. Without the look-up
  key nobody can go from a list of identifiers to pseudonyms; the key lives outside the data directory.
- Three namespaces never meet: `u` known (a server credential confirmed the id), `a` anonymous (a device's own id), and
  `c` claimed (an id that a browser key asserted: it never has a record).
- Message ids become 64-bit keyed digests, per source, so that de-duplication remembers no client's identifiers.

Must not know: where identifiers come from, who else holds one.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable
from typing import NewType

SubjectRef = NewType("SubjectRef", bytes)
"""A data subject's pseudonym: 16 bytes."""

SUBJECT_REF_BYTES = 16
LOOKUP_KEY_BYTES = 32

_MAX_SOURCES = 4096
_NO_DIGEST = bytes(8)


class Pseudonymiser:
    """Turns raw identifiers into pseudonyms. Keeps none of them. Safe to share between threads."""

    __slots__ = ("_anonymous", "_claimed", "_known", "_messages", "_sources")

    def __init__(self, lookup_key: bytes) -> None:
        """Prepare the keyed prefixes.

        Args:
            lookup_key: 32 secret bytes, kept outside the data directory.
        """
        if len(lookup_key) != LOOKUP_KEY_BYTES:
            raise ValueError("a look-up key has 32 bytes")
        self._known = hashlib.blake2b(b"u", digest_size=SUBJECT_REF_BYTES, key=lookup_key)
        self._anonymous = hashlib.blake2b(b"a", digest_size=SUBJECT_REF_BYTES, key=lookup_key)
        self._claimed = hashlib.blake2b(b"c", digest_size=SUBJECT_REF_BYTES, key=lookup_key)
        self._messages = hashlib.blake2b(digest_size=8, key=lookup_key, person=b"volens-message")
        self._sources: dict[bytes | str, hashlib.blake2b] = {}

    def known(self, raw: str) -> SubjectRef:
        """The pseudonym of an id that a server credential, or a person-bound token, confirmed."""
        digest = self._known.copy()
        digest.update(raw.encode("utf-8", "surrogatepass"))
        return SubjectRef(digest.digest())

    def known_many(self, raws: Iterable[str | None]) -> list[SubjectRef | None]:
        """`known` of each; None of None."""
        copy = self._known.copy
        refs: list[SubjectRef | None] = []
        for raw in raws:
            if raw is None:
                refs.append(None)
            else:
                digest = copy()
                digest.update(raw.encode("utf-8", "surrogatepass"))
                refs.append(SubjectRef(digest.digest()))
        return refs

    def anonymous(self, raw: str) -> SubjectRef:
        """The pseudonym of a device's own id."""
        digest = self._anonymous.copy()
        digest.update(raw.encode("utf-8", "surrogatepass"))
        return SubjectRef(digest.digest())

    def claimed(self, raw: str) -> SubjectRef:
        """The pseudonym of an id that only a browser key asserts: nobody's, so it never has a record."""
        digest = self._claimed.copy()
        digest.update(raw.encode("utf-8", "surrogatepass"))
        return SubjectRef(digest.digest())

    def message_id(self, source_key: bytes | str, raw: str) -> int:
        """A message id as an unsigned 64-bit keyed digest, distinct per source.

        Args:
            source_key: the source's own id (not its secret).
            raw: the `messageId` as the client sent it; 0 of an empty one.
        """
        return self.message_ids(source_key, (raw,))[0]

    def message_ids(self, source_key: bytes | str, raws: Iterable[object]) -> list[int]:
        """`message_id` of each; 0 of what is no text, and of an empty one, which names no message."""
        prefix = self._sources.get(source_key)
        if prefix is None:
            prefix = self._prefix(source_key)
        copy = prefix.copy
        digests = []
        for raw in raws:
            if type(raw) is str and raw:
                digest = copy()
                digest.update(raw.encode("utf-8", "surrogatepass"))
                digests.append(digest.digest())
            else:
                digests.append(_NO_DIGEST)
        return list(struct.unpack(f">{len(digests)}Q", b"".join(digests)))

    def _prefix(self, source_key: bytes | str) -> hashlib.blake2b:
        source = source_key if isinstance(source_key, bytes) else source_key.encode("utf-8", "surrogatepass")
        prefix = self._messages.copy()
        prefix.update(len(source).to_bytes(4, "big") + source)
        if len(self._sources) < _MAX_SOURCES:
            self._sources[source_key] = prefix
        return prefix
