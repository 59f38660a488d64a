"""The connection under the routes with a short way: past ASGI they answer what ASGI answers, and keep HTTP's promises."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.gateway_process import Gateway, Gateways
from tests.journey.in_process import inside
from tests.journey.shop import Shop, wait_until


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    gateways = Gateways(tmp_path_factory.mktemp("connection"))
    try:
        made = Shop(gateways.start())
        made.stock()
        yield made
    finally:
        gateways.close()


class Wire:
    """One TCP connection that speaks HTTP by hand."""

    def __init__(self, gateway: Gateway) -> None:
        self.socket = socket.create_connection(("127.0.0.1", gateway.port), timeout=90)
        self.token = gateway.token("decide")

    def ask(
        self, body: bytes = b'{"subject":{"id":"ada"}}', headers: str = "", target: str = "/v1/decide"
    ) -> bytes:
        head = f"POST {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.token}\r\n{headers}"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def answers(self, count: int) -> list[tuple[int, dict[str, str], bytes]]:
        found, rest = [], b""
        while len(found) < count:
            while b"\r\n\r\n" not in rest:
                rest += self.more()
            head, _, rest = rest.partition(b"\r\n\r\n")
            status, *lines = head.decode().split("\r\n")
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            while len(rest) < int(headers["content-length"]):
                rest += self.more()
            length = int(headers["content-length"])
            found.append((int(status.split()[1]), headers, rest[:length]))
            rest = rest[length:]
        return found

    def more(self) -> bytes:
        data = self.socket.recv(65_536)
        assert data, "the connection ended"
        return data

    def rest(self) -> bytes:
        """What still comes before the other side closes, or breaks off because it had not read what was sent."""
        found = b""
        with suppress(ConnectionResetError):
            while data := self.socket.recv(65_536):
                found += data
        return found

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def is_closed(self) -> bool:
        return self.socket.recv(1) == b""


@pytest.fixture
def wire(shop: Shop) -> Iterator[Wire]:
    with Wire(shop.gateway) as made:
        yield made


def test_questions_in_a_row_on_one_connection_are_answered_in_order(wire: Wire) -> None:
    wire.send(
        b"".join(wire.ask(json.dumps({"subject": {"id": "ada"}, "limit": n}).encode()) for n in range(1, 6))
    )
    answers = [json.loads(body) for _, _, body in wire.answers(5)]
    assert [len(each["items"]) for each in answers] == [1, 2, 3, 4, 5]
    indices = [each["audit"]["index"] for each in answers]
    assert indices == sorted(indices)


def test_a_question_in_pieces_and_other_routes_in_between(wire: Wire) -> None:
    question = wire.ask()
    for piece in (question[:30], question[30:-9], question[-9:]):
        wire.send(piece)
        time.sleep(0.02)
    assert wire.answers(1)[0][0] == 200
    wire.send(
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" + wire.ask() + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    assert [status for status, _, _ in wire.answers(3)] == [200, 200, 200]


def test_the_same_head_again_and_again_with_whatever_body_and_in_whatever_pieces(wire: Wire) -> None:
    asked, refused = wire.ask(), wire.ask(b'{"subject":{"id":"ada"]}')
    assert asked.partition(b"\r\n\r\n")[0] == refused.partition(b"\r\n\r\n")[0]
    for _ in range(3):
        wire.send(asked)
        assert wire.answers(1)[0][0] == 200
    wire.send(refused)
    assert wire.answers(1)[0][0] == 400
    wire.send(asked[:-5])
    time.sleep(0.02)
    wire.send(asked[-5:] + asked)
    assert [status for status, _, _ in wire.answers(2)] == [200, 200]
    wire.send(asked)
    assert json.loads(wire.answers(1)[0][2])["audit"]


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ("", b'{"subject":{"id":"ada"},"unknown":1}', 400),
        ("", b'{"subject":{"id":"ada"},"subject":{"id":"bea"}}', 400),
        ("", b'{"subject":{"id":"ada"},"placement":"nowhere"}', 404),
        ("", b"[]", 400),
        ("Authorization: Bearer twice\r\n", b'{"subject":{"id":"ada"}}', 401),
        ("Origin: https://stranger.example\r\n", b'{"subject":{"id":"ada"}}', 403),
        ("Content-Encoding: br\r\n", b'{"subject":{"id":"ada"}}', 415),
        ("Sec-GPC: 1\r\n", b'{"subject":{"id":"ada"}}', 200),
        ("Connection: keep-alive\r\n", b'{"subject":{"id":"ada"}}', 200),
    ],
)
def test_what_is_not_ordinary_is_answered_as_ever_and_the_connection_goes_on(
    wire: Wire, headers: str, body: bytes, status: int
) -> None:
    wire.send(wire.ask(body, headers) + wire.ask())
    (first, more, text), (second, _, _) = wire.answers(2)
    assert (first, second) == (status, 200)
    if status != 200:
        assert more["content-type"] == "application/problem+json"
        assert set(json.loads(text)) >= {"type", "title", "status"}


EVALUATION = "/access/v1/evaluation"
JSON = "Content-Type: application/json\r\n"
EVALUATED = b"""{"subject":{"type":"service","id":"s"},"action":{"name":"recommendations"},
    "resource":{"type":"data_subject","id":"nobody-known"}}"""


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        (JSON, EVALUATED, 200),
        ("Content-Type: application/json; charset=utf-8\r\n", EVALUATED, 200),
        (JSON + "X-Request-ID: from-the-caller\r\n", EVALUATED, 200),
        (JSON, EVALUATED.replace(b"{", b'{"extra":1,', 1), 200),
        (JSON, EVALUATED.replace(b'"id":"s"', b'"id":"s","id":"t"'), 400),
        (JSON, EVALUATED.replace(b'"subject"', b'"nobody"'), 400),
        (JSON + JSON, EVALUATED, 400),
        ("", EVALUATED, 400),
        ("Content-Type: text/plain\r\n", EVALUATED, 400),
        (JSON + "Authorization: Bearer twice\r\n", EVALUATED, 401),
        (JSON + "Origin: https://stranger.example\r\n", EVALUATED, 403),
    ],
)
def test_an_evaluation_is_answered_alike_by_either_way(
    wire: Wire, headers: str, body: bytes, status: int
) -> None:
    """The name of a request, which the short way leaves to the ordinary one, changes nothing but that it comes back."""
    named = headers if "X-Request-ID" in headers else headers + "X-Request-ID: named\r\n"
    wire.send(wire.ask(body, headers, EVALUATION) + wire.ask(body, named, EVALUATION) + wire.ask())
    (first, plain, text), (second, echoed, other), (third, _, _) = wire.answers(3)
    assert (first, second, third) == (status, status, 200)
    assert ("x-request-id" in plain, "x-request-id" in echoed) == (headers is named, True)
    said, again = json.loads(text), json.loads(other)
    if status == 200:
        assert said["context"].pop("audit")["index"] < again["context"].pop("audit")["index"]
        assert said["context"]["reason"] == "no_record"
        assert plain["cache-control"] == echoed["cache-control"] == "private, no-store"
    else:
        assert said.pop("instance", None) != again.pop("instance", "")
    assert said == again


@pytest.mark.parametrize(
    ("path", "body"), [(b"/v1/decide", b'{"subject":{"id":"ada"}}'), (EVALUATION.encode(), EVALUATED)]
)
async def test_the_usual_question_of_a_known_caller_is_taken_and_answered(
    tmp_path: Path, path: bytes, body: bytes
) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        shortcut = served.running.shortcut
        route = shortcut.route_of(path)
        assert route is not None
        authorization = served.http.headers["authorization"].encode()
        length, host = (b"content-length", b"%d" % len(body)), (b"host", b"shop.example")
        ordinary = [(b"content-type", b"application/json"), length, host]
        assert shortcut.admits(route, ordinary)
        assert not shortcut.admits(route, ordinary[:-1])
        assert not shortcut.admits(route, [*ordinary, host])
        assert not shortcut.admits(route, [*ordinary[:-1], (b"host", b"a b")])
        assert not shortcut.admits(route, [*ordinary, (b"content-encoding", b"gzip")])
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        assert not shortcut.admits(route, [*ordinary, *[(b"authorization", authorization)] * 2])
        assert not shortcut.ask(route, b"Bearer never-seen", body, answer.set_result)
        assert not shortcut.ask(route, authorization, b"{}", answer.set_result)
        await served.http.post(path.decode(), content=body, headers={"content-type": "application/json"})
        assert shortcut.ask(route, authorization, body, answer.set_result)
        async with asyncio.timeout(60):
            said = json.loads(await answer)
        assert said.get("audit") or said["context"]["audit"]


def test_a_body_without_a_length_in_advance_is_read(wire: Wire) -> None:
    body = b'{"subject":{"id":"ada"}}'
    head = f"POST /v1/decide HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {wire.token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    wire.send(head.encode() + b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
    assert wire.answers(1)[0][0] == 200


@pytest.mark.parametrize("other", ["h2c", "websocket"])
def test_an_offer_to_go_on_in_another_protocol_is_passed_over_and_the_body_is_no_request(
    wire: Wire, other: str
) -> None:
    smuggled = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    offer = f"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {other}\r\nHTTP2-Settings: AAMAAABk\r\n"
    thrown_away = wire.ask(smuggled, offer, "/v1/m")
    head, _, body = thrown_away.partition(b"\r\n\r\n")
    wire.send(head + b"\r\n\r\n")
    time.sleep(0.02)
    wire.send(body + wire.ask(b'{"subject":{"id":"ada"},"limit":2}', offer) + thrown_away + wire.ask())
    answers = [json.loads(body) for _, _, body in wire.answers(4)]
    assert [each.get("success") for each in answers] == [True, None, True, None]
    assert [len(each["items"]) for each in answers[1::2]] == [2, 10]


def test_an_offer_may_come_with_a_body_without_a_length_in_advance(wire: Wire) -> None:
    body = b'{"subject":{"id":"ada"},"limit":3}'
    head, _, _ = wire.ask(
        b"", "Connection: upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n"
    ).partition(b"Content-Length")
    wire.send(head + b"\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n")
    assert len(json.loads(wire.answers(1)[0][2])["items"]) == 3


def test_a_client_that_asks_to_close_is_let_go(wire: Wire) -> None:
    wire.send(wire.ask(headers="Connection: close\r\n"))
    assert wire.answers(1)[0][0] == 200
    assert wire.is_closed()


def test_who_leaves_before_the_answer_disturbs_nobody(shop: Shop) -> None:
    before = outcomes(shop)
    for _ in range(50):
        with Wire(shop.gateway) as leaving:
            leaving.send(leaving.ask())
    wait_until(lambda: outcomes(shop) >= before + 50, "every question has met its outcome")


def outcomes(shop: Shop) -> float:
    text = httpx.get(f"{shop.gateway.url}/metrics", timeout=90).text
    return sum(
        float(line.split()[-1])
        for line in text.splitlines()
        if line.startswith("volens_") and 'kind="decision"' in line
    )


@pytest.mark.slow
def test_a_stop_answers_what_it_has_taken_and_breaks_off_nothing(gateways: Gateways) -> None:
    gateway = gateways.start()
    assert gateway.process is not None
    with ExitStack() as wires:
        open_wires = [wires.enter_context(Wire(gateway)) for _ in range(20)]
        for wire in open_wires:
            wire.send(wire.ask())
        open_wires[0].answers(1)
        gateway.process.send_signal(signal.SIGTERM)
        rests = [wire.rest() for wire in open_wires[1:]]
    assert gateway.process.wait(90) == 0
    answered = [rest for rest in rests if rest]
    assert answered
    assert all(json.loads(rest.partition(b"\r\n\r\n")[2])["audit"] for rest in answered)


@pytest.mark.slow
@pytest.mark.parametrize(
    "target", ["/v1/decide", "/v1/consents/query"], ids=["plain ASGI", "the application"]
)
def test_whoever_is_answered_after_a_stop_began_is_told_that_the_connection_ends(
    gateways: Gateways, target: str
) -> None:
    gateway = gateways.start()
    assert gateway.process is not None
    with Wire(gateway) as wire:
        wire.token = gateway.token("decide consent:read")
        head, end, body = wire.ask(headers="Expect: 100-continue\r\n", target=target).partition(b"\r\n\r\n")
        wire.send(head + end)
        assert b"100 Continue" in wire.more(), "it waits for the body"
        gateway.process.send_signal(signal.SIGTERM)
        wait_until(lambda: not takes_connections(gateway), "the stop has begun")
        wire.send(body)
        answer = wire.rest()
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.count(b"\r\nconnection: close\r\n") == 1
    assert gateway.process.wait(90) == 0


def takes_connections(gateway: Gateway) -> bool:
    with suppress(ConnectionError), socket.create_connection(("127.0.0.1", gateway.port), timeout=90):
        return True
    return False
