"""Linking an anonymous id to a known person: asked by a server's `identify` or `alias`, allowed by the person's `linking`.

- The most restrictive answer wins: what was refused anonymously is refused for the known person from now on, and what is refused
  anonymously while the link holds, or before it holds again, too.
- So it is with wishes: an item that was not to be shown, or not to be used, before somebody signed in, or before the link holds
  again, is not afterwards. They are kept before the link is: what breaks off in between leaves no link without them.
- While somebody restricts the use of their data, nobody new is linked with them; a link that there was holds if it would
  otherwise. A browser that is identified as somebody else is that person's, or its own, from then on.
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
from privacy import SubjectRef


class Linking:
    """Makes links. Whether one holds, `gateway.identities` knows."""

    def __init__(
        self,
        *,
        desk: ConsentDesk,
        identities: Identities,
        links: Links,
        policy: Policy,
        worker: Executor,
        clock: Clock,
    ) -> None:
        """Store links on `worker`."""
        self._desk = desk
        self._identities = identities
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
            ConsentError: the records could not take it; whoever asks again carries on.
        """
        before = self._identities.linked.get(anonymous)
        if before not in (None, known):
            await self._desk.ending_links.end(anonymous)
        if not allowed:
            return False
        if before == known:
            if self._identities.holds(known):
                await self._desk.link(anonymous, known)  # what broke off before is carried now
            return self._identities.linked_or_own(anonymous) == known
        if not self._identities.may_be_linked(known):
            return False
        link = Link(anonymous=anonymous, known=known, confirmed_by=source, linked_at=self._clock.now())
        await self._desk.link(anonymous, known, partial(self._bind, link))
        return self._identities.linked.get(anonymous) == known

    async def _bind(self, link: Link) -> None:
        """Store the link, unless the known person was erased or withdrew in between."""
        if self._identities.may_be_linked(link.known):
            await asyncio.get_running_loop().run_in_executor(self._worker, self._links.link, link)
            self._identities.bind(link.anonymous, link.known)
