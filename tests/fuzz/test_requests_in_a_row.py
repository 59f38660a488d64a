"""Where one request ends and the next one begins: what the gateway answers is what a parser that others wrote reads too.

Whoever stands in front reads with another parser. If it sees other requests than the gateway does, one can be hidden in another. So from
bytes that are almost requests, and what becomes of them when one byte is changed, the gateway may take fewer requests than h11 reads,
and never another one. What is split in two pieces is read as what comes at once.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, NamedTuple

import h11
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from gateway.callers.rate_limits import RateLimits
from gateway.edge.connections import ConnectionBounds
from gateway.edge.problems import ProblemWriter
from gateway.edge.short_protocol import protocol_with
from gateway.edge.shortcut import Shortcut
from tests.requirement import whole_campaign

EXAMPLES = 20_000 if whole_campaign() else 400

LINES = [
    *[b"POST /a HTTP/1.1"] * 6,
    b"GET /b HTTP/1.1",
    b"HEAD /c HTTP/1.1",
    b"POST http://x/d HTTP/1.1",
    b"POST /e HTTP/1.0",
    b"OPTIONS * HTTP/1.1",
    b"CONNECT x:1 HTTP/1.1",
]
FIELDS = [
    *[b"Content-Length: 3"] * 3,
    *[b"Transfer-Encoding: chunked"] * 3,
    b"Content-Length: 0",
    b"Content-Length: 03",
    b"Content-Length:\t3 ",
    b"content-length: 5",
    b"Content-Length : 3",
    b"Content-Length: 3, 3",
    b"Content-Length: +3",
    b"Transfer-Encoding: CHUNKED",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: identity",
    b"X: a\r\n b",
    b"X: a\rContent-Length: 3",
    b"X: a\nContent-Length: 3",
    b"Connection: close",
    b"Connection: Upgrade\r\nUpgrade: h2c",
    b"Expect: 100-continue",
    b"Host: y",
]
BODIES = [
    b"",
    b"abc",
    b"abcde",
    b"3\r\nabc\r\n0\r\n\r\n",
    b"3;x=y\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabc\r\n0\r\nContent-Length: 3\r\n\r\n",
    b"3\r\nabc\r\n0\r\nX: y\r\n\r\n",
    b"3 \r\nabc\r\n0\r\n\r\n",
    b"3\nabc\n0\n\n",
    b"0x3\r\nabc\r\n0\r\n\r\n",
    b"3\r\nabcd\r\n0\r\n\r\n",
    b"10000000000000003\r\nabc\r\n0\r\n\r\n",
    b"0\r\n\r\n",
    b"GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n",
]
BYTES = [
    b"\r",
    b"\n",
    b"\r\n",
    b" ",
    b"\t",
    b"\x00",
    b"\x0b",
    b":",
    b";",
    b",",
    b"0",
    b"3",
    b"a",
    b"\xff",
    b"",
]


class Read(NamedTuple):
    """A request, as it was read."""

    method: bytes
    path: bytes
    body: bytes


def joined(line: bytes, fields: list[bytes], body: bytes) -> bytes:
    return b"\r\n".join((line, b"Host: x", *fields, b"", body))


SOUND = [
    joined(LINES[0], [b"Content-Length: 3"], b"abc"),
    joined(LINES[0], [b"Transfer-Encoding: chunked"], b"3\r\nabc\r\n0\r\n\r\n"),
    joined(b"GET /b HTTP/1.1", [], b""),
]
almost_sound = st.builds(
    joined, st.sampled_from(LINES), st.lists(st.sampled_from(FIELDS), max_size=3), st.sampled_from(BODIES)
)


@st.composite
def conversations(draw: st.DrawFn) -> bytes:
    """Some requests in a row, as they are or with a few bytes changed."""
    said = b"".join(draw(st.lists(st.one_of(st.sampled_from(SOUND), almost_sound), min_size=1, max_size=4)))
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(said)))
        said = said[:at] + draw(st.sampled_from(BYTES)) + said[at + draw(st.integers(0, 1)) :]
    return said + b"GET /last HTTP/1.1\r\nHost: x\r\n\r\n"


class Silent(asyncio.Transport):
    """A transport that sends nothing, and tells when it was closed."""

    def __init__(self) -> None:
        super().__init__({})
        self.ended = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Nobody reads it."""

    def close(self) -> None:
        self.ended.set()

    def is_closing(self) -> bool:
        return self.ended.is_set()

    def pause_reading(self) -> None:
        """Nothing comes but what the test gives."""

    def resume_reading(self) -> None:
        """Likewise."""


async def read_by_the_gateway(pieces: list[bytes]) -> list[Read]:
    """The requests that reach the application with their whole bodies."""
    found = []

    async def take(
        scope: dict[str, Any], receive: Callable[[], Awaitable[Any]], send: Callable[[Any], Awaitable[None]]
    ) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message["body"], message["more_body"]
        found.append(Read(scope["method"].encode(), scope["raw_path"], body))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    nobody: Any = SimpleNamespace(now=lambda: 0)
    shortcut = Shortcut(
        {}, authenticator=nobody, rates=RateLimits(1e9, 1.0), clock=nobody, max_body_bytes=1000
    )
    kind = protocol_with(shortcut, ConnectionBounds(100, 60.0, 65_536, ProblemWriter("")))
    config = uvicorn.Config(take, lifespan="off", log_config=None, ws="none", http=kind)
    config.load()
    protocol: Any = kind(config=config, server_state=ServerState(), app_state={})  # type: ignore[call-arg]
    transport = Silent()
    protocol.connection_made(transport)
    for piece in pieces:
        protocol.data_received(piece)
    if not transport.is_closing():
        protocol.eof_received()
    async with asyncio.timeout(60):
        await transport.ended.wait()
    protocol.connection_lost(None)
    await asyncio.gather(*protocol.tasks)
    return found


def read_by_others(said: bytes) -> list[Read]:
    """The requests that h11 reads with their whole bodies, up to the first that it refuses.

    Two things are mended for it that a server may pass over, and h11 does not (RFC 9112, sections 2.2 and 3): empty lines before
    a request, and several blanks in its first line.
    """
    found: list[Read] = []
    while said := said.lstrip(b"\r\n"):
        line, end, rest = said.partition(b"\r\n")
        peer = h11.Connection(h11.SERVER)
        peer.receive_data(re.sub(b" +", b" ", line) + end + rest)
        head, body = None, b""
        try:
            while not isinstance(event := peer.next_event(), h11.EndOfMessage):
                if event is h11.NEED_DATA:
                    return found
                if isinstance(event, h11.Request):
                    head = event
                elif isinstance(event, h11.Data):
                    body += bytes(event.data)
        except h11.RemoteProtocolError:
            return found
        assert head is not None
        found.append(Read(head.method, head.target, body))
        said = peer.trailing_data[0]
    return found


def same(ours: Read, theirs: Read) -> bool:
    return ours == theirs._replace(path=theirs.path.removeprefix(b"http://x"))


@settings(max_examples=EXAMPLES)
@given(conversations(), st.data())
def test_no_request_is_taken_that_others_do_not_read(said: bytes, data: st.DataObject) -> None:
    ours, theirs = asyncio.run(read_by_the_gateway([said])), read_by_others(said)
    assert len(ours) <= len(theirs)
    assert all(map(same, ours, theirs))
    at = data.draw(st.integers(0, len(said)))
    assert asyncio.run(read_by_the_gateway([said[:at], said[at:]])) == ours
