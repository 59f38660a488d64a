"""Who is inside: opaque 256-bit names for sessions that exist in this process only; each room of pages has its own.

- The name stands in the browser's cookie; here is only its digest, so that memory gives no sessions away.
- A session ends when it is idle, when it is old, at a sign-out, when the person is erased, and at a restart.
- Signing in always makes a new name: one that somebody planted in a browser before is never taken up.

Lives on the event loop; no locks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from gateway.pages.tickets import digest_of, fresh_name

_NAME_CHARACTERS = 43

Who = TypeVar("Who")
"""How a room knows somebody: by pseudonym, or by account."""


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody is told once, after something was done."""

    message: str
    """Its key among the messages of the room."""
    about: str = ""
    """The part of the page that it stands in; empty for the top."""


@dataclass(slots=True)
class Session(Generic[Who]):
    """Somebody who signed in."""

    who: Who
    """Who it is."""
    csrf: str
    """What every form of this session carries."""
    opened_at: int
    """When it was opened (unix seconds)."""
    seen_at: int
    """Of the last request (unix seconds)."""
    told: Told | None = None
    """What the next page says first."""


class Sessions(Generic[Who]):
    """The sessions of this process."""

    def __init__(
        self, *, idle_seconds: int, max_seconds: int, max_sessions: int, entropy: Callable[[int], bytes]
    ) -> None:
        """Keep sessions within these bounds; `entropy` gives random bytes by length."""
        self._idle = idle_seconds
        self._max = max_seconds
        self._room = max_sessions
        self._entropy = entropy
        self._sessions: dict[bytes, Session[Who]] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._sessions)

    def open(self, who: Who, *, now: int) -> str:
        """Let somebody in who has shown who they are; the name of the new session."""
        name = fresh_name(self._entropy)
        if len(self._sessions) >= self._room:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[digest_of(name)] = Session(who, fresh_name(self._entropy), now, now)
        return name

    def find(self, name: str | None, *, now: int) -> Session[Who] | None:
        """The session of that name, which is used now; None if there is none or it ran out."""
        if name is None or len(name) != _NAME_CHARACTERS:
            return None
        digest = digest_of(name)
        session = self._sessions.get(digest)
        if session is None:
            return None
        if now - session.seen_at >= self._idle or now - session.opened_at >= self._max:
            del self._sessions[digest]
            return None
        session.seen_at = now
        return session

    def close(self, name: str | None) -> None:
        """End the session of that name, if there is one."""
        if name is not None:
            self._sessions.pop(digest_of(name), None)

    def end_all(self, who: Who) -> None:
        """End every session of one person."""
        for digest in [digest for digest, session in self._sessions.items() if session.who == who]:
            del self._sessions[digest]
