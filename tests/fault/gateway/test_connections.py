"""Clients that hold connections without saying anything: they are let go, and take nothing from anybody else."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop
from tests.requirement import require

FILES = 320
"""Files the gateway may open: 64 connections, and what it keeps for itself."""
PEERS = 500


def impatient(directory: Path) -> None:
    settings = directory / "volens.toml"
    settings.write_text(settings.read_text().replace("[server]", "[server]\nrequest_seconds = 2", 1))


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("connections"))
    made = gateways.create(impatient)
    made.prefix = (require("prlimit"), f"--nofile={FILES}:{FILES}")
    made.serve()
    yield made
    gateways.close()


def connect(gateway: Gateway) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gateway.port), timeout=90)


def everything(peer: socket.socket) -> bytes:
    """What is sent until the other side closes."""
    found = b""
    while part := peer.recv(65_536):
        found += part
    return found


def turned_away(peers: Sequence[socket.socket]) -> int:
    """How many of `peers` have been answered 503 as soon as any of them is answered."""
    with selectors.DefaultSelector() as answered:
        for peer in peers:
            answered.register(peer, selectors.EVENT_READ)
        return sum(_is_turned_away(key.fileobj) for key, _ in answered.select(timeout=90))


def _is_turned_away(peer: object) -> bool:
    assert isinstance(peer, socket.socket)
    with suppress(ConnectionResetError):
        return peer.recv(64).startswith(b"HTTP/1.1 503 ")
    return False


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /healthz HT",
        b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
        b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{",
    ],
)
def test_a_request_that_does_not_come_to_its_end_is_answered_408(gateway: Gateway, said: bytes) -> None:
    with connect(gateway) as peer:
        peer.sendall(said)
        answer = everything(peer)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    assert b"/request-timeout" in answer


@pytest.mark.slow
def test_an_answered_connection_cannot_be_held_by_empty_lines(gateway: Gateway) -> None:
    with connect(gateway) as peer:
        peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert peer.recv(65_536).startswith(b"HTTP/1.1 200 ")
        peer.sendall(b"\r\n")
        assert b"HTTP/1.1 408 " in everything(peer)


HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n"
DECIDE = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n"
CHUNKED = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"


@pytest.mark.slow
@pytest.mark.parametrize(
    "said",
    [
        HEALTH + b"X: " + b"x" * 70_000 + b"\r\n\r\n",
        HEALTH + b"X: " + b"x" * 2_000_000,
        DECIDE + b"X: 1\r\n" * 101 + b"\r\n{}",
        DECIDE + b"X: 1\r\n" * 50_000,
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
        CHUNKED + b"X: " + b"x" * 2_000_000,
    ],
    ids=["one field", "a field without an end", "fields", "fields without an end", "address", "trailer"],
)
def test_a_head_is_read_up_to_its_bounds(gateway: Gateway, said: bytes) -> None:
    with connect(gateway) as peer:
        with suppress(ConnectionError):
            peer.sendall(said)
        answer = b""
        with suppress(ConnectionError):
            answer = everything(peer)
    status = b"414" if said.startswith(b"GET /x") else b"431"
    assert not answer or b"HTTP/1.1 %b " % status in answer, "who goes on sending may miss the answer"
    assert len(said) > 10_000 or answer


@pytest.mark.slow
def test_within_the_bounds_everything_is_read_however_much_comes_at_once(gateway: Gateway) -> None:
    full = HEALTH + b"".join(b"X%d: %b\r\n" % (n, b"x" * 500) for n in range(98)) + b"\r\n"
    body = b"{" + b" " * 60_000
    longer = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (len(body) + 60_000)
    with connect(gateway) as peer:
        peer.sendall(full * 8 + longer + body + b" " * 60_000 + HEALTH + b"Connection: close\r\n\r\n")
        answer = everything(peer)
    assert answer.count(b"HTTP/1.1 200 ") == 9
    assert answer.count(b"HTTP/1.1 ") == 10


@pytest.mark.slow
def test_what_is_no_http_is_answered_with_a_problem(gateway: Gateway) -> None:
    with connect(gateway) as peer:
        peer.sendall(b"hello there\r\n\r\n")
        answer = everything(peer)
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"application/problem+json" in answer
    assert b"hello" not in answer


@pytest.mark.slow
def test_as_many_connections_as_one_likes_stop_neither_the_log_nor_a_withdrawal(gateway: Gateway) -> None:
    shop = Shop(gateway)
    shop.consent("ada", "given")
    until = time.monotonic() + 3
    refused = 0
    while not refused or time.monotonic() < until:
        with ExitStack() as peers:
            refused += turned_away([peers.enter_context(connect(gateway)) for _ in range(PEERS)])
        assert time.monotonic() < until + 60, "more than there is room for"
    shop.consent("ada", "withdrawn")
    decided = shop.decide("ada")
    assert (decided["reason"], decided["audit"] is None) == ("refused", False)
    assert "log_unavailable" not in gateway.log_file.read_text()
