"""The protocol with the shortcut, on a transport that only remembers: what is read, what is known, and when it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import inf
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from gateway.callers.principals import Principal
from gateway.callers.rate_limits import RateLimits
from gateway.edge.connections import ConnectionBounds, close_overdue
from gateway.edge.problems import ProblemWriter
from gateway.edge.short_protocol import ShortProtocol, protocol_with
from gateway.edge.shortcut import Reply, Shortcut, ShortRoute
from gateway.edge.stopping import announce_end
from gateway.errors import CredentialsInvalidError
from gateway.telemetry.metrics import Route
from privacy import SubjectRef

CALLER = Principal("app", "token", frozenset({"decide"}), None, 1 << 62)
KEEP_ALIVE_SECONDS = 75


class Remembering(asyncio.Transport):
    """A transport that sends nothing."""

    def __init__(self) -> None:
        super().__init__({})
        self.written = b""
        self.closed = False
        self.has_closed = asyncio.Event()
        self.went_the_ordinary_way = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)
        if b" 299 " in self.written:
            self.went_the_ordinary_way.set()

    def close(self) -> None:
        self.closed = True
        self.has_closed.set()

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        return

    def resume_reading(self) -> None:
        return


class Callers:
    """Knows one token, until it runs out."""

    def __init__(self) -> None:
        self.has_run_out = False
        self.caller = CALLER

    def recognise(self, authorization: bytes | None, *, now: int) -> Principal | None:
        if authorization != b"Bearer t" or self.has_run_out:
            raise CredentialsInvalidError
        return self.caller


class Counting:
    """A parser that counts how often it is given something."""

    def __init__(self, parser: Any) -> None:
        self._parser = parser
        self.fed = 0

    def feed_data(self, data: bytes) -> None:
        self.fed += 1
        self._parser.feed_data(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parser, name)


class Line:
    """One connection to a protocol whose only short route gives back what it is asked."""

    def __init__(self) -> None:
        self.callers = Callers()
        self.waiting: list[Callable[[], None]] = []
        self.at_once = True
        route = ShortRoute(self._read, Route())
        shortcut = Shortcut(
            {b"/v1/decide": route},
            authenticator=self.callers,  # type: ignore[arg-type]
            rates=RateLimits(1e9, 1.0),
            clock=SimpleNamespace(now=lambda: 0),  # type: ignore[arg-type]
            max_body_bytes=1000,
        )
        bounds = ConnectionBounds(100, 60.0, 65_536, ProblemWriter(""))
        kind = protocol_with(shortcut, bounds)
        config = uvicorn.Config(
            _ordinary,
            lifespan="off",
            log_config=None,
            ws="none",
            http=kind,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        config.load()
        self.shortcut, self.heads = shortcut, shortcut.heads
        self.state = ServerState()
        self.protocol: Any = kind(config=config, server_state=self.state, app_state={})  # type: ignore[call-arg]
        self.transport = Remembering()
        self.protocol.connection_made(self.transport)
        self.protocol.parser = self.parser = Counting(self.protocol.parser)

    def _read(self, _caller: Principal, body: bytes, reply: Reply) -> Callable[[], None]:
        return partial(reply, body) if self.at_once else partial(self.waiting.append, partial(reply, body))

    def stop(self) -> None:
        """What the server does with its connections when it stops."""
        announce_end(self.state, self.shortcut)
        self.protocol.shutdown()

    async def ended(self) -> None:
        """Wait until the connection is closed."""
        async with asyncio.timeout(60):
            await self.transport.has_closed.wait()

    def receive(self, data: bytes) -> bytes:
        """Let bytes come in; what is written upon them."""
        self.transport.written = b""
        self.protocol.data_received(data)
        return self.transport.written


async def _ordinary(
    _scope: dict[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]
) -> None:
    await send({"type": "http.response.start", "status": 299, "headers": [(b"content-length", b"0")]})
    await send({"type": "http.response.body", "body": b""})


@pytest.fixture
async def line() -> Line:
    return Line()


def ask(body: bytes, more: bytes = b"", token: bytes = b"t") -> bytes:
    head = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n%bContent-Length: %d\r\n\r\n"
    return head % (token, more, len(body)) + body


@contextmanager
def not_parsed(line: Line) -> Iterator[None]:
    before = line.parser.fed
    yield
    assert line.parser.fed == before


async def test_a_known_head_is_not_read_again_and_its_answers_are_the_same(line: Line) -> None:
    first = line.receive(ask(b"[1]"))
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert first.endswith(b"content-length: 3\r\n\r\n[1]")
    with not_parsed(line):
        assert line.receive(ask(b"[2]")) == first.replace(b"[1]", b"[2]")


async def test_requests_in_pieces_and_together_are_read_although_their_head_is_known(line: Line) -> None:
    line.receive(ask(b"[1]"))
    whole = ask(b"[2]")
    for at in range(1, len(whole)):
        assert line.receive(whole[:at]) == b""
        assert line.receive(whole[at:]).endswith(b"[2]")
    line.at_once = False
    line.receive(ask(b"[3]") + ask(b"[4]"))
    assert len(line.waiting) == 1, "the other one waits in the pipeline of the ordinary way"
    assert line.parser.fed == 1 + 2 * (len(whole) - 1) + 1


async def test_a_second_question_before_the_answer_waits_its_turn(line: Line) -> None:
    line.receive(ask(b"[1]"))
    line.at_once = False
    with not_parsed(line):
        line.receive(ask(b"[2]"))
    assert line.receive(ask(b"[3]")) == b""
    line.waiting.pop()()
    assert line.transport.written.endswith(b"[2]")
    async with asyncio.timeout(60):
        await line.transport.went_the_ordinary_way.wait()


@pytest.mark.parametrize("is_known", [False, True])
async def test_who_does_not_read_gets_no_more_answers_until_they_do(line: Line, is_known: bool) -> None:
    if is_known:
        assert line.receive(ask(b"{}"))
    line.protocol.pause_writing()
    for _ in range(3):
        assert line.receive(ask(b"{}")) == b""
        await asyncio.sleep(0)
    assert line.transport.written == b""
    line.protocol.resume_writing()
    await asyncio.wait_for(line.transport.went_the_ordinary_way.wait(), 60)


FAULTS = [
    b"nonsense\r\n\r\n",
    b"GET /x HTTP/1.1\r\n\r\n",
    b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naa",
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_in_whatever_pieces_requests_come_a_fault_behind_them_is_answered_last(fault: bytes) -> None:
    said = ask(b"[1]") + b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n" + ask(b"[2]") + fault + ask(b"[3]")
    for at in range(len(said) - len(ask(b"[3]")) + 1):
        line = Line()
        line.protocol.data_received(said[:at])
        line.protocol.data_received(said[at:])
        await line.ended()
        written = line.transport.written.split(b"HTTP/1.1 ")
        assert [each[:3] for each in written] == [
            b"",
            b"200",
            b"299",
            b"299",
            b"501" if fault == FAULTS[2] else b"400",
        ]


async def test_who_half_closes_waits_for_the_answer_that_takes_longest(line: Line) -> None:
    line.at_once = False
    line.receive(ask(b"[1]") + ask(b"[2]"))
    assert line.protocol.eof_received(), "the connection stays open to be written to"
    await asyncio.sleep(0)
    assert not line.transport.closed
    line.waiting.pop()()
    await line.ended()
    assert b"[1]HTTP/1.1 299 " in line.transport.written


async def test_who_half_closes_in_the_midst_of_a_request_is_answered_at_once(line: Line) -> None:
    line.receive(ask(b"[1]")[:-1])
    line.protocol.eof_received()
    assert line.transport.closed
    assert line.transport.written.startswith(b"HTTP/1.1 400 ")


async def test_a_caller_who_is_known_no_more_is_refused_by_the_ordinary_way(line: Line) -> None:
    line.receive(ask(b"[1]"))
    line.callers.has_run_out = True
    assert line.receive(ask(b"[1]")) == b""
    async with asyncio.timeout(60):
        await line.transport.went_the_ordinary_way.wait()


@pytest.mark.parametrize(
    "request_bytes",
    [
        ask(b"[1]", token=b"u"),
        ask(b"[1]", b"Authorization: Bearer t\r\n"),
        ask(b"[1]", b"Origin: https://x.example\r\n"),
        ask(b"[1]", b"Connection: close\r\n"),
        ask(b"[1]").replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
)
async def test_what_goes_the_ordinary_way_is_not_learnt(line: Line, request_bytes: bytes) -> None:
    line.receive(request_bytes)
    assert len(line.heads) == 0


async def test_nothing_of_a_person_is_learnt(line: Line) -> None:
    for more in (b"X-Forwarded-For: 192.0.2.7\r\n", b"Cookie: a=b\r\n", b"Never-Heard-Of: 1\r\n"):
        assert line.receive(ask(b"[1]", more)).endswith(b"[1]")
    line.callers.caller = replace(CALLER, kind="person", subject=SubjectRef(bytes(16)))
    assert line.receive(ask(b"[1]")).endswith(b"[1]")
    assert len(line.heads) == 0
    line.callers.caller = CALLER
    line.receive(ask(b"[1]", b"User-Agent: shop/1.0\r\nAccept: */*\r\n"))
    assert len(line.heads) == 1


async def test_an_answered_connection_ends_when_nothing_comes(line: Line) -> None:
    protocol: ShortProtocol = line.protocol
    protocol.connections.add(protocol)
    line.receive(ask(b"[1]"))
    line.receive(ask(b"[2]"))
    answered = monotonic()
    close_overdue([protocol], answered + KEEP_ALIVE_SECONDS - 1)
    assert not line.transport.closed
    close_overdue([protocol], answered + KEEP_ALIVE_SECONDS + 1)
    assert line.transport.closed
    assert line.transport.written.endswith(b"[2]"), "nothing is said to somebody who only did not ask again"


async def test_nobody_is_idle_whose_answer_is_on_its_way_or_whose_question_has_begun(line: Line) -> None:
    line.receive(ask(b"[1]"))
    line.at_once = False
    line.receive(ask(b"[2]"))
    assert line.protocol.idle_since == inf
    line.waiting.pop()()
    assert line.protocol.idle_since < inf
    line.receive(ask(b"[3]")[:10])
    assert line.protocol.idle_since == inf
    assert line.protocol.reads_since < inf, "it has `request_seconds` now"


# --- The server stops (RFC 9112, section 9.6)

CLOSES = b"connection: close\r\n"


async def test_whoever_is_answered_while_it_stops_is_told_that_the_connection_ends(line: Line) -> None:
    line.at_once = False
    line.receive(ask(b"[1]"))
    line.stop()
    assert not line.transport.closed, "there is an answer to come"
    line.waiting.pop()()
    assert line.transport.written.endswith(b"[1]")
    assert line.transport.written.count(CLOSES) == 1
    assert line.transport.closed


async def test_a_question_whose_body_is_on_its_way_is_answered(line: Line) -> None:
    whole = ask(b"[1]")
    line.receive(whole[:-3])
    line.stop()
    said = line.receive(whole[-3:])
    assert said.endswith(b"[1]")
    assert said.count(CLOSES) == 1
    assert line.transport.closed
    assert len(line.heads) == 0


async def test_of_requests_one_behind_the_other_the_last_ones_answer_ends_the_connection(line: Line) -> None:
    line.at_once = False
    line.receive(ask(b"[1]") + ask(b"[2]") + b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    line.stop()
    line.waiting.pop()()
    assert line.transport.written.endswith(b"[1]")
    assert CLOSES not in line.transport.written
    await line.ended()
    assert line.transport.written.count(b" 299 ") == 2
    assert line.transport.written.count(CLOSES) == 1
    assert CLOSES in line.transport.written.rpartition(b" 299 ")[2]


async def test_who_asks_once_more_is_told_before_the_connection_is_closed(line: Line) -> None:
    line.receive(ask(b"[1]"))
    announce_end(line.state, line.shortcut)
    line.receive(ask(b"[2]"))
    await line.ended()
    assert line.transport.written.startswith(b"HTTP/1.1 299 ")
    assert line.transport.written.count(CLOSES) == 1


async def test_whoever_has_asked_nothing_is_closed(line: Line) -> None:
    line.stop()
    assert line.transport.closed
    assert line.transport.written == b""
