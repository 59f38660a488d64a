"""Connections: how many there may be, and how long a client may take to say what it wants.

- A connection over the bound is answered 503 and closed before anything is read from it.
- From its first moment, and from the first byte of each later request, a client has `request_seconds` until the request is
  here as a whole. Whoever takes longer is answered 408 and closed: half-open connections hold nothing for long.
- The head of a request, or what stands behind a body, is read up to a bound: in bytes, and in header fields. Of what stands
  behind a body nothing is kept: it is no part of the head (RFC 9110, section 6.5.1).
- What is no HTTP, or HTTP that may be read in two ways (`gateway.edge.request_heads`), is answered with a problem like every
  other failure, when what was asked before it is answered; nothing behind it is read.
- A client that says that it will send no more (half-closes) is answered what it asked (RFC 9112, section 9.6). A stream, which
  has no end to wait for, ends: that is how listeners leave.
- `Connection: close` counts in every spelling.
- A client that offers another protocol (`Upgrade: h2c`, as Java's client does by itself) is answered in this one, its body
  read (RFC 9110, section 7.8). The parser stops behind the head of such a request: the body would be the next request.
- The bound stays below the number of files that the system lets this process open: clients cannot take from the log and the
  records what they need.
"""

from __future__ import annotations

import asyncio
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from time import monotonic
from typing import Any, ClassVar

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.edge.last_answers import ending_there, may_be_last
from gateway.edge.problem_kinds import (
    BAD_REQUEST,
    HEAD_TOO_LARGE,
    REQUEST_TIMEOUT,
    TARGET_TOO_LONG,
    UNAVAILABLE,
    Problem,
)
from gateway.edge.problems import ProblemResponse, ProblemWriter
from gateway.edge.refusals import HeadRefusedError, as_application, as_bytes
from gateway.edge.request_heads import fault_in, head_without_offer, origin_form

OWN_FILES = 256
"""Open files kept for the log, the records, destinations and the system's own."""


MAX_FIELDS = 100
"""Header fields of one request."""


@dataclass(frozen=True, slots=True)
class ConnectionBounds:
    """What a connection may cost."""

    max_connections: int
    """How many at once."""
    request_seconds: float
    """How long a request may take to arrive."""
    max_head_bytes: int
    """Bytes of the address and the header fields of a request."""
    problems: ProblemWriter
    """Writes the answer to a connection too many."""


class BoundedProtocol(HttpToolsProtocol):
    """The server's HTTP protocol, within bounds."""

    bounds: ClassVar[ConnectionBounds]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """See the server's."""
        super().__init__(*args, **kwargs)
        self.reads_since = inf
        """When the request that is not here yet began (monotonic seconds); infinite between requests."""
        self.idle_since = inf
        """When the last answer left, if no timer of the server's waits for the next request (monotonic seconds)."""
        self.head_bytes = 0
        """Bytes that came in since a body's last part or a request's end: of a head, or of what stands behind a body."""
        self.url = b""
        """What the request that is being read asks for, as far as it is here."""
        self._head_again: bytes | None = None
        """The head of a request that offers another protocol, without the offer, until it is read as such."""
        self._answering: RequestResponseCycle | None = None
        """The request that the application has been given last; `cycle` is the newest, which may wait behind it."""
        self._is_between = True
        """Whether no request has begun that is not here yet."""
        self._is_given = False
        """Whether the request that is being read is the newest `cycle` already, and only its body is not here yet."""
        self._is_refused = False
        """Whether the last thing that this connection will say is decided; nothing is read any more."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connects; they are to say what they want."""
        super().connection_made(transport)
        self.reads_since = monotonic()
        if len(self.connections) > self.bounds.max_connections:
            self.refuse(UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone. The server tells the newest request, and nobody would end a stream in front of it."""
        super().connection_lost(exc)
        if self._answering is not None and not self._answering.response_complete:
            self._answering.disconnected = True
            self._answering.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Bytes came in; of a connection that is on its way out they are not read."""
        if self._is_refused or self.transport.is_closing():
            return
        self.idle_since = inf
        if is_answered(self.cycle):
            self.reads_since = min(self.reads_since, monotonic())
        self.head_bytes += len(data)
        self._unset_keepalive_if_required()
        self._read(data)
        if self.head_bytes > self.bounds.max_head_bytes:
            self.refuse(self._too_large())

    def eof_received(self) -> bool:  # type: ignore[override]  # as asyncio has it
        """The client says no more: it is answered what it asked, as far as that is here as a whole."""
        if self._answering is not None and is_stream(self._answering):
            self.transport.close()
        elif not self._is_between:
            self.refuse(BAD_REQUEST)
        else:
            self._close_when_answered()
        return True

    def _close_when_answered(self) -> None:
        if is_answered(self.cycle):
            self.transport.close()
        else:
            self.cycle.keep_alive = False

    def _read(self, data: bytes) -> None:
        """Let the parser read; a request that offers another protocol it reads again as one that does not."""
        unread = memoryview(data)
        try:
            while not self.transport.is_closing():
                try:
                    self.parser.feed_data(unread)
                except HttpParserUpgrade as offer:
                    unread = unread[offer.args[0] :]
                else:
                    return
                head, self._head_again = self._head_again, None
                if head is not None:
                    self.parser = HttpRequestParser(self)
                    self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as the server's own
                    self.parser.feed_data(head)
        except HttpParserError as error:
            cause = error.__context__
            if isinstance(cause, HeadRefusedError):
                self.refuse(cause.problem, without_body=self.parser.get_method() == b"HEAD")
            else:
                self.refuse(BAD_REQUEST)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._is_between = False
        self.reads_since = min(self.reads_since, monotonic())

    def on_headers_complete(self) -> None:
        """It is known what is asked for.

        Raises:
            HeadRefusedError: it is not going to be answered; the parser ends with it.
        """
        if self.has_large_head():
            raise HeadRefusedError(self._too_large())
        method, version = self.parser.get_method(), self.parser.get_http_version()
        fault = fault_in(method, self.url, version, self.headers)
        if fault is not None:
            raise HeadRefusedError(fault)
        self.url = origin_form(self.url)
        if self.parser.should_upgrade():
            self._head_again = head_without_offer(method, self.url, version, self.headers)
            return
        if version == "1.0":
            self.expect_100_continue = False  # it does not know what that is
        if not self.parser.should_keep_alive() and CLOSE_HEADER not in self.headers:
            self.headers.append(CLOSE_HEADER)  # the one spelling that the server knows
        super().on_headers_complete()
        self._is_given = True
        self.headers = []  # the scope has the other list, to which nothing is added any more

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._answering = cycle
        super()._start_asgi_task(cycle, ending_there(app, cycle) if may_be_last(cycle) else app)

    def has_large_head(self) -> bool:
        """Whether the head that is here is beyond its bounds; it is counted only if more came in at once than it may have."""
        if len(self.headers) > MAX_FIELDS:
            return True
        if self.head_bytes <= self.bounds.max_head_bytes:
            return False
        fields = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.url) + fields > self.bounds.max_head_bytes

    def _too_large(self) -> Problem:
        is_address = not self._is_between and 2 * len(self.url) > self.bounds.max_head_bytes
        return TARGET_TOO_LONG if is_address else HEAD_TOO_LARGE

    def on_body(self, body: bytes) -> None:
        """A part of the body."""
        self.head_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here, unless it was only a head that is to be read again."""
        if self._head_again is not None:
            return
        self._is_between = True
        self._is_given = False
        self.reads_since = inf
        self.head_bytes = 0
        super().on_message_complete()
        if not self.parser.should_keep_alive():  # said in a trailer, say: the parser reads nothing more
            self._close_when_answered()

    def refuse(self, problem: Problem, *, without_body: bool = False) -> None:
        """Answer what is being read with a problem, in its turn, and close; what is answered already gets no second answer.

        Args:
            problem: what is wrong.
            without_body: whether only the head of an answer is wanted.
        """
        if self._is_refused or self.transport.is_closing():
            return
        self._is_refused = True
        answer = self.bounds.problems.write(problem)
        if self._is_given and self.cycle.response_started:
            self.transport.close()
        elif self.pipeline and self._is_given:
            self.pipeline[0] = (self.cycle, as_application(answer))
        elif self._is_given or is_answered(self.cycle):
            headers = self.server_state.default_headers
            self.transport.write(as_bytes(answer, headers, without_body=without_body))
            self.transport.close()
        else:
            self._say_in_turn(answer, without_body=without_body)

    def _say_in_turn(self, answer: ProblemResponse, *, without_body: bool) -> None:
        scope: Any = {"method": "HEAD" if without_body else "GET", "http_version": "1.1", "headers": []}
        self.cycle = RequestResponseCycle(
            scope=scope,
            transport=self.transport,
            flow=self.flow,
            logger=self.logger,
            access_logger=self.access_logger,
            access_log=False,
            default_headers=self.server_state.default_headers,
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=False,
            on_response=self.on_response_complete,
        )
        self.pipeline.appendleft((self.cycle, as_application(answer)))


def is_stream(cycle: RequestResponseCycle) -> bool:
    """Whether an answer is on its way of whose length nothing is announced (any more)."""
    return cycle.response_started and not (cycle.response_complete or cycle.expected_content_length)


def is_answered(cycle: RequestResponseCycle | None) -> bool:
    """Whether nothing is open (the server's attribute is None before the first request, whatever its type says)."""
    return cycle is None or cycle.response_complete


def close_overdue(connections: Iterable[object], now: float) -> None:
    """Close the connections whose request does not come to its end, or whose next one does not come.

    Args:
        connections: the server's.
        now: monotonic seconds.
    """
    for each in list(connections):
        if not isinstance(each, BoundedProtocol):
            continue
        if now - each.reads_since > each.bounds.request_seconds:
            each.refuse(REQUEST_TIMEOUT)
        elif now - each.idle_since > each.timeout_keep_alive:
            each.timeout_keep_alive_handler()


def connections_possible(wanted: int) -> int:
    """How many of the wanted connections the system has room for; the process's limit of open files is raised for them."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, wanted + OWN_FILES)
    if soft < hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    return max(1, min(wanted, hard - OWN_FILES))
