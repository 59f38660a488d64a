"""Linking an anonymous id to a known person: asked by a server's `identify` or `alias`, allowed by the person's `linking`.

- The most restrictive answer wins: what was refused anonymously is refused for the known person from now on, and what is refused
  anonymously while the link holds, or before it holds again, too.
- So it is with wishes: an item that was not to be shown, or not to be used, before somebody signed in is not afterwards.
- Who restricted the use of their data is linked with nobody. A browser that is identified as somebody else is
  that person's, or its own, from then on.
- The link holds while the condition holds. When the person withdraws it, both are strangers again: nothing was merged, so
  there is nothing to take apart; the events that came in between stay where the person allowed them.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Executor
from functools import partial

from consent import Link, Links, Policy
from gateway.clock import Clock
from gateway.consents.desk import ConsentDesk
from gateway.identities import LINKING, Identities
from gateway.lasting.disputing import Disputing
from gateway.memory.people import People
from privacy import SubjectRef


class Linking:
    """Makes links, and knows when they hold."""

    def __init__(  # noqa: PLR0913  # everything a link touches
        self,
        *,
        desk: ConsentDesk,
        disputing: Disputing,
        identities: Identities,
        people: People,
        links: Links,
        policy: Policy,
        worker: Executor,
        clock: Clock,
    ) -> None:
        """Store links on `worker`."""
        self._desk = desk
        self._disputing = disputing
        self._identities = identities
        self._people = people
        self._links = links
        self._bit = policy.bits.get(LINKING)
        self._worker = worker
        self._clock = clock

    def claimed(self, claims: int) -> bool:
        """Whether the claims of an event leave the condition alone: an event that says no to it links nobody."""
        return self._bit is not None and bool(claims >> self._bit & 1)

    async def identified(
        self, anonymous: SubjectRef, known: SubjectRef, source: str, *, allowed: bool
    ) -> bool:
        """Learn who an anonymous person was said to be. Says whether they are linked now.

        A link to somebody else ends; a new one is made if the event allows it and the known person's condition holds.

        Raises:
            LogUnavailableError: a refusal that was carried over is in force, but not in the log yet.
            ConsentError: the records could not take it.
        """
        before = self._identities.linked.get(anonymous)
        if before not in (None, known):
            await self._desk.ending_links.end(anonymous)
        if not allowed or not self._holds(known):
            return False
        if before == known:
            return True
        link = Link(anonymous=anonymous, known=known, confirmed_by=source, linked_at=self._clock.now())
        await self._desk.link(anonymous, known, partial(self._bind, link))
        linked = self._identities.linked.get(anonymous) == known
        if linked:
            await self._disputing.carry(anonymous, known, self._clock.now())
        return linked

    async def _bind(self, link: Link) -> None:
        """Store the link, unless the known person was erased or withdrew in between."""
        if self._holds(link.known):
            await asyncio.get_running_loop().run_in_executor(self._worker, self._links.link, link)
            self._identities.bind(link.anonymous, link.known)

    def _holds(self, known: SubjectRef) -> bool:
        slot = self._people.slot_of.get(known)
        return slot is not None and self._bit is not None and bool(self._people.mask[slot] >> self._bit & 1)
