"""JSON Lines: Segment events, Segment batches and OTTO sessions, one object a line.

Segment: `{"type":"track","event":...,"userId":...,"properties":{...}}`; a line may also be a whole
`{"batch":[...]}`.
OTTO: `{"session":1,"events":[{"aid":2,"ts":1659304800025,"type":"clicks"}]}`; a session is an anonymous
subject.

A line with one bad event in it is bad as a whole, so that the count of lines stays meaningful. So is one that can be read in two
ways: a member that is written twice, or two claims about consent of which only one could be sent on.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from gateway.replay.events import MAX_EVENT_BYTES, event_name, iso_time, item_properties, message_id, track
from gateway.replay.lines import numbered_lines
from gateway.replay.model import BadLine, Fault, Recorded
from gateway.wire.repetition import repeats

_CALLS = frozenset({"track", "identify", "page", "screen", "group", "alias"})

_CLAIMS = ("consent", "consentManagement")
"""What of a batch's context counts beside what its event says of the same, so that neither may take the other's place."""

_LINKING_TO = {"identify": "anonymousId", "alias": "previousId"}
"""By what a call links a browser to its `userId`. A replay links nobody: who said so, and with which key, is not recorded."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _OttoEvent(msgspec.Struct):
    aid: int
    ts: int
    type: Literal["clicks", "carts", "orders"]


class _OttoSession(msgspec.Struct):
    session: int
    events: list[_OttoEvent]


def read_json_lines(path: Path) -> Iterator[Recorded | BadLine]:
    """Yield the events of a JSON Lines file in order; empty lines are nothing.

    Raises:
        RecordingError: the file cannot be read.
    """
    for number, line in numbered_lines(path):
        if isinstance(line, Fault):
            yield BadLine(number, line)
            continue
        text = line.removeprefix(_BYTE_ORDER_MARK) if number == 1 else line
        if not text.strip():
            continue
        events = _events_of_line(text)
        if isinstance(events, Fault):
            yield BadLine(number, events)
        else:
            yield from (Recorded(number, event) for event in events)


def _events_of_line(line: bytes) -> list[dict[str, Any]] | Fault:
    try:
        value = msgspec.json.decode(line)
    except UnicodeDecodeError:
        return Fault.NOT_TEXT
    except (msgspec.DecodeError, RecursionError):
        return Fault.NOT_JSON
    if not isinstance(value, dict):
        return Fault.NOT_JSON
    if repeats(line):
        return Fault.REPEATED_MEMBER
    if "session" in value and "events" in value:
        return _events_of_session(value)
    if isinstance(value.get("batch"), list):
        return _events_of_batch(value)
    event = _segment_event(value)
    return event if isinstance(event, Fault) else [event]


def _events_of_session(value: dict[str, Any]) -> list[dict[str, Any]] | Fault:
    try:
        session = msgspec.convert(value, _OttoSession)
    except msgspec.ValidationError:
        return Fault.NOT_AN_EVENT
    events = []
    for recorded in session.events:
        at = iso_time(str(recorded.ts))
        if at is None:
            return Fault.BAD_TIME
        name = event_name(recorded.type)
        properties = item_properties(name, {"product_id": str(recorded.aid)}, None)
        events.append(track(name, {"anonymousId": str(session.session)}, properties, at))
    return events


def _events_of_batch(value: dict[str, Any]) -> list[dict[str, Any]] | Fault:
    context = value.get("context")
    events = []
    for inner in value["batch"]:
        if not isinstance(inner, dict):
            return Fault.NOT_AN_EVENT
        if isinstance(context, dict):
            own = inner.get("context")
            own = own if isinstance(own, dict) else {}
            if any(name in own and name in context and own[name] != context[name] for name in _CLAIMS):
                return Fault.TWO_CLAIMS
            inner["context"] = {**context, **own}
        event = _segment_event(inner)
        if isinstance(event, Fault):
            return event
        events.append(event)
    return events


def _segment_event(event: dict[str, Any]) -> dict[str, Any] | Fault:
    call = event.setdefault("type", "track")
    if not isinstance(call, str) or call not in _CALLS:
        return Fault.NOT_AN_EVENT
    if call == "track" and not _is_text(event.get("event")):
        return Fault.NO_EVENT_NAME
    if not _is_text(event.get("userId")) and not _is_text(event.get("anonymousId")):
        return Fault.NO_SUBJECT
    event.pop("writeKey", None)
    if _is_text(event.get("userId")):
        event.pop(_LINKING_TO.get(call, ""), None)
    if not _is_text(event.get("messageId")):
        event.pop("messageId", None)
        event["messageId"] = message_id(event)
    return event if len(msgspec.json.encode(event)) <= MAX_EVENT_BYTES else Fault.EVENT_TOO_LARGE


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
