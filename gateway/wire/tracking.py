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

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgspec

from gateway.errors import BodyInvalidError, TooManyEventsError
from gateway.wire.bots import is_bot
from gateway.wire.event_times import read_instant, skew_of
from gateway.wire.json_bodies import DEFAULT_MAX_DEPTH, cut_below, is_deeper, spoil_constants, spoil_halves
from gateway.wire.repetition import insist_on_single_members, repeats
from gateway.wire.structure import look_over
from gateway.wire.tracked_event import EventContext, Json, TrackedEvent

SHORT_TYPES = {"t": "track", "i": "identify", "p": "page", "s": "screen", "g": "group", "a": "alias"}
"""The browser's one-letter paths."""

TYPES = frozenset(SHORT_TYPES.values())
"""The call types that carry an event."""

_BATCH_DEPTH = 2
"""Brackets around an event of a batch: the object's and the list's."""


class _Batch(msgspec.Struct, gc=False):
    """The body of a batch."""

    batch: list[TrackedEvent]
    sentAt: Any = None  # noqa: N815 - the wire's name
    writeKey: Any = None  # noqa: N815 - the wire's name
    context: EventContext | Json = None


class _UndecodedBatch(msgspec.Struct, gc=False):
    """The same, with events that may be wrong each for itself."""

    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815 - the wire's name
    writeKey: Any = None  # noqa: N815 - the wire's name
    context: EventContext | Json = None


class _Envelope(msgspec.Struct, gc=False):
    sentAt: Any = None  # noqa: N815 - the wire's name
    writeKey: Any = None  # noqa: N815 - the wire's name


_Read = tuple[_Batch | _UndecodedBatch, list[TrackedEvent | None], Any]
"""A batch; its events, None for each that cannot be read; the key of its source."""


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
_decode_by_event = msgspec.json.Decoder(_UndecodedBatch).decode
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
    root, events, key = _read_at_once(body, max_events, max_event_bytes, max_depth) or _read_one_by_one(
        body, max_events, max_event_bytes, max_depth
    )
    context = root.context if type(root.context) is EventContext else None
    if context is not None:
        _lay_under(events, context)
    return TrackedBatch(
        events=events,
        skew_seconds=skew_of(root.sentAt, received_at),
        write_key=key if type(key) is str else None,
        context=context,
    )


def _read_at_once(body: bytes, max_events: int, max_event_bytes: int, max_depth: int) -> _Read | None:
    """A batch in which nothing is wrong, decoded in one go; None of any other, and of one of which that is not sure."""
    look = look_over(body)
    if look is None or look.depth > max_depth + _BATCH_DEPTH or look.longest_part > max_event_bytes:
        return None
    try:
        root = _decode_batch(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if len(root.batch) > max_events:
        raise TooManyEventsError
    key = root.batch[0].writeKey if root.writeKey is None and root.batch else root.writeKey
    return root, [*root.batch], key


def _read_one_by_one(body: bytes, max_events: int, max_event_bytes: int, max_depth: int) -> _Read:
    """Any batch, whatever is wrong with it."""
    deep = is_deeper(body, max_depth + _BATCH_DEPTH)
    if deep:
        body = cut_below(body, max_depth + _BATCH_DEPTH)
    body = spoil_constants(spoil_halves(body))
    try:
        root = _decode_by_event(body)
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
    key = _key_of(root.batch[0]) if root.writeKey is None and root.batch else root.writeKey
    return root, events, key


def parse_single(
    body: bytes, call: str, *, received_at: int, max_event_bytes: int, max_depth: int = DEFAULT_MAX_DEPTH
) -> TrackedBatch:
    """Read the body of one of the single-event calls; `call` is its type.

    Raises:
        BodyInvalidError: not a JSON object, too long or too deep for one event, or one that repeats a member.
    """
    if len(body) > max_event_bytes:
        raise BodyInvalidError(pointer="#", code="too_long")
    look = look_over(body)
    if look.depth > max_depth if look is not None else is_deeper(body, max_depth):
        raise BodyInvalidError(pointer="#", code="too_deep")
    try:
        event = _decode_event(body)
        envelope = _decode_envelope(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise BodyInvalidError from exc
    if look is None and repeats(body):
        raise BodyInvalidError(pointer="#", code="repeated_member")
    event.type = call
    key = event.writeKey
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


def mark_robot(batch: TrackedBatch, headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Let the events that name no user agent have the one of the request that brought them, if it calls itself a robot.

    Only of a request from where the events happened: a server's own header names its library.
    """
    for name, value in headers:
        if name == b"user-agent" and is_bot(said := value.decode("latin-1")):
            _lay_under(batch.events, EventContext(userAgent=said))


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
