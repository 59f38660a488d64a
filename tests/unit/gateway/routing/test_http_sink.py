"""One POST: what is sent, what is not, and what an answer or its absence means."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from gateway.routing import Destination, FeedError, LetterReason, Trouble
from gateway.routing.answers import Again, Delivered, Outdated, Refused
from gateway.routing.formats import Formats
from gateway.routing.http_sink import Dialect, HttpSink, basic_headers, signed_headers
from gateway.routing.model import Batch
from gateway.routing.pseudonyms import DestinationPseudonyms
from gateway.routing.signatures import RequestSigner
from tests.unit.gateway.routing.fakes import PURPOSE, a_destination, a_signal, person, until

NOW = 1_800_000_000.0
CANARY = "canary-of-the-body-7f3a91"
PSEUDONYMS = DestinationPseudonyms(b"k" * 32, PURPOSE)
BATCH = Batch("b", (a_signal(0), a_signal(1)))
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def a_sink(
    destination: Destination, transport: httpx.AsyncBaseTransport | None = None, *, basic: bool = False
) -> HttpSink:
    formats = Formats(destination, PSEUDONYMS, "gateway.example/log")
    signed = Dialect(formats.cloudevents, signed_headers(RequestSigner(b"s" * 32)))
    dialect = Dialect(formats.segment, basic_headers("wk_1")) if basic else signed
    return HttpSink(destination, dialect, lambda: NOW, transport)


def replying(reply: Callable[[httpx.Request], httpx.Response]) -> httpx.MockTransport:
    return httpx.MockTransport(reply)


def answered(status: int, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, headers=headers, stream=httpx.ByteStream(b""))


@asynccontextmanager
async def serving(handle: Handler) -> AsyncIterator[str]:
    """A raw TCP server on loopback; yields its URL."""

    async def once(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handle(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(once, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/in"
    finally:
        server.close()


async def test_a_batch_is_posted_signed_and_nothing_personal_is_in_the_url() -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answered(202)

    sink = a_sink(a_destination(), replying(reply))
    assert await sink.deliver(BATCH, lambda: True) == Delivered()
    [request] = seen
    assert (request.method, str(request.url)) == ("POST", "https://receiver.example/signals")
    assert request.headers["content-type"] == "application/cloudevents-batch+json"
    body = await request.aread()
    assert request.headers["content-length"] == str(len(body))
    assert "transfer-encoding" not in request.headers
    assert [event["id"] for event in json.loads(body)] == [
        "gateway.example/log/0/0",
        "gateway.example/log/1/0",
    ]
    again = RequestSigner(b"s" * 32).headers(
        str(request.url), request.headers["content-type"], body, int(NOW)
    )
    assert {name: request.headers[name] for name in again} == again
    await sink.close()


async def test_a_segment_body_goes_with_basic_authentication() -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answered(200)

    assert (
        await a_sink(a_destination(), replying(reply), basic=True).deliver(BATCH, lambda: True) == Delivered()
    )
    assert base64.b64decode(seen[0].headers["authorization"].removeprefix("Basic ")) == b"wk_1:"
    assert seen[0].headers["content-type"] == "application/json"


async def test_a_redirect_is_not_followed_and_a_cookie_not_kept() -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answered(307, {"location": "https://elsewhere.example/", "set-cookie": "who=1; Path=/"})

    sink = a_sink(a_destination(), replying(reply))
    for _ in range(2):
        assert await sink.deliver(BATCH, lambda: True) == Refused(LetterReason.REJECTED, 307, divisible=False)
    assert [request.url.host for request in seen] == ["receiver.example", "receiver.example"]
    assert "cookie" not in seen[1].headers


async def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()

    async with serving(accept) as url:
        sink = a_sink(a_destination(url=url))
        assert await sink.deliver(BATCH, lambda: True) == Delivered()
        await sink.close()


async def test_a_batch_that_is_too_large_is_never_sent() -> None:
    sink = a_sink(a_destination(max_batch_bytes=1024), replying(lambda request: pytest.fail("sent")))
    many = Batch("b", tuple(a_signal(i) for i in range(50)))
    assert await sink.deliver(many, lambda: True) == Refused(LetterReason.TOO_LARGE)


async def test_a_batch_that_cannot_be_written_is_never_sent() -> None:
    sink = a_sink(a_destination(), replying(lambda request: pytest.fail("sent")))
    broken = Batch("b", (a_signal(0, attributes={"x": object()}),))
    assert await sink.deliver(broken, lambda: True) == Refused(LetterReason.UNENCODABLE)


async def test_nobody_listening_is_unreachable() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del reader, writer

    async with serving(hang_up) as url:
        pass
    sink = a_sink(a_destination(url=url))
    assert await sink.deliver(BATCH, lambda: True) == Again(Trouble.UNREACHABLE)
    await sink.close()


async def test_a_destination_that_hangs_up_is_unreachable() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        del writer

    async with serving(hang_up) as url:
        sink = a_sink(a_destination(url=url))
        assert await sink.deliver(BATCH, lambda: True) == Again(Trouble.UNREACHABLE)
        await sink.close()


async def test_headers_that_drip_do_not_outlast_the_time_limit() -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n")
        try:
            for n in range(1000):
                writer.write(f"x-{n}: y\r\n".encode())
                await writer.drain()
                await asyncio.sleep(0.02)
        except ConnectionError:
            return

    async with serving(drip) as url:
        sink = a_sink(a_destination(url=url, timeout_seconds=0.2))
        assert await sink.deliver(BATCH, lambda: True) == Again(Trouble.SLOW)
        await sink.close()


async def test_an_endless_body_does_not_take_the_answer_back() -> None:
    async def endless(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b"4000\r\n" + b"x" * 0x4000 + b"\r\n")
                await writer.drain()
        except ConnectionError:
            return

    async with serving(endless) as url:
        sink = a_sink(a_destination(url=url))
        assert await sink.deliver(BATCH, lambda: True) == Delivered()
        await sink.close()


async def test_a_withdrawal_while_connecting_keeps_every_byte_of_the_body_back() -> None:
    received = bytearray()
    gone = asyncio.Event()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.read())
        gone.set()
        del writer

    async with serving(keep) as url:
        sink = a_sink(a_destination(url=url))
        marked = Batch("b", (a_signal(0, attributes={"product_id": CANARY}),))
        assert await sink.deliver(marked, lambda: False) == Outdated()
        await until(gone.is_set)
        await sink.close()
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    assert body == b""
    assert CANARY.encode() not in head
    assert PSEUDONYMS.of(person(1)).encode() not in head


async def test_a_withdrawal_in_the_middle_of_a_large_body_breaks_it_off() -> None:
    received = bytearray()
    gone = asyncio.Event()
    asked = 0

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.read())
        gone.set()
        del writer

    def permitted() -> bool:
        nonlocal asked
        asked += 1
        return asked < 2

    large = Batch("b", tuple(a_signal(i, attributes={"x": "y" * 2000}) for i in range(100)))
    async with serving(keep) as url:
        sink = a_sink(a_destination(url=url))
        assert await sink.deliver(large, permitted) == Outdated()
        await until(gone.is_set)
        await sink.close()
    head, _, body = bytes(received).partition(b"\r\n\r\n")
    announced = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert len(body) < announced, "the message is incomplete, so a receiver discards it"


async def test_what_is_signed_is_the_target_that_the_receiver_sees() -> None:
    seen: list[httpx.Request] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answered(200)

    sink = a_sink(a_destination(url="https://Receiver.example:443"), replying(reply))
    await sink.deliver(BATCH, lambda: True)
    [request] = seen
    signed = RequestSigner(b"s" * 32).headers(
        "https://receiver.example/", request.headers["content-type"], await request.aread(), int(NOW)
    )
    assert request.headers["signature"] == signed["signature"]
    assert (request.headers["host"], request.url.raw_path) == ("receiver.example", b"/")


async def test_when_permission_cannot_be_judged_no_byte_of_the_body_leaves() -> None:
    received = bytearray()
    gone = asyncio.Event()

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.extend(await reader.read())
        gone.set()
        del writer

    def unsure() -> bool:
        raise FeedError

    async with serving(keep) as url:
        sink = a_sink(a_destination(url=url))
        with pytest.raises(FeedError):
            await sink.deliver(BATCH, unsure)
        await until(gone.is_set)
        await sink.close()
    assert bytes(received).partition(b"\r\n\r\n")[2] == b""
