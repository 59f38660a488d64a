"""Open streams, and the tokens with which they are opened.

- A token belongs to one person, or to nobody; it ends after its time, and at once when the person loses any permission.
- What a stream has to tell is a set: however much happens, it is bounded, and nothing is told twice in one breath.
- A slate is said to change for whoever permits it: it is the consumers of that purpose who say so.

Lives on the event loop.

Source: WHATWG HTML, section 9.2 (server-sent events).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from time import monotonic

from gateway.errors import NotFoundError, UnavailableError
from gateway.identities import Identities
from gateway.memory.people import People
from gateway.recurring import Recurring
from privacy import SubjectRef

TICK_SECONDS = 0.5
"""How often permissions are compared: what ends, ends at once; what begins is told so soon."""
_TOKEN_BYTES = 24
_MAX_TOKENS = 100_000
_BITS = range(16)
_RETRY_SECONDS = 5.0
MAX_STREAMS_OF_ONE = 10
"""Streams that one person has open at once: nobody takes all of them."""


class Change(StrEnum):
    """What may have changed."""

    FLAGS = "flags"
    """Flags, or what they are for this person."""
    SLATE = "slate"
    """What would be recommended."""
    OFFERS = "offers"
    """What rules offer to this person."""
    CONSENT = "consent"
    """What the person permits."""


@dataclass(frozen=True, slots=True, eq=False)
class Grant:
    """What a token stands for."""

    whose: SubjectRef | None
    """The person, if any."""
    slot: int | None
    """Their slot when it was issued."""
    revocations: int
    """How many revocations there had been."""
    issued_at: float
    """When (monotonic seconds)."""


@dataclass(slots=True, eq=False)
class Stream:
    """One open stream."""

    grant: Grant
    """On what ground."""
    mask: int
    """What the person permitted when it was last compared."""
    pending: set[Change] = field(default_factory=set)
    """What is to be told."""
    ended: bool = False
    """Whether this is all."""
    woken: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is something."""

    def tell(self, changes: Iterable[Change]) -> None:
        """Have something to tell."""
        self.pending.update(changes)
        self.woken.set()

    def end(self, changes: Iterable[Change] = ()) -> None:
        """Have a last thing to tell."""
        self.ended = True
        self.tell(changes)

    async def wait(self, seconds: float) -> set[Change]:
        """What there is to tell, once there is something or the time is over."""
        try:
            await asyncio.wait_for(self.woken.wait(), seconds)
        except TimeoutError:
            return set()
        self.woken.clear()
        changes, self.pending = self.pending, set()
        return changes


class Streams:
    """All of them."""

    def __init__(
        self,
        people: People,
        identities: Identities,
        *,
        max_streams: int,
        token_seconds: float,
        now: Callable[[], float] = monotonic,
    ) -> None:
        """Keep at most `max_streams` open; tokens last `token_seconds` (monotonic, by `now`)."""
        self._people = people
        self._identities = identities
        self._max_streams = max_streams
        self._token_seconds = token_seconds
        self._now = now
        self._grants: dict[str, Grant] = {}
        self._token_of: dict[SubjectRef | None, str] = {}
        self._open: dict[Stream, None] = {}
        self._by_slot: dict[int, list[Stream]] = {}
        self._closing = False
        self._comparing = Recurring(self.compare, TICK_SECONDS)

    def __len__(self) -> int:
        """How many are open."""
        return len(self._open)

    def issue(self, whose: SubjectRef | None) -> str:
        """A token for a person, or for nobody. While more than half of its time is left, it is the one they have already."""
        token = self._token_of.get(whose)
        if token is not None:
            known = self._grants.get(token)
            if known is not None and self._is_good(known) and self._age(known) < self._token_seconds / 2:
                return token
        while len(self._grants) >= _MAX_TOKENS:
            self._forget(next(iter(self._grants)))
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._grants[token] = self._grant(whose)
        self._token_of[whose] = token
        return token

    def open(self, token: str) -> Stream:
        """A stream for the holder of a token.

        Raises:
            NotFoundError: there is no such token, or it is dead.
            UnavailableError: there are too many streams, of all or of this person, or no more are wanted.
        """
        grant = self._grants.get(token)
        if grant is None or not self._is_good(grant):
            self._forget(token)
            raise NotFoundError
        return self._take_in(grant)

    def open_for(self, whose: SubjectRef) -> Stream:
        """A stream for a person who has shown who they are.

        Raises:
            UnavailableError: as `open`.
        """
        return self._take_in(self._grant(whose))

    def close(self, stream: Stream) -> None:
        """Nobody listens any more."""
        self._open.pop(stream, None)
        for streams in self._by_slot.values():
            if stream in streams:
                streams.remove(stream)

    def start(self) -> None:
        """Begin to compare."""
        self._comparing.start()

    def end_all(self) -> None:
        """Let every stream end, and open none: the gateway is stopping."""
        self._closing = True
        for stream in self._open:
            stream.end()

    async def stop(self) -> None:
        """End every stream."""
        self.end_all()
        await self._comparing.stop()

    def flags_changed(self) -> None:
        """Tell every open stream that flags changed."""
        for stream in self._open:
            stream.tell([Change.FLAGS])

    def slates_changed(self, slots: Iterable[int]) -> None:
        """Tell the people in these slots. Costs nothing while no stream is open."""
        self._tell(slots, Change.SLATE)

    def offers_changed(self, slots: Iterable[int]) -> None:
        """Tell the people in these slots, likewise."""
        self._tell(slots, Change.OFFERS)

    def compare(self) -> None:
        """Tell those whose permissions are not what they were, and end the streams of those who lost one."""
        self._by_slot = {}
        for stream in self._open:
            slot = self._slot(stream.grant.whose)
            mask = 0 if slot is None else self._people.mask[slot]
            if not self._is_good(stream.grant):
                stream.end([Change.CONSENT, Change.FLAGS])
            elif mask != stream.mask:
                stream.mask = mask
                stream.tell([Change.CONSENT, Change.FLAGS])
            if slot is not None and not stream.ended:
                self._by_slot.setdefault(slot, []).append(stream)

    def _tell(self, slots: Iterable[int], change: Change) -> None:
        if self._by_slot:
            for slot in self._by_slot.keys() & set(slots):
                for stream in self._by_slot[slot]:
                    stream.tell([change])

    def _take_in(self, grant: Grant) -> Stream:
        if self._closing or len(self._open) >= self._max_streams or self._has_enough(grant.whose):
            raise UnavailableError(_RETRY_SECONDS)
        slot = self._slot(grant.whose)
        stream = Stream(grant, 0 if slot is None else self._people.mask[slot])
        self._open[stream] = None
        if slot is not None:
            self._by_slot.setdefault(slot, []).append(stream)
        return stream

    def _has_enough(self, whose: SubjectRef | None) -> bool:
        if whose is None:
            return False
        return sum(stream.grant.whose == whose for stream in self._open) >= MAX_STREAMS_OF_ONE

    def _grant(self, whose: SubjectRef | None) -> Grant:
        return Grant(whose, self._slot(whose), self._people.revocations, self._now())

    def _slot(self, whose: SubjectRef | None) -> int | None:
        if whose is None:
            return None
        return self._people.slot_of.get(self._identities.linked_or_own(whose))

    def _age(self, grant: Grant) -> float:
        return self._now() - grant.issued_at

    def _is_good(self, grant: Grant) -> bool:
        """Whether a token's time is not over, and its person has lost nothing since."""
        if self._age(grant) >= self._token_seconds:
            return False
        if grant.whose is None:
            return True
        slot = self._slot(grant.whose)
        if slot is None and grant.slot is not None:
            return False
        return not any(self._lost(each, grant.revocations) for each in {grant.slot, slot})

    def _lost(self, slot: int | None, since: int) -> bool:
        if slot is None or self._people.revocations == since:
            return False
        return any(self._people.revocation(slot, bit) > since for bit in _BITS)

    def _forget(self, token: str) -> None:
        grant = self._grants.pop(token, None)
        if grant is not None and self._token_of.get(grant.whose) == token:
            del self._token_of[grant.whose]
