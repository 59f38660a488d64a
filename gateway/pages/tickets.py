"""What is kept for whoever knows its name: 256 random bits that stand in one browser's cookie.

- Here is only the name's digest, so that memory gives no name away.
- It is kept for so long, and in so much room: what came first gives way.

Lives on the event loop; no locks. It ends with the process.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_NAME_BYTES = 32

T = TypeVar("T")


def fresh_name(entropy: Callable[[int], bytes]) -> str:
    """A name that nobody guesses: 43 characters of URL-safe base64, from random bytes by length."""
    return urlsafe_b64encode(entropy(_NAME_BYTES)).rstrip(b"=").decode()


def digest_of(name: str) -> bytes:
    """By what a name is known here; any text has one."""
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True, slots=True, repr=False)
class _Kept(Generic[T]):
    what: T
    since: int


class Tickets(Generic[T]):
    """Things under way, each by an opaque name."""

    def __init__(self, *, room: int, seconds: int, entropy: Callable[[int], bytes]) -> None:
        """Keep at most `room` of them, each for `seconds`; `entropy` gives random bytes by length."""
        self._room = room
        self._seconds = seconds
        self._entropy = entropy
        self._kept: dict[bytes, _Kept[T]] = {}

    def keep(self, what: T, *, now: int) -> str:
        """Keep it from `now` on (unix seconds); its new name."""
        if len(self._kept) >= self._room:
            del self._kept[next(iter(self._kept))]
        name = fresh_name(self._entropy)
        self._kept[digest_of(name)] = _Kept(what, now)
        return name

    def find(self, name: str | None, *, now: int) -> T | None:
        """What has that name; None if nothing has, or it was kept too long."""
        found = None if name is None else self._kept.get(digest_of(name))
        return found.what if found is not None and 0 <= now - found.since < self._seconds else None

    def take(self, name: str | None, *, now: int) -> T | None:
        """As `find`, and nothing has that name any more."""
        found = self.find(name, now=now)
        self.end(name)
        return found

    def end(self, name: str | None) -> None:
        """Let nothing have that name."""
        if name is not None:
            self._kept.pop(digest_of(name), None)
