"""The one door to Flower's link: devices come in by it, and only as far as the paths that are for devices.

Flower 1.41 answers everything at one port: devices, those who start runs, and runs. Whoever starts a run decides what stock
SuperNodes execute, and Flower asks them for nothing. So the link listens at the loopback alone, and this stands before it. A
request is taken apart and put together anew: what cannot be read is not handed on, and neither is any path that is not on the
list.

Source: RFC 9112 (messages are delimited by `Content-Length` alone; a request with a transfer coding is refused).
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Iterable
from contextlib import suppress

import httptools

from gateway.fleet_server.held_bodies import MAX_BODY_BYTES, MAX_QUESTION_BYTES, Body, HeldBodies

_OPEN = frozenset(
    b"/v1/fleet/" + each
    for each in (b"activate-node", b"send-node-heartbeat", b"pull-messages", b"push-messages")
)
"""What a device asks. It is registered by its enrolment, not by itself, and fetches no program."""
_BRINGS = b"/v1/fleet/push-messages"
"""The one request that brings a contribution."""
_REFUSED = b"HTTP/1.1 %b\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
_LONGEST_TARGET = 256
_DROPPED = frozenset(
    {b"connection", b"content-length", b"host", b"keep-alive", b"proxy-connection", b"te", b"upgrade"}
)
MAX_HEAD_BYTES = 16_384
"""Of a request or an answer, its target among them, counted as it comes in."""
IDLE_SECONDS = 90.0
"""Between two requests, and between two parts of an answer of the link."""
REQUEST_SECONDS = 120.0
"""From the first byte of a request to its last, and for taking an answer: whoever is slower holds what others need."""
MAX_CONNECTIONS = 4_096
_READ_BYTES = 65_536
_TOLD_AGAIN_SECONDS = 0.5
_UNREADABLE = (httptools.HttpParserError, httptools.HttpParserUpgrade)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Who = Callable[[Iterable[tuple[bytes, bytes]]], bytes | None]
"""Finds out of headers which device sent them: `KnownDevices.who`."""


class Message:
    """A request or an answer, as the parser finds it."""

    def __init__(self, held: HeldBodies, who: Who) -> None:
        """Begin with nothing received; what is, is counted in `held` until it is let go, to whom `who` finds in the headers."""
        self.url = b""
        self.headers: list[tuple[bytes, bytes]] = []
        self.is_whole = False
        self.device: bytes | None = None
        """Whose it is; nothing is held of what is nobody's."""
        self._held = held
        self._who = who
        self._body: Body | None = None
        self._size = 0
        self._head: int | None = 0
        self._most = MAX_BODY_BYTES

    def count(self, data: bytes) -> bytes:
        """Bytes that are about to be parsed: not more of them than a head may have, while there is no body."""
        if self._head is not None:
            self._head += len(data)
            if self._head > MAX_HEAD_BYTES + _READ_BYTES:
                raise httptools.HttpParserError("too long")
        return data

    def let_go(self) -> None:
        """It is not held any more."""
        if self._body is not None:
            self._body.let_go()

    def on_url(self, url: bytes) -> None:
        """A part of the target: longer ones than devices ask for are not taken."""
        self.url += url
        if len(self.url) > _LONGEST_TARGET:
            raise httptools.HttpParserError("not taken")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header line."""
        self.headers.append((name.lower(), value))
        if name.lower() == b"transfer-encoding":
            raise httptools.HttpParserError("not taken")

    def on_headers_complete(self) -> None:
        """The head is there, and what is asked, and by whom, says how long the body may be."""
        self._head = None
        if sum(len(name) + len(value) for name, value in self.headers) > MAX_HEAD_BYTES:
            raise httptools.HttpParserError("not taken")
        self.device = self._who(self.headers)
        if self.device is not None:
            self._body = self._held.begin(self.device)
        if self.device is None or (self.url and self.url != _BRINGS):
            self._most = MAX_QUESTION_BYTES

    def on_body(self, part: bytes) -> None:
        """A part of the body."""
        self._size += len(part)
        if self._size > self._most or (self._body is not None and not self._body.take(part)):
            raise httptools.HttpParserError("too large")

    def on_message_complete(self) -> None:
        """All of it is there."""
        if self.is_whole:
            raise httptools.HttpParserError("one at a time")
        self.is_whole = True

    def passed_on(self) -> bytes:
        """Header lines that go further, and the length."""
        kept = b"".join(b"%b: %b\r\n" % each for each in self.headers if each[0] not in _DROPPED)
        content = b"" if self._body is None else self._body.content
        return kept + b"content-length: %d\r\n\r\n" % len(content) + content


def is_for_devices(method: bytes, target: bytes) -> bool:
    """Whether a request goes through the door."""
    return method == b"POST" and target in _OPEN


class DeviceDoor:
    """Listens for devices."""

    def __init__(self, link_port: int, outside: ssl.SSLContext, inside: ssl.SSLContext, who: Who) -> None:
        """Stand before the link at a port of the loopback.

        Args:
            link_port: the link's.
            outside: is shown to devices.
            inside: trusts the link.
            who: finds out which device asks; whoever is none is refused.
        """
        self._link_port = link_port
        self._who = who
        self._outside = outside
        self._inside = inside
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[object]] = set()
        self._held = HeldBodies()
        self.received_bytes = 0
        """What devices sent so far, inside TLS."""
        self.sent_bytes = 0
        """What they were sent."""

    async def start(self, host: str, port: int) -> int:
        """Listen; the port, which is any free one for 0."""
        self._server = await asyncio.start_server(
            self._serve, host, port, ssl=self._outside, limit=MAX_HEAD_BYTES, ssl_handshake_timeout=10
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no more, and end what is open."""
        if self._server is not None:
            self._server.close()
        while ending := [each for each in self._open if not each.done()]:
            for each in ending:
                each.cancel()
            # Python 3.11's `wait_for` keeps a cancellation to itself that comes with what it waited for: then it is told again.
            await asyncio.wait(ending, timeout=_TOLD_AGAIN_SECONDS)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or len(self._open) >= MAX_CONNECTIONS:
            writer.close()
            return
        self._open.add(task)
        behind: Streams | None = None
        try:
            while (asked := await self._request(reader, writer)) is not None:
                device, request = asked
                if (
                    behind is None or behind[0].at_eof()
                ):  # the link hangs up on who was silent for some seconds
                    _hang_up(behind)
                    behind = await asyncio.open_connection("127.0.0.1", self._link_port, ssl=self._inside)
                with self._held.holding(device, request):
                    answer = await self._asked(behind, device, request)
                del asked, request
                with self._held.holding(device, answer):
                    self.sent_bytes += len(answer)
                    writer.write(answer)
                    await asyncio.wait_for(writer.drain(), REQUEST_SECONDS)
                del answer
        except (OSError, TimeoutError, *_UNREADABLE, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # whoever speaks like that is not answered, and nobody is once the door closes
        finally:
            self._open.discard(task)
            _hang_up((reader, writer))
            _hang_up(behind)

    async def _request(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> tuple[bytes, bytes] | None:
        """Who asks what of the link, written anew; None at the end, and after what is not for devices or of none."""
        message = Message(self._held, self._who)
        parser = httptools.HttpRequestParser(message)
        try:
            data = await asyncio.wait_for(reader.read(_READ_BYTES), IDLE_SECONDS)
            async with asyncio.timeout(REQUEST_SECONDS):
                while data:
                    self.received_bytes += len(data)
                    parser.feed_data(message.count(data))
                    if message.is_whole:
                        break
                    data = await reader.read(_READ_BYTES)
            if not message.is_whole:
                return None
            if not is_for_devices(parser.get_method(), message.url):
                writer.write(_REFUSED % b"404 Not Found")
            elif message.device is None:
                writer.write(_REFUSED % b"401 Unauthorized")
            else:
                head = b"POST %b HTTP/1.1\r\nhost: 127.0.0.1\r\n" % message.url
                return message.device, head + message.passed_on()
            return None
        finally:
            message.let_go()

    async def _asked(self, behind: Streams, device: bytes, request: bytes) -> bytes:
        """The link's answer to a device's request, ready to be sent."""
        reader, writer = behind
        writer.write(request)
        await writer.drain()
        answer = Message(self._held, lambda _: device)
        parser = httptools.HttpResponseParser(answer)
        try:
            while not answer.is_whole:
                data = await asyncio.wait_for(reader.read(_READ_BYTES), IDLE_SECONDS)
                if not data:
                    raise asyncio.IncompleteReadError(b"", None)
                parser.feed_data(answer.count(data))
            return b"HTTP/1.1 %d Answer\r\n" % parser.get_status_code() + answer.passed_on()
        finally:
            answer.let_go()


def _hang_up(streams: Streams | None) -> None:
    if streams is not None:
        with suppress(OSError):
            streams[1].close()


def outside_context(certificate: str, key: str) -> ssl.SSLContext:
    """What devices are shown."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_cert_chain(certificate, key)
    return context


def inside_context(authority: str) -> ssl.SSLContext:
    """What the link is trusted by."""
    return ssl.create_default_context(cafile=authority)
