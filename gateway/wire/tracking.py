"""The Segment tracking API on the wire: bytes in, events and their claims out.

Rules:

- The content type says nothing (real clients label JSON as text or as a form); the caller has undone gzip already.
- Only names we know become objects: everything else in the body is skipped by the decoder and exists nowhere.
- One bad event never spoils its neighbours: it comes out as None, and is counted. An event that writes a member twice, or is
  nested too deep, is a bad one.
- A root `context` lies under each event's own. Its claims stay apart: they narrow every event, whatever that one claims.
- `ip`, `device`, `library` and the like are not fields here: they cannot be kept by accident.

Source: Segment HTTP Tracking API; RudderStack HTTP API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.errors import BodyInvalidError, TooManyEventsError
from gateway.wire.event_times import read_instant, skew_of
from gateway.wire.json_bodies import DEFAULT_MAX_DEPTH, cut_below, is_deeper
from gateway.wire.repetition import insist_on_single_members, repeats

SHORT_TYPES = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
"""The browser's one-letter paths."""

TYPES = frozenset(SHORT_TYPES.values())
"""The call types that carry an event."""

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

_BATCH_DEPTH = 2
"""Brackets around an event of a batch: the object's and the list's."""

_Json = list[Any] | str | int | float | bool | None


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
    properties: dict[str, Any] | _Json = None
    """What the event says."""
    traits: dict[str, Any] | _Json = None
    """What an identify or group says."""
    context: EventContext | _Json = None
    """Claims and surroundings."""

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


class _Batch(msgspec.Struct, gc=False):
    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815 - the wire's name
    writeKey: Any = None  # noqa: N815 - the wire's name
    context: EventContext | _Json = None


class _Envelope(msgspec.Struct, gc=False):
    sentAt: Any = None  # noqa: N815 - the wire's name
    writeKey: Any = None  # noqa: N815 - the wire's name


@dataclass(frozen=True, slots=True)
class TrackedBatch:
    """One request of the tracking API, decoded."""

    events: list[TrackedEvent | None]
    """The events in order; None where one could not be read."""
    skew_seconds: int
    """What to add to a client's timestamp: our clock minus the client's, bounded."""
    write_key: str | None
    """The key in the body, if any."""
    context: EventContext | None
    """The root context."""


_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_envelope = msgspec.json.Decoder(_Envelope).decode
_decode_event = msgspec.json.Decoder(TrackedEvent).decode


def parse_batch(
    body: bytes,
    *,
    received_at: int,
    max_events: int,
    max_event_bytes: int,
    max_depth: int = DEFAULT_MAX_DEPTH,
) -> TrackedBatch:
    """Read a `/v1/batch` body.

    Args:
        body: JSON, decompressed, within the size limit.
        received_at: unix seconds.
        max_events: more than so many events are refused.
        max_event_bytes: a longer event comes out as None.
        max_depth: and so does one that is nested deeper.

    Raises:
        BodyInvalidError: not a JSON object with one `batch` list.
        TooManyEventsError: too many events.
    """
    deep = is_deeper(body, max_depth + _BATCH_DEPTH)
    if deep:
        body = cut_below(body, max_depth + _BATCH_DEPTH)
    try:
        root = _decode_batch(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise BodyInvalidError from exc
    if len(root.batch) > max_events:
        raise TooManyEventsError
    bound = max_depth if deep else None
    events = [_read_event(raw, max_event_bytes, bound) for raw in root.batch]
    if repeats(body):
        insist_on_single_members(body, but="batch")
        events = [
            None if repeats(bytes(raw)) else event for raw, event in zip(root.batch, events, strict=True)
        ]
    context = root.context if type(root.context) is EventContext else None
    if context is not None:
        _lay_under(events, context)
    key = root.writeKey
    if key is None and root.batch:
        key = _key_of(root.batch[0])
    return TrackedBatch(
        events=events,
        skew_seconds=skew_of(root.sentAt, received_at),
        write_key=key if type(key) is str else None,
        context=context,
    )


def parse_single(
    body: bytes, call: str, *, received_at: int, max_event_bytes: int, max_depth: int = DEFAULT_MAX_DEPTH
) -> TrackedBatch:
    """Read the body of one of the single-event calls; `call` is its type.

    Raises:
        BodyInvalidError: not a JSON object, too long or too deep for one event, or one that repeats a member.
    """
    if len(body) > max_event_bytes:
        raise BodyInvalidError(pointer="#", code="too_long")
    if is_deeper(body, max_depth):
        raise BodyInvalidError(pointer="#", code="too_deep")
    try:
        event = _decode_event(body)
        envelope = _decode_envelope(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise BodyInvalidError from exc
    if repeats(body):
        raise BodyInvalidError(pointer="#", code="repeated_member")
    event.type = call
    key = envelope.writeKey
    return TrackedBatch(
        events=[event],
        skew_seconds=skew_of(envelope.sentAt, received_at),
        write_key=key if type(key) is str else None,
        context=None,
    )


def happened_at(event: TrackedEvent, skew_seconds: int, received_at: int) -> int:
    """When the event happened by our clock (unix seconds): the client's time, corrected, never in the future."""
    stamp = event.timestamp if event.timestamp is not None else event.originalTimestamp
    at = read_instant(stamp)
    if at is None or at < 0:
        return received_at
    at += skew_seconds
    return received_at if at > received_at else max(at, 0)


def _lay_under(events: list[TrackedEvent | None], root: EventContext) -> None:
    """Let each event have of the root's surroundings what its own context does not say."""
    if root.userAgent is None and root.location is None and root.traits is None:
        return
    for event in events:
        if event is None:
            continue
        if event.context is None:
            event.context = EventContext()
        own = event.context
        if type(own) is EventContext:
            own.userAgent = root.userAgent if own.userAgent is None else own.userAgent
            own.location = root.location if own.location is None else own.location
            own.traits = root.traits if own.traits is None else own.traits


def _read_event(raw: msgspec.Raw, max_event_bytes: int, max_depth: int | None) -> TrackedEvent | None:
    if len(raw) > max_event_bytes or (max_depth is not None and is_deeper(bytes(raw), max_depth)):
        return None
    try:
        return _decode_event(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def _key_of(raw: msgspec.Raw) -> Any:
    try:
        return _decode_envelope(raw).writeKey
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
