"""An event of the tracking API, decoded: only names we know become objects, and `ip`, `device` or `library` are none of them."""

from __future__ import annotations

from typing import Any

import msgspec

NO_CLAIM = msgspec.Raw(b"")
"""An absent claim."""

_NAMED_BY_TYPE = {
    "page": "Page",
    "screen": "Screen",
    "identify": "Identify",
    "group": "Group",
    "alias": "Alias",
}

_PLACES = ("page", "screen")
"""The calls whose `name` and `category` stand beside the properties, and not always in them."""

Json = list[Any] | str | int | float | bool | None
"""What a member may be that should be an object."""


class EventContext(msgspec.Struct, gc=False):
    """The few context members that are read."""

    consent: msgspec.Raw = NO_CLAIM
    """Segment consent claim, undecoded."""
    consentManagement: msgspec.Raw = NO_CLAIM  # noqa: N815 - the wire's name
    """RudderStack consent claim, undecoded."""
    userAgent: Any = None  # noqa: N815 - the wire's name
    """For the bot mark only."""
    location: Any = None
    """Coarsened to a zone before anything else sees it."""
    traits: Any = None
    """Where RudderStack's Python SDK puts identify traits."""


class TrackedEvent(msgspec.Struct, gc=False):
    """One call of the tracking API. Wrong types are possible in every member and are judged later."""

    type: Any = None
    """track, identify, page, screen, group or alias."""
    event: Any = None
    """The event's name (track)."""
    place: Any = msgspec.field(default=None, name="name")
    """What the page or screen is called."""
    category: Any = None
    """Of what kind the page or screen is."""
    messageId: Any = None  # noqa: N815 - the wire's name
    """What makes a retry recognisable."""
    userId: Any = None  # noqa: N815 - the wire's name
    """The app's id of a signed-in person."""
    anonymousId: Any = None  # noqa: N815 - the wire's name
    """The app's id of a browser or device."""
    previousId: Any = None  # noqa: N815 - the wire's name
    """The id that an alias replaces."""
    timestamp: Any = None
    """When it happened, by the client's clock."""
    originalTimestamp: Any = None  # noqa: N815 - the wire's name
    """RudderStack's spelling of the same."""
    properties: dict[str, Any] | Json = None
    """What the event says."""
    traits: dict[str, Any] | Json = None
    """What an identify or group says."""
    context: EventContext | Json = None
    """Claims and surroundings."""
    writeKey: Any = None  # noqa: N815 - the wire's name
    """The source's key: of a batch, that of its first event counts where the batch has none itself."""

    def name(self) -> str | None:
        """The event's name as the policy knows it; None if it has none."""
        if self.type == "track" or self.type is None:
            return self.event if type(self.event) is str else None
        return _NAMED_BY_TYPE.get(self.type) if type(self.type) is str else None

    def attributes(self) -> dict[str, Any]:
        """What the event says, with the place it says it comes from; an empty dict when it says nothing."""
        own = self.properties
        context = self.context
        if type(own) is not dict:
            own = self.traits
            if type(own) is not dict:
                own = context.traits if type(context) is EventContext else None
        if type(own) is not dict:
            own = {}
        if self.type in _PLACES:
            own = {"name": self.place, "category": self.category, **own}
        if type(context) is EventContext and context.location is not None:
            return {**own, "location": context.location}
        return own
