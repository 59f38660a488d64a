"""Events that do something before they are recorded: they tie two ids together, or carry a banner's no.

- Only those of a credential that confirms ids. What they do holds from their place in the request on: the events before them
  are judged and recorded first.
- One that came before does nothing again: whoever retries a banner's no does not undo what the person decided since.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from audit import Outcome
from consent import UPDATED
from gateway.callers.principals import Principal
from gateway.consents.linking import Linking
from gateway.identities import Identities
from gateway.memory.recent_ids import RecentIds
from gateway.preferences.updates import PreferenceUpdates
from gateway.wire.tracked_event import TrackedEvent
from privacy import Pseudonymiser

_LINKING = ("identify", "alias")


class ActingEvents:
    """Lets them act. Lives on the event loop."""

    def __init__(
        self,
        identities: Identities,
        linking: Linking,
        preferences: PreferenceUpdates,
        pseudonyms: Pseudonymiser,
        recent: RecentIds,
    ) -> None:
        """Link by `linking` and refuse by `preferences`, unless the message is among the `recent`."""
        self._identities = identities
        self._linking = linking
        self._preferences = preferences
        self._message_ids = pseudonyms.message_ids
        self._recent = recent

    def parts(
        self, events: Sequence[TrackedEvent | None], source: Principal
    ) -> Iterator[Sequence[TrackedEvent | None]]:
        """The events of a request, cut before each one that acts."""
        begin = 0
        if source.confirms_ids:
            candidates = [
                (place, event)
                for place, event in enumerate(events)
                if event is not None and (event.type in _LINKING or event.event == UPDATED)
            ]
            for place, event in candidates:
                if place and self._acts(event, source):
                    yield events[begin:place]
                    begin = place
        yield events[begin:]

    async def act(self, event: TrackedEvent | None, source: Principal, left: int | Outcome) -> None:
        """Do what an event does, if it does anything.

        Args:
            event: the first of a part.
            source: the authenticated caller.
            left: what the claims of the event and of its request leave permitted (bits), or why it is withheld.

        Raises:
            LogUnavailableError: a refusal is in force, but not in the log yet.
            ConsentError: the records could not take it; the source sends the event again.
        """
        if event is None or not self._acts(event, source):
            return
        (digest,) = self._message_ids(source.messages, (event.messageId,))
        if digest and digest in self._recent:
            return
        if event.type not in _LINKING:
            await self._preferences.heed(event, source)
        elif (asked := self._identities.link_asked(event, source)) is not None:
            allowed = not isinstance(left, Outcome) and self._linking.claimed(left)
            await self._linking.identified(*asked, source.source_id, allowed=allowed)

    def _acts(self, event: TrackedEvent, source: Principal) -> bool:
        if not source.confirms_ids or event.name() is None:
            return False
        if event.type in _LINKING:
            return self._identities.link_asked(event, source) is not None
        return event.event == UPDATED and event.name() == UPDATED
