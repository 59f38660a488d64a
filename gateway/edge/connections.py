"""Connections: how many there may be, and how long a client may take to say what it wants.

- A connection over the bound is answered 503 and closed before anything is read from it.
- From its first moment, and from the first byte of each later request, a client has `request_seconds` until the request is
  here as a whole. Whoever takes longer is answered 408 and closed: half-open connections hold nothing for long.
- The head of a request, or what stands behind a body, is read up to a bound: in bytes, and in header fields.
- A request says once at most for which host it is; one with two of them, or whose target names another than its `Host`,
  is answered 400: whoever stands before us may have read it otherwise (RFC 9112, section 3.2).
- What is no HTTP is answered like every other failure, with a problem.
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
from http import HTTPStatus
from math import inf
from time import monotonic
from typing import Any, ClassVar

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.edge.problem_kinds import BAD_REQUEST, HEAD_TOO_LARGE, REQUEST_TIMEOUT, UNAVAILABLE, Problem
from gateway.edge.problems import ProblemWriter

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
        self._head_again: bytes | None = None
        """The head of a request that offers another protocol, without the offer, until it is read as such."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody connects; they are to say what they want."""
        super().connection_made(transport)
        self.reads_since = monotonic()
        if len(self.connections) > self.bounds.max_connections:
            self.refuse(UNAVAILABLE)

    def data_received(self, data: bytes) -> None:
        """Bytes came in; of a connection that is on its way out they are not read."""
        if self.transport.is_closing():
            return
        self.idle_since = inf
        if is_answered(self.cycle):
            self.reads_since = min(self.reads_since, monotonic())
        self.head_bytes += len(data)
        self._unset_keepalive_if_required()
        self._read(data)
        if self.head_bytes > self.bounds.max_head_bytes and not self.transport.is_closing():
            self.refuse(HEAD_TOO_LARGE)

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
        except HttpParserError:
            self.refuse(BAD_REQUEST)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self.reads_since = min(self.reads_since, monotonic())

    def on_headers_complete(self) -> None:
        """It is known what is asked for."""
        if self.has_large_head():
            self.refuse(HEAD_TOO_LARGE)
        elif not names_one_host(self.url, self.headers):
            self.refuse(BAD_REQUEST)
        elif self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._head_again = head_without_offer(
                self.parser.get_method(), self.url, self.parser.get_http_version(), self.headers
            )
        else:
            super().on_headers_complete()

    def has_large_head(self) -> bool:
        """Whether the head that is here is beyond its bounds; it is counted only if more came in at once than it may have."""
        if len(self.headers) > MAX_FIELDS:
            return True
        if self.head_bytes <= self.bounds.max_head_bytes:
            return False
        fields = sum(len(name) + len(value) for name, value in self.headers)
        return len(self.url) + fields > self.bounds.max_head_bytes

    def on_body(self, body: bytes) -> None:
        """A part of the body; nobody waits for that of a request that was refused."""
        self.head_bytes = 0
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is here, unless it was only a head that is to be read again."""
        if self._head_again is not None:
            return
        self.reads_since = inf
        self.head_bytes = 0
        if not self.transport.is_closing():
            super().on_message_complete()

    def refuse(self, problem: Problem) -> None:
        """Answer with a problem and close. A request of this connection that is being answered is given up."""
        answer = self.bounds.problems.write(problem)
        lines = [b"HTTP/1.1 %d %b\r\n" % (answer.status, HTTPStatus(answer.status).phrase.encode())]
        lines += (b"%b: %b\r\n" % header for header in answer.headers)
        lines += (b"connection: close\r\n\r\n", answer.body)
        self.transport.write(b"".join(lines))
        self.transport.close()


def head_without_offer(
    method: bytes, target: bytes, version: str, headers: Iterable[tuple[bytes, bytes]]
) -> bytes:
    """The head of a request as it was read, without the offer to go on in another protocol.

    Args:
        method: of the request.
        target: what stands behind the method.
        version: of HTTP.
        headers: names in lower case.
    """
    lines = [b"%b %b HTTP/%b" % (method, target, version.encode())]
    lines += [b"%b: %b" % (name, value) for name, value in headers if name != b"upgrade"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def names_one_host(target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request is for one host, as far as it names any.

    Args:
        target: what stands behind the method.
        headers: names in lower case.
    """
    hosts = [value.strip().lower() for name, value in headers if name == b"host"]
    if target[:1] != b"/" and b"://" in target:
        hosts.append(target.partition(b"://")[2].partition(b"/")[0].partition(b"?")[0].lower())
    return len(hosts) <= 1 or (len(hosts) == 2 and hosts[0] == hosts[1] and target[:1] != b"/")


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
