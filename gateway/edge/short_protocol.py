"""An answer without the detour through ASGI, for the ordinary question of a known caller: the protocol form of a hot route.

An ASGI request costs a task, a scope, an event and two messages: more than a whole decision. This protocol is the server's
own with one thing added: a plain `POST` to a route that has a short way (`gateway.edge.short_routes`) is handed on straight
from the parser, and its answer is written straight to the connection.

Rules:

- Whatever `gateway.edge.shortcut` does not take goes the ordinary way, where every refusal has its one place.
- Only one request is open on a connection: one that comes before the answer waits its turn in the ordinary pipeline.
- Who does not read their answers gets no more of them: while a connection takes nothing, its requests wait in the ordinary way.
- A head is read once: what was taken with it is taken again without the parser (`gateway.edge.known_heads`), if the request
  comes alone and whole.
- Keep-alive, stopping, and clients that leave are the server's business as ever: the open question stands where the server
  looks for its open request.
"""

from __future__ import annotations

import asyncio
from math import inf
from time import monotonic
from typing import Any, ClassVar

from uvicorn.protocols.http.flow_control import CLOSE_HEADER

from gateway.edge.connections import BoundedProtocol, ConnectionBounds, is_answered
from gateway.edge.shortcut import Shortcut, ShortRoute


class OpenRequest:
    """A question on its way, standing where the server expects its `RequestResponseCycle`."""

    __slots__ = (
        "began",
        "disconnected",
        "keep_alive",
        "message_event",
        "protocol",
        "response_complete",
        "route",
    )

    def __init__(self, protocol: ShortProtocol, route: ShortRoute) -> None:
        """Open it on this connection."""
        self.protocol = protocol
        self.route = route
        self.began = monotonic()
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True
        self.message_event = _NOBODY_WAITS

    def answer(self, body: bytes) -> None:
        """Send the answer and let the connection go on."""
        self.response_complete = True
        self.protocol.finish(self, body)


class _NobodyWaits:
    def set(self) -> None:
        """The server says that something came in; nobody waits for it."""


_NOBODY_WAITS = _NobodyWaits()


class ShortProtocol(BoundedProtocol):
    """The server's HTTP protocol with the shortcut."""

    shortcut: ClassVar[Shortcut]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the server's."""
        super().__init__(*args, **kwargs)
        self._short: ShortRoute | None = None
        self._body: list[bytes] = []
        self._came_alone = b""

    def data_received(self, data: bytes) -> None:
        """Bytes came in: a request whose head is known, whole and by itself, or something to be read."""
        if not self._is_between or not is_answered(self.cycle) or self.pipeline:
            super().data_received(data)
        elif not self._take_known(data):
            self._came_alone = data
            super().data_received(data)
            self._came_alone = b""

    def _take_known(self, data: bytes) -> bool:
        """Take what came in, if it is one request with a known head."""
        found = self.shortcut.heads.find(data)
        if found is None or self.transport.is_closing() or self.flow.write_paused:
            return False
        (route, authorization, _), body = found
        self.idle_since = inf
        open_request = OpenRequest(self, route)
        if self.shortcut.ask(route, authorization, body, open_request.answer) is None:
            return False
        self.cycle = open_request  # type: ignore[assignment]  # it has all that the server asks of one
        self.reads_since = inf
        self.head_bytes = 0
        if self.timeout_keep_alive_task is not None:
            self._unset_keepalive_if_required()
        return True

    def on_message_begin(self) -> None:
        """A request begins: what the ordinary way needs for it is made when it is known to go that way."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = self._is_between = False
        self.reads_since = min(self.reads_since, monotonic())

    def on_headers_complete(self) -> None:
        """Choose the way."""
        route = self.shortcut.route_of(self.url)
        if (
            route is not None
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and is_answered(self.cycle)
            and not self.pipeline
            and not self.flow.write_paused
            and not self.has_large_head()
            and self.shortcut.admits(route, self.headers)
        ):
            self._short, self._body = route, []
        else:
            self._go_the_ordinary_way()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._short is None:
            super().on_body(body)
        else:
            self.head_bytes = 0
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        route, self._short = self._short, None
        if route is None:
            super().on_message_complete()
            return
        self._is_between = True
        self.reads_since = inf
        self.head_bytes = 0
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        open_request = OpenRequest(self, route)
        open_request.keep_alive = not self.shortcut.is_over
        authorization = dict(self.headers).get(b"authorization")
        caller = self.shortcut.ask(route, authorization, body, open_request.answer)
        if caller is not None:
            self.cycle = open_request  # type: ignore[assignment]  # it has all that the server asks of one
            self.shortcut.learn(self._came_alone, body, route, caller, self.headers)
        else:
            self._go_the_ordinary_way()
            super().on_body(body)
            super().on_message_complete()

    def finish(self, open_request: OpenRequest, body: bytes) -> None:
        """Write the answer, unless the client has left, and let the server go on; a timer for each answer would cost too much."""
        if open_request.disconnected or self.transport.is_closing():
            return
        headers = self.server_state.default_headers
        if self.pipeline and self.shortcut.is_over:
            headers = [each for each in headers if each != CLOSE_HEADER]  # others are answered behind it
        head = self.shortcut.head_of_answer(headers, len(body))
        self.transport.write(head + body)
        now = monotonic()
        if open_request.keep_alive and not self.pipeline:
            self.server_state.total_requests += 1
            self.idle_since = now
        else:
            if not open_request.keep_alive:
                self.transport.close()
            self.on_response_complete()
        open_request.route.observed.observe(now - open_request.began, 200)

    def shutdown(self) -> None:
        """The server stops: what is asked here is answered, also if its body is still on its way."""
        if self._short is None:
            super().shutdown()

    def _go_the_ordinary_way(self) -> None:
        url, headers = self.url, self.headers
        expects = self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # the scope has this list
        super().on_headers_complete()


def protocol_with(shortcut: Shortcut, bounds: ConnectionBounds) -> type[asyncio.Protocol]:
    """The protocol class for a server that answers the ordinary questions by `shortcut`, within `bounds`."""
    return type("ShortProtocol", (ShortProtocol,), {"shortcut": shortcut, "bounds": bounds})
