"""An answer without the detour through ASGI, for the ordinary question of a known caller: the protocol form of a hot route.

An ASGI request costs a task, a scope, an event and two messages: more than a whole decision. This protocol is the server's
own with one thing added: a plain `POST` to a route that has a short way (`gateway.edge.short_routes`) is handed on straight
from the parser, and its answer is written straight to the connection.

Rules:

- Only what will be answered 200 is taken. Everything else (another route, a token not seen before, a browser's origin, a body
  that is compressed, chunked, too long or wrong, a source over its rate) goes the ordinary way, where every refusal has its
  one place.
- Only one request is open on a connection: one that comes before the answer waits its turn in the ordinary pipeline.
- A head is read once: what was taken with it is taken again without the parser (`gateway.edge.known_heads`), if the request
  comes alone and whole.
- Keep-alive, stopping, and clients that leave are the server's business as ever: the open question stands where the server
  looks for its open request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any, ClassVar

from gateway.callers.principals import Authenticator, Principal
from gateway.callers.rate_limits import RateLimits
from gateway.clock import Clock
from gateway.edge.connections import BoundedProtocol, ConnectionBounds, is_answered
from gateway.edge.known_heads import KEPT_FIELDS, KnownHeads
from gateway.errors import GatewayError
from gateway.telemetry.metrics import Route

_STATUS = b"HTTP/1.1 200 OK\r\n"
_HEADERS = b"content-type: application/json\r\ncache-control: private, no-store\r\ncontent-length: "
_END = b"\r\n\r\n"

NOT_ORDINARY = frozenset(
    (b"content-encoding", b"expect", b"origin", b"sec-gpc", b"transfer-encoding", b"upgrade")
)
"""Headers with which a request goes the ordinary way, whatever it asks."""

Reply = Callable[[bytes], None]
"""Takes the body of an answer, status 200."""

Read = Callable[[Principal, bytes, Reply], Callable[[], None] | None]
"""Reads a body; what comes back takes the question, and has done nothing yet. None, or a GatewayError: not to be taken here."""


@dataclass(frozen=True, slots=True)
class ShortRoute:
    """A route that has a short way."""

    read: Read
    """Reads its questions."""
    observed: Route
    """Where it is observed, the same as the ASGI form is."""
    only_json: bool = False
    """Whether it takes nothing but a declared body of JSON."""
    not_ordinary: frozenset[bytes] = NOT_ORDINARY
    """Headers with which a request goes the ordinary way."""


class Shortcut:
    """What the protocol needs of the gateway."""

    def __init__(
        self,
        routes: Mapping[bytes, ShortRoute],
        *,
        authenticator: Authenticator,
        rates: RateLimits,
        clock: Clock,
        max_body_bytes: int,
    ) -> None:
        """Answer on these routes, by their paths, whoever may `decide`."""
        self.route_of = routes.get
        """The route of a path that has a short way."""
        self.heads: KnownHeads[ShortRoute] = KnownHeads()
        """Heads that were taken before."""
        self._authenticator = authenticator
        self._rates = rates
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._default_headers: list[tuple[bytes, bytes]] = []
        self._before_length = _STATUS + _HEADERS

    def admits(self, route: ShortRoute, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether a request with these headers (names in lower case) may be taken, if its body is in order."""
        length = b""
        hosts = types = callers = 0
        for name, value in headers:
            if name in route.not_ordinary:
                return False
            if name == b"content-length":
                length = value
            elif name == b"host":
                hosts += 1
            elif name == b"authorization":
                callers += 1
            elif name == b"connection" and value.lower() != b"keep-alive":
                return False
            elif name == b"content-type":
                types += 1 if value == b"application/json" else 2
        if route.only_json and types != 1:
            return False
        return (
            hosts <= 1 and callers <= 1 and 0 < len(length) < 10 and 0 < int(length) <= self._max_body_bytes
        )

    def ask(
        self, route: ShortRoute, authorization: bytes | None, body: bytes, reply: Reply
    ) -> Principal | None:
        """Ask the question in `body`; the caller. None: it is not to be taken here, and nothing has happened."""
        try:
            principal = self._authenticator.recognise(authorization, now=self._clock.now())
            if principal is None or not principal.allows("decide"):
                return None
            take = route.read(principal, body, reply)
        except GatewayError:
            return None
        if take is None or self._rates.wait_seconds(principal.source_id, monotonic()):
            return None
        take()
        return principal

    def learn(
        self,
        came: bytes,
        body: bytes,
        route: ShortRoute,
        caller: Principal,
        headers: list[tuple[bytes, bytes]],
    ) -> None:
        """Know the head of a request that was taken from now on, if it is a service's and says nothing of anybody else.

        Args:
            came: what came in at once, from the first byte of the request on.
            body: its body.
            route: where it went.
            caller: who sent it.
            headers: what was read of its head.
        """
        fields = dict(headers)
        if caller.subject is None and fields.keys() <= KEPT_FIELDS:
            self.heads.learn(came, body, route, fields.get(b"authorization"))

    def head_of_answer(self, default_headers: list[tuple[bytes, bytes]], body_bytes: int) -> bytes:
        """The head of an answer; the server replaces its own headers once a second, and never changes them."""
        if default_headers is not self._default_headers:
            own = b"".join([b"%b: %b\r\n" % header for header in default_headers])
            self._default_headers, self._before_length = default_headers, _STATUS + own + _HEADERS
        return b"%b%d%b" % (self._before_length, body_bytes, _END)


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
        self._is_between = True
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
        if found is None or self.transport.is_closing():
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
        self._is_between = True
        route, self._short = self._short, None
        if route is None:
            super().on_message_complete()
            return
        self.reads_since = inf
        self.head_bytes = 0
        body = self._body[0] if len(self._body) == 1 else b"".join(self._body)
        open_request = OpenRequest(self, route)
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
        head = self.shortcut.head_of_answer(self.server_state.default_headers, len(body))
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
