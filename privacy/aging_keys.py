"""Keys that age: what was sealed on old days can be made unreadable without touching what was sealed since.

Each day has a key of its own, and each leads to the next, never back. Moving the first day forward destroys every day before it.
The way is short because days come in blocks: within a block, day leads to day; each block leads to the next one's first.

    block i:   B(i) -> B(i+1)                         B -> next block        BLAKE2b, person "volens block"
               D(i,0) = first day of B(i)             B -> first day         BLAKE2b, person "volens first day"
               D(i,j) -> D(i,j+1)                     D -> next day          BLAKE2b, person "volens next day"
    what seals on day (i,j):                          D -> use               BLAKE2b, person "volens use"

Source: a forward-secure ratchet in two levels; BLAKE2b with key and personalisation, RFC 7693 and its reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

from privacy.keys import KEY_BYTES

DAY_SECONDS = 86_400
AGING_KEY_BYTES = 2 * KEY_BYTES
"""Of the material: a day's key, then that of the next block."""

_BLOCK_DAYS = 20
_NEXT_BLOCK = b"volens block"
_FIRST_DAY = b"volens first day"
_NEXT_DAY = b"volens next day"
_USE = b"volens use"


def day_of(time: int) -> int:
    """The day of a time (unix seconds), counted from 1970-01-01 UTC."""
    return time // DAY_SECONDS


@dataclass(frozen=True, slots=True, repr=False)
class AgingKey:
    """The keys of every day from `first_day` on."""

    first_day: int
    """The oldest day whose key is not destroyed."""
    material: bytes
    """AGING_KEY_BYTES secret bytes; random when the key is made."""

    def __post_init__(self) -> None:
        """Insist on the length."""
        if len(self.material) != AGING_KEY_BYTES:
            raise ValueError("a key that ages has 64 bytes")

    def of(self, day: int) -> bytes | None:
        """What seals on a day, 32 bytes; None if that day's key is destroyed."""
        return None if day < self.first_day else _derive(self._walk(day)[0], _USE)

    def since(self, day: int) -> AgingKey:
        """The key without the days before `day`."""
        return self if day <= self.first_day else AgingKey(day, b"".join(self._walk(day)))

    def _walk(self, day: int) -> tuple[bytes, bytes]:
        key, block = self.material[:KEY_BYTES], self.material[KEY_BYTES:]
        here, there = self.first_day // _BLOCK_DAYS, day // _BLOCK_DAYS
        steps = day - self.first_day
        if there > here:
            for _ in range(there - here - 1):
                block = _derive(block, _NEXT_BLOCK)
            key, block = _derive(block, _FIRST_DAY), _derive(block, _NEXT_BLOCK)
            steps = day % _BLOCK_DAYS
        for _ in range(steps):
            key = _derive(key, _NEXT_DAY)
        return key, block


def _derive(key: bytes, person: bytes) -> bytes:
    return blake2b(key=key, person=person, digest_size=KEY_BYTES).digest()
