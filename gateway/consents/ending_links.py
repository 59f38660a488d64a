"""Ending a link: the anonymous person stands for itself again, from this step of the loop on."""

from __future__ import annotations

from consent import Links
from gateway.gathering import Gathering
from gateway.identities import Identities
from gateway.memory.people import People
from privacy import SubjectRef


class EndingLinks:
    """Ends links, in memory first: whoever asks from now on is asked for themselves."""

    def __init__(self, identities: Identities, people: People, links: Links, gathering: Gathering) -> None:
        """End links of `identities`, which stand in `links`."""
        self._identities = identities
        self._people = people
        self._links = links
        self._run = gathering.run

    async def end(self, anonymous: SubjectRef) -> bool:
        """End the link of an anonymous person. Says whether there was one.

        What is being decided on its ground is decided anew, as after a withdrawal of the condition.

        Raises:
            ConsentError: it is ended here, but could not be taken out of the records.
        """
        known = self._identities.unbind(anonymous)
        if known is None:
            return False
        slot = self._people.slot_of.get(known)
        if slot is not None:
            for bit in self._identities.link_bits:
                self._people.outdate(slot, 1 << bit)
        await self._run(self._links.unlink, anonymous)
        return True
