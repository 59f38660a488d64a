"""A decision without the detour through ASGI, for the ordinary question of a known caller: the protocol form of `/v1/decide`.

An ASGI request costs a task, a scope, an event and two messages: more than a whole decision. This protocol is the server's
own with one thing added: a plain `POST /v1/decide` is handed to `DecisionPath` straight from the parser, and its answer is
written straight to the connection.

Rules:

- Only what will be answered 200 is taken. Everything else (another route, a token not seen before, a browser's origin, a body
  that is compressed, chunked, too long or wrong, a source over its rate) goes the ordinary way, where every refusal has its
  one place.
- Only one request is open on a connection: one that comes before the answer waits its turn in the ordinary pipeline.
- Keep-alive, stopping, and clients that leave are the server's business as ever: the open question stands where the server
  looks for its open request.
"""

from __future__ import annotations

import asyncio
from math import inf
from time import monotonic
from typing import Any, ClassVar

from gateway.callers.principals import Authenticator, find_authorization
from gateway.callers.rate_limits import RateLimits
from gateway.clock import Clock
from gateway.decision_path import DecisionPath
from gateway.edge.connections import BoundedProtocol, ConnectionBounds, is_answered
from gateway.errors import GatewayError
from gateway.settings.groups import Limits
from gateway.telemetry.metrics import Route
from gateway.wire.questions import parse_question

PATH = b"/v1/decide"

_HEADERS = b"content-type: application/json\r\ncache-control: private, no-store\r\ncontent-length: %d\r\n\r\n"

_NOT_ORDINARY = frozenset(
    (b"content-encoding", b"expect", b"origin", b"sec-gpc", b"transfer-encoding", b"upgrade")
)
"""Headers with which a request goes the ordinary way."""


class DecideShortcut:
    """What the protocol needs of the gateway."""

    def __init__(
        self,
        *,
        decisions: DecisionPath,
        authenticator: Authenticator,
        rates: RateLimits,
        clock: Clock,
        route: Route,
        limits: Limits,
    ) -> None:
        """Answer by `decisions`; observe in `route`, the same as the ASGI form does."""
        self._decisions = decisions
        self._authenticator = authenticator
        self._rates = rates
        self._clock = clock
        self._route = route
        self._max_body_bytes = limits.max_body_bytes
        self._max_depth = limits.max_json_depth

    def admits(self, headers: list[tuple[bytes, bytes]]) -> bool:
        """Whether a request with these headers (names in lower case) may be taken, if its body is in order."""
        length = b""
        hosts = 0
        for name, value in headers:
            if name in _NOT_ORDINARY:
                return False
            if name == b"content-length":
                length = value
            elif name == b"host":
                hosts += 1
            elif name == b"connection" and value.lower() != b"keep-alive":
                return False
        return hosts <= 1 and 0 < len(length) < 10 and 0 < int(length) <= self._max_body_bytes

    def ask(self, headers: list[tuple[bytes, bytes]], body: bytes, open_request: OpenRequest) -> bool:
        """Ask the question in `body`. False: it is not to be taken here, and nothing has happened."""
        try:
            principal = self._authenticator.recognise(find_authorization(headers), now=self._clock.now())
            if principal is None or not principal.allows("decide"):
                return False
            question = parse_question(body, max_depth=self._max_depth)
            asked = self._decisions.read(question, principal, gpc=False, reply=open_request.answer)
        except GatewayError:
            return False
        if self._rates.wait_seconds(principal.source_id, monotonic()):
            return False
        self._decisions.take(asked)
        return True

    def observe(self, seconds: float) -> None:
        """One was answered."""
        self._route.observe(seconds, 200)


class OpenRequest:
    """A question on its way, standing where the server expects its `RequestResponseCycle`."""

    __slots__ = ("began", "disconnected", "keep_alive", "message_event", "protocol", "response_complete")

    def __init__(self, protocol: DecideProtocol) -> None:
        """Open it on this connection."""
        self.protocol = protocol
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


class DecideProtocol(BoundedProtocol):
    """The server's HTTP protocol with the shortcut."""

    shortcut: ClassVar[DecideShortcut]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the server's."""
        super().__init__(*args, **kwargs)
        self._body: list[bytes] | None = None

    def on_message_begin(self) -> None:
        """A request begins: what the ordinary way needs for it is made when it is known to go that way."""
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.reads_since = min(self.reads_since, monotonic())

    def on_headers_complete(self) -> None:
        """Choose the way."""
        if (
            self.url == PATH
            and self.parser.get_method() == b"POST"
            and self.parser.get_http_version() == "1.1"
            and is_answered(self.cycle)
            and not self.pipeline
            and self.shortcut.admits(self.headers)
        ):
            self._body = []
        else:
            self._go_the_ordinary_way()

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        if self._body is None:
            super().on_body(body)
        else:
            self._body.append(body)

    def on_message_complete(self) -> None:
        """The request is here."""
        parts, self._body = self._body, None
        if parts is None:
            super().on_message_complete()
            return
        self.reads_since = inf
        body = parts[0] if len(parts) == 1 else b"".join(parts)
        open_request = OpenRequest(self)
        if self.shortcut.ask(self.headers, body, open_request):
            self.cycle = open_request  # type: ignore[assignment]  # it has all that the server asks of one
        else:
            self._go_the_ordinary_way()
            super().on_body(body)
            super().on_message_complete()

    def finish(self, open_request: OpenRequest, body: bytes) -> None:
        """Write the answer, unless the client has left, and let the server do what it does after a response."""
        if open_request.disconnected or self.transport.is_closing():
            return
        lines = [b"HTTP/1.1 200 OK\r\n"]
        for name, value in self.server_state.default_headers:
            lines += (name, b": ", value, b"\r\n")
        lines += (_HEADERS % len(body), body)
        self.transport.write(b"".join(lines))
        if not open_request.keep_alive:
            self.transport.close()
        self.on_response_complete()
        self.shortcut.observe(monotonic() - open_request.began)

    def _go_the_ordinary_way(self) -> None:
        url, headers = self.url, self.headers
        expects = self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers  # the scope has this list
        super().on_headers_complete()


def protocol_with(shortcut: DecideShortcut, bounds: ConnectionBounds) -> type[asyncio.Protocol]:
    """The protocol class for a server that answers decisions by `shortcut`, within `bounds`."""
    return type("DecideProtocol", (DecideProtocol,), {"shortcut": shortcut, "bounds": bounds})
