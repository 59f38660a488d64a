"""How a stream is written: events of HTML's event stream format, heartbeats between them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

from gateway.push.streams import Change, Stream, Streams

HEARTBEAT_SECONDS = 15.0
"""A comment, so that nobody in between takes a quiet stream for a dead one."""
_BEGIN = b"retry: 2000\n: open\n\n"
_HEARTBEAT = b": still here\n\n"

HEADERS = {"cache-control": "private, no-store", "x-accel-buffering": "no"}
"""Of every stream: nobody keeps it, and no proxy holds it back."""

Says = Callable[[set[Change]], list[Mapping[str, Any]]]
"""Makes the data of events out of what may have changed."""


async def send(
    streams: Streams,
    stream: Stream,
    says: Says,
    name: Callable[[], str],
    *,
    last_name: str | None = None,
    heartbeat_seconds: float = HEARTBEAT_SECONDS,
) -> AsyncIterator[bytes]:
    """Everything that goes down a stream until it ends.

    Args:
        streams: where it is open.
        stream: which.
        says: what an event says.
        name: the name (`id`) of the present state.
        last_name: the last name that the listener saw (`Last-Event-ID`): if it is another, they missed something.
        heartbeat_seconds: how long it may be quiet.
    """
    try:
        yield _BEGIN
        if last_name is not None and last_name != name():
            stream.tell([Change.FLAGS])
        while True:
            changes = await stream.wait(heartbeat_seconds)
            for data in says(changes):
                yield f"event: message\nid: {name()}\ndata: {json.dumps(data)}\n\n".encode()
            if stream.ended:
                return
            if not changes:
                yield _HEARTBEAT
    finally:
        streams.close(stream)
