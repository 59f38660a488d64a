"""What may be answered without the detour through ASGI, and is asked so: what `gateway.edge.short_protocol` needs of the gateway.

Only what will be answered 200 is taken. Everything else (another route, a token not seen before, a browser's origin, a body
that is compressed, chunked, too long or wrong, a source over its rate) goes the ordinary way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic

from gateway.callers.principals import Authenticator, Principal
from gateway.callers.rate_limits import RateLimits
from gateway.clock import Clock
from gateway.edge.known_heads import KEPT_FIELDS, KnownHeads
from gateway.edge.request_heads import is_host
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
        self.route_of: Callable[[bytes], ShortRoute | None] = routes.get
        """The route of a path that has a short way."""
        self.heads: KnownHeads[ShortRoute] = KnownHeads()
        """Heads that were taken before."""
        self.is_over = False
        """Whether the connections end: each with the answer to what it has asked already."""
        self._authenticator = authenticator
        self._rates = rates
        self._clock = clock
        self._max_body_bytes = max_body_bytes
        self._default_headers: list[tuple[bytes, bytes]] = []
        self._before_length = _STATUS + _HEADERS

    def end(self) -> None:
        """Take nothing more: what comes from now on goes the ordinary way."""
        self.is_over = True
        self.route_of = dict[bytes, ShortRoute]().get
        self.heads.forget()

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
                hosts += 1 if is_host(value.strip()) else 2
            elif name == b"authorization":
                callers += 1
            elif name == b"connection" and value.lower() != b"keep-alive":
                return False
            elif name == b"content-type":
                types += 1 if value == b"application/json" else 2
        if route.only_json and types != 1:
            return False
        return (
            hosts == 1 and callers <= 1 and 0 < len(length) < 10 and 0 < int(length) <= self._max_body_bytes
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
        if not self.is_over and caller.subject is None and fields.keys() <= KEPT_FIELDS:
            self.heads.learn(came, body, route, fields.get(b"authorization"))

    def head_of_answer(self, default_headers: list[tuple[bytes, bytes]], body_bytes: int) -> bytes:
        """The head of an answer; the server replaces its own headers once a second, and never changes them."""
        if default_headers is not self._default_headers:
            own = b"".join([b"%b: %b\r\n" % header for header in default_headers])
            self._default_headers, self._before_length = default_headers, _STATUS + own + _HEADERS
        return b"%b%d%b" % (self._before_length, body_bytes, _END)
