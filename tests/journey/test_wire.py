"""The wire: what RFC 9110 and RFC 9112 ask of a server, spoken by hand, on every way that a request is answered.

Three ways: past ASGI (`/v1/decide`), plain ASGI (`/v1/batch`), and the application behind it (`/healthz`). Behind every faulty request
stands another one, as an attacker would have it: it is never answered, for nobody can know where it begins.

What is in other places: bounds of heads, and requests that do not come to their end (`tests/fault/gateway/test_connections.py`);
offers of other protocols, stopping (`test_short_way.py`); heads by themselves (`tests/unit/gateway/edge/test_request_heads.py`).
"""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from collections.abc import Iterator

import pytest

from tests.gateway_process import Gateways
from tests.journey.shop import Shop
from tests.journey.spoken_http import Answer, connect, everything, read_answers, say

pytestmark = pytest.mark.slow

DECIDE, BATCH, HEALTH = b"/v1/decide", b"/v1/batch", b"/healthz"
WAYS = (DECIDE, BATCH, HEALTH)
QUESTION = b'{"subject":{"id":"ada"}}'
EVENTS = b'{"batch":[{"type":"track","event":"Product Viewed","userId":"ada","messageId":"m-1"}]}'
NEXT = b"GET /healthz HTTP/1.1\r\nHost: smuggled.example\r\n\r\n"
HOST = b"Host: shop.example\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"


class Speaker:
    """Says what it may say to one gateway."""

    def __init__(self, shop: Shop) -> None:
        self.gateway = shop.gateway
        token = shop.gateway.token("decide").encode()
        key = shop.gateway.credentials["server_key"].encode()
        self.proofs = {DECIDE: b"Bearer " + token, BATCH: b"Basic " + b64encode(key + b":"), HEALTH: b""}

    def head(
        self,
        way: bytes,
        fields: bytes = b"",
        *,
        host: bytes = HOST,
        method: bytes | None = None,
        version: bytes = b"HTTP/1.1",
        target: bytes | None = None,
    ) -> bytes:
        """A head without its end."""
        method = method or (b"GET" if way == HEALTH else b"POST")
        proof = b"Authorization: %b\r\n" % self.proofs[way] if self.proofs[way] else b""
        return b"%b %b %b\r\n%b%b%b" % (method, target or way, version, host, proof, fields)

    def whole(self, way: bytes, fields: bytes = b"", **more: bytes) -> bytes:
        """A request with its body, if it has one."""
        body = body_of(way)
        length = b"Content-Length: %d\r\n" % len(body) if body else b""
        return self.head(way, fields + length, **more) + b"\r\n" + body  # type: ignore[arg-type]

    def chunked(self, way: bytes, chunks: bytes, fields: bytes = CHUNKED) -> bytes:
        """A request whose body comes in these chunks."""
        return self.head(way, fields) + b"\r\n" + chunks

    def statuses(self, said: bytes) -> list[int]:
        return [answer.status for answer in self.hear(said)]

    def hear(self, said: bytes, *methods: str) -> list[Answer]:
        return say(self.gateway, said, methods=methods)


def body_of(way: bytes) -> bytes:
    return {DECIDE: QUESTION, BATCH: EVENTS, HEALTH: b""}[way]


def chunk(way: bytes, extension: bytes = b"") -> bytes:
    body = body_of(way)
    return b"%x%b\r\n%b\r\n" % (len(body), extension, body) if body else b""


@pytest.fixture(scope="module")
def speaker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Speaker]:
    gateways = Gateways(tmp_path_factory.mktemp("wire"))
    try:
        shop = Shop(gateways.start())
        shop.stock()
        yield Speaker(shop)
    finally:
        gateways.close()


def assert_refused(answers: list[Answer], status: int) -> None:
    """One answer, the last one of the connection, that repeats nothing."""
    assert [answer.status for answer in answers] == [status]
    assert answers[0].headers["connection"] == "close"
    assert answers[0].headers["content-type"] == "application/problem+json"
    assert json.loads(answers[0].body)["status"] == status
    assert b"example" not in answers[0].body.replace(b"volens", b"")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "host",
    [
        b"",
        HOST + HOST,
        HOST + b"Host: other.example\r\n",
        b"Host: shop.example/x\r\n",
        b"Host: ada@shop.example\r\n",
        b"Host: shop.example, other.example\r\n",
        b"Host: shop.example:http\r\n",
    ],
)
def test_a_request_says_once_for_which_host_it_is(speaker: Speaker, way: bytes, host: bytes) -> None:
    """RFC 9112, section 3.2; section 3.2.2 for addresses."""
    assert_refused(speaker.hear(speaker.whole(way, host=host) + NEXT), 400)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("host", "target", "status"),
    [
        (b"Host:\r\n", b"", 200),
        (b"Host: [::1]:8080\r\n", b"", 200),
        (HOST, b"http://shop.example", 200),
        (HOST, b"HTTPS://Shop.example", 200),
        (HOST, b"http://other.example", 400),
        (b"", b"http://shop.example", 400),
        (b"Host: ada@shop.example\r\n", b"http://ada@shop.example", 400),
        (HOST, b"ftp://shop.example", 400),
    ],
)
def test_the_host_may_stand_in_the_target_too(
    speaker: Speaker, way: bytes, host: bytes, target: bytes, status: int
) -> None:
    answers = speaker.hear(speaker.whole(way, host=host, target=target + way) + NEXT)
    if status == 200:
        assert [answer.status for answer in answers] == [200, 200]
    else:
        assert_refused(answers, status)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "fields",
    [
        b"Content-Length: 3\r\nContent-Length: 3\r\n",
        b"Content-Length: 3\r\nContent-Length: 4\r\n",
        b"Content-Length: 3, 3\r\n",
        b"Content-Length: +3\r\n",
        b"Content-Length: -3\r\n",
        b"Content-Length: 0x3\r\n",
        b"Content-Length: 3 3\r\n",
        b"Content-Length: 3_3\r\n",
        b"Content-Length: 3.0\r\n",
        b"Content-Length:\r\n",
        b"Content-Length: 18446744073709551619\r\n",
        b"Content-Length : 3\r\n",
        b"Content-Length: 3\r\n" + CHUNKED,
        CHUNKED + b"Content-Length: 3\r\n",
        CHUNKED + CHUNKED,
        b"Transfer-Encoding: chunked, chunked\r\n",
        b"Transfer-Encoding: chunked, gzip\r\n",
        b"Transfer-Encoding: identity\r\n",
        b"Transfer-Encoding: identity\r\nContent-Length: 3\r\n",
        b"Transfer-Encoding: xchunked\r\n",
        b'Transfer-Encoding: "chunked"\r\n',
        b"Transfer-Encoding: chunked;q=1\r\n",
        b"Transfer-Encoding: \x0bchunked\r\n",
        b"Transfer-Encoding: chunked\r\n\t, gzip\r\n",
        b"Transfer-Encoding:\r\n",
        b"Transfer-Encoding : chunked\r\n",
        b" Transfer-Encoding: chunked\r\n",
        b"Transfer-Encoding\x00: chunked\r\n",
    ],
)
def test_how_long_a_body_is_can_be_read_in_one_way_only(speaker: Speaker, way: bytes, fields: bytes) -> None:
    """RFC 9112, sections 5.1, 6.1, 6.3; RFC 9110, section 8.6."""
    said = speaker.head(way, fields, method=b"POST") + b"\r\n0\r\n\r\n" + NEXT
    assert_refused(speaker.hear(said), 400)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "fields",
    [b"Transfer-Encoding: gzip, chunked\r\n", b"Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"],
)
def test_a_transfer_coding_that_is_not_understood_is_said_to_be(
    speaker: Speaker, way: bytes, fields: bytes
) -> None:
    """RFC 9112, section 6.1."""
    assert_refused(speaker.hear(speaker.chunked(way, chunk(way) + b"0\r\n\r\n", fields) + NEXT), 501)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "fields",
    [
        b"X: a\r\n b\r\n",
        b"X: a\r\n\tb\r\n",
        b" X: a\r\n",
        b"X : a\r\n",
        b"X\t: a\r\n",
        b"X Y: a\r\n",
        b"X(: a\r\n",
        b"X\xc3: a\r\n",
        b"X\x00: a\r\n",
        b": a\r\n",
        b"X\r\n",
        b"X: a\rb\r\n",
        b"X: a\rY: b\r\n",
        b"X: a\nY: b\r\n",
        b"X: a\x00b\r\n",
        b"X: a\x01b\r\n",
        b"X: a\x7fb\r\n",
        b"\n",
        b"\r",
    ],
)
def test_fields_are_lines_with_a_name_and_a_colon_right_behind_it(
    speaker: Speaker, way: bytes, fields: bytes
) -> None:
    """RFC 9112, sections 2.2, 5.1, 5.2; RFC 9110, section 5.5."""
    assert_refused(speaker.hear(speaker.whole(way, fields) + NEXT), 400)


@pytest.mark.parametrize("way", WAYS)
def test_lines_that_end_in_a_bare_line_feed_are_none(speaker: Speaker, way: bytes) -> None:
    head, _, body = speaker.whole(way).partition(b"\r\n\r\n")
    assert_refused(speaker.hear(head.replace(b"\r\n", b"\n") + b"\n\n" + body + NEXT), 400)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("target", "version"),
    [
        (b"", b"HTTP/0.9"),
        (b"", b"HTTP/1.2"),
        (b"", b"HTTP/1.10"),
        (b"", b"HTTP/2.0"),
        (b"", b"http/1.1"),
        (b"", b"HTTP/1.1 "),
        (b"#x", b"HTTP/1.1"),
        (b"\xc3\xa9", b"HTTP/1.1"),
        (b" x", b"HTTP/1.1"),
        (b"\tx", b"HTTP/1.1"),
        (b"\x00", b"HTTP/1.1"),
    ],
)
def test_the_first_line_is_a_method_a_target_and_a_version(
    speaker: Speaker, way: bytes, target: bytes, version: bytes
) -> None:
    """RFC 9112, sections 2.3, 3, 3.2."""
    assert_refused(speaker.hear(speaker.whole(way, target=way + target, version=version) + NEXT), 400)


@pytest.mark.parametrize(
    "said",
    [
        b"GET /healthz\r\n\r\n",
        b"GET * HTTP/1.1\r\nHost: shop.example\r\n\r\n",
        b"GET healthz HTTP/1.1\r\nHost: shop.example\r\n\r\n",
        b"GET shop.example:80 HTTP/1.1\r\nHost: shop.example\r\n\r\n",
        b"get /healthz HTTP/1.1\r\nHost: shop.example\r\n\r\n",
        b"FETCH /healthz HTTP/1.1\r\nHost: shop.example\r\n\r\n",
        b" GET /healthz HTTP/1.1\r\nHost: shop.example\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
)
def test_what_is_no_request_of_ours_is_answered_and_let_go(speaker: Speaker, said: bytes) -> None:
    assert_refused(speaker.hear(said + NEXT), 400)


@pytest.mark.parametrize("target", [b"shop.example:80", HEALTH])
def test_what_is_to_be_tunnelled_is_no_request(speaker: Speaker, target: bytes) -> None:
    """The parser stops behind the head of a `CONNECT`; what stands there was answered as requests."""
    length = b"Content-Length: %d\r\n" % len(NEXT)
    said = speaker.head(HEALTH, length, method=b"CONNECT", target=target) + b"\r\n" + NEXT
    assert_refused(speaker.hear(said + NEXT), 501)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_sent_back_that_was_sent(speaker: Speaker, way: bytes) -> None:
    """RFC 9110, section 9.3.8 (`TRACE`) and 15.5.6 (`Allow`)."""
    refused, _ = speaker.hear(
        speaker.head(way, b"X-Secret: told-to-nobody\r\n", method=b"TRACE") + b"\r\n" + NEXT
    )
    assert refused.status == 405
    assert "TRACE" not in refused.headers["allow"]
    assert b"told-to-nobody" not in refused.body


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "lines",
    [b"\r\n", b"\r\n\r\n"],
)
def test_empty_lines_before_a_request_are_passed_over(speaker: Speaker, way: bytes, lines: bytes) -> None:
    """RFC 9112, section 2.2."""
    assert speaker.statuses(lines + speaker.whole(way) + lines + NEXT) == [200, 200]


@pytest.mark.parametrize("way", [DECIDE, BATCH])
@pytest.mark.parametrize("length", [b"\t%d\t", b"0%d", b"%d   ", b"000000000000000%d"])
def test_a_length_may_have_zeros_and_blanks_around_it(speaker: Speaker, way: bytes, length: bytes) -> None:
    fields = b"Content-Length:" + length % len(body_of(way)) + b"\r\n"
    assert speaker.statuses(speaker.head(way, fields) + b"\r\n" + body_of(way) + NEXT) == [200, 200]


@pytest.mark.parametrize("way", [DECIDE, BATCH])
@pytest.mark.parametrize(
    ("fields", "extension", "end"),
    [
        (CHUNKED, b"", b"0\r\n\r\n"),
        (b"transfer-encoding: CHUNKED\r\n", b"", b"000\r\n\r\n"),
        (CHUNKED, b";a", b"0;b\r\n\r\n"),
        (CHUNKED, b';a=b;c="d"', b"0\r\n\r\n"),
        (CHUNKED, b"", b"0\r\nX-Digest: 1\r\n\r\n"),
    ],
)
def test_chunks_may_have_extensions_and_trailers(
    speaker: Speaker, way: bytes, fields: bytes, extension: bytes, end: bytes
) -> None:
    """RFC 9112, sections 7.1.1, 7.1.2."""
    said = speaker.chunked(way, chunk(way, extension) + end, fields)
    assert speaker.statuses(said + NEXT) == [200, 200]


@pytest.mark.parametrize("way", [DECIDE, BATCH])
@pytest.mark.parametrize(
    "line",
    [
        b"0x%x\r\n",
        b"-%x\r\n",
        b"+%x\r\n",
        b" %x\r\n",
        b"%x \r\n",
        b"%x ;a\r\n",
        b"%x\n",
        b"%x\r",
        b"%x;a\n",
        b"%x;a\rb\r\n",
        b"%x;a\x00\r\n",
        b"1000000000000000%02x\r\n",
        b"g%x\r\n",
        b";%x\r\n",
        b"\r\n%x\r\n",
    ],
)
def test_the_line_before_a_chunk_is_its_length(speaker: Speaker, way: bytes, line: bytes) -> None:
    """RFC 9112, section 7.1."""
    chunks = line % len(body_of(way)) + body_of(way) + b"\r\n0\r\n\r\n"
    assert_refused(speaker.hear(speaker.chunked(way, chunks) + NEXT), 400)


@pytest.mark.parametrize("way", [DECIDE, BATCH])
@pytest.mark.parametrize("longer", [-1, 1, 2])
def test_a_chunk_is_as_long_as_it_says(speaker: Speaker, way: bytes, longer: int) -> None:
    body = body_of(way)
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body) + longer, body)
    assert_refused(speaker.hear(speaker.chunked(way, chunks) + NEXT), 400)


@pytest.mark.parametrize("way", [DECIDE, BATCH])
@pytest.mark.parametrize("end", [b"0\r\n", b"0\r\nX: a\r\n", b"0\r\nX: a", b""])
def test_chunks_that_do_not_come_to_their_end_are_no_body(speaker: Speaker, way: bytes, end: bytes) -> None:
    """RFC 9112, section 8."""
    assert_refused(speaker.hear(speaker.chunked(way, chunk(way) + end)), 400)


@pytest.mark.parametrize("field", [b"Content-Length: 5", b"Transfer-Encoding: chunked"])
def test_a_trailer_says_nothing_of_lengths(speaker: Speaker, field: bytes) -> None:
    """RFC 9110, section 6.5.1."""
    said = speaker.chunked(DECIDE, chunk(DECIDE) + b"0\r\n%b\r\n\r\n" % field)
    assert_refused(speaker.hear(said + NEXT), 400)


@pytest.mark.parametrize("way", [DECIDE, BATCH])
@pytest.mark.parametrize(
    "field",
    [
        b"Origin: https://stranger.example",
        b"Content-Encoding: br",
        b"Authorization: Bearer nobody",
        b"Host: other.example",
        b"Sec-GPC: 1",
    ],
)
def test_a_trailer_is_no_part_of_the_head(speaker: Speaker, way: bytes, field: bytes) -> None:
    """RFC 9110, section 6.5.1: whoever stands before us has looked at the head."""
    trailed, plain = (
        speaker.hear(speaker.chunked(way, chunk(way) + b"0\r\n%b\r\n" % more) + NEXT)
        for more in (field + b"\r\n", b"")
    )
    assert [answer.status for answer in trailed] == [answer.status for answer in plain] == [200, 200]
    assert trailed[0].headers.keys() == plain[0].headers.keys()
    said, expected = json.loads(trailed[0].body), json.loads(plain[0].body)
    assert said.get("reason") == expected.get("reason")


@pytest.mark.parametrize("way", [DECIDE, BATCH])
def test_a_trailer_after_which_nothing_more_is_read_ends_the_connection(speaker: Speaker, way: bytes) -> None:
    """It has no business there; the parser heeds it, and would pass over every request behind it."""
    with connect(speaker.gateway) as peer:
        peer.sendall(speaker.chunked(way, chunk(way) + b"0\r\nConnection: close\r\n\r\n") + NEXT)
        assert [told(answer) for answer in read_answers(everything(peer))] == [way]


def test_who_proves_who_they_are_behind_the_body_has_not_done_so(speaker: Speaker) -> None:
    head = b"POST /v1/batch HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n" + chunk(BATCH) + b"0\r\n"
    proof = b"Authorization: %b\r\n" % speaker.proofs[BATCH]
    assert speaker.statuses(head + proof + b"\r\n" + NEXT) == [401, 200]
    assert speaker.statuses(speaker.chunked(BATCH, chunk(BATCH) + b"0\r\n\r\n") + NEXT) == [200, 200]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "option", [b"close", b"Close", b"CLOSE", b"keep-alive, close", b"close, x", b"x\r\nConnection: close"]
)
def test_who_asks_to_close_in_whatever_spelling_is_answered_and_no_more(
    speaker: Speaker, way: bytes, option: bytes
) -> None:
    """RFC 9112, section 9.6. The connection stays half open: it is the gateway who closes it."""
    with connect(speaker.gateway) as peer:
        peer.sendall(speaker.whole(way, b"Connection: %b\r\n" % option) + NEXT)
        (answer,) = read_answers(everything(peer))
    assert (answer.status, answer.headers["connection"]) == (200, "close")


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("option", [b"", b"Connection: keep-alive\r\n"])
def test_a_client_of_http_1_0_is_answered_once(speaker: Speaker, way: bytes, option: bytes) -> None:
    """RFC 9112, section 9.3; it needs no `Host`, and is not told to go on (RFC 9110, section 10.1.1)."""
    said = speaker.whole(way, option + b"Expect: 100-continue\r\n", host=b"", version=b"HTTP/1.0")
    with connect(speaker.gateway) as peer:
        peer.sendall(said + NEXT)
        (answer,) = read_answers(everything(peer))
    assert answer.status == 200
    assert "transfer-encoding" not in answer.headers


@pytest.mark.parametrize("way", WAYS)
def test_http_1_0_knows_no_chunks(speaker: Speaker, way: bytes) -> None:
    """RFC 9112, section 6.1: its framing is faulty."""
    said = (
        speaker.head(way, CHUNKED, version=b"HTTP/1.0", method=b"POST") + b"\r\n" + chunk(way) + b"0\r\n\r\n"
    )
    assert_refused(speaker.hear(said + NEXT), 400)


def test_a_stream_to_http_1_0_ends_with_its_connection(speaker: Speaker) -> None:
    address = stream_of(speaker)
    with connect(speaker.gateway) as peer:
        peer.sendall(b"GET %b HTTP/1.0\r\n\r\n" % address)
        heard = b""
        while b": open\n\n" not in heard:
            part = peer.recv(65_536)
            assert part, "the stream ended"
            heard += part
    head, _, body = heard.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert b"transfer-encoding" not in head
    assert body == b"retry: 2000\n: open\n\n", "and no chunks"


def stream_of(speaker: Speaker) -> bytes:
    with speaker.gateway.caller(headers={"authorization": speaker.proofs[DECIDE].decode()}) as caller:
        answer = caller.post("/v1/stream-tokens", json={"subject": {"id": "ada"}})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["stream"]).encode()


@pytest.mark.parametrize("way", [DECIDE, BATCH])
def test_who_waits_to_be_asked_for_the_body_is_asked(speaker: Speaker, way: bytes) -> None:
    """RFC 9110, section 10.1.1."""
    head, _, body = speaker.whole(way, b"Expect: 100-Continue\r\n").partition(b"\r\n\r\n")
    with connect(speaker.gateway) as peer:
        peer.sendall(head + b"\r\n\r\n")
        assert peer.recv(65_536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        peer.sendall(body + NEXT)
        peer.shutdown(socket.SHUT_WR)
        assert [answer.status for answer in read_answers(everything(peer))] == [200, 200]


@pytest.mark.parametrize("target", [b"/nowhere", HEALTH])
def test_who_is_answered_without_having_been_asked_for_the_body_sends_nothing_more(
    speaker: Speaker, target: bytes
) -> None:
    """The body may come or not: what came next was read as the body."""
    head = speaker.head(BATCH, b"Expect: 100-continue\r\nContent-Length: 500\r\n", target=target)
    with connect(speaker.gateway) as peer:
        peer.sendall(head + b"\r\n")
        (answer,) = read_answers(everything(peer))
    assert answer.status in (404, 405)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("way", WAYS)
def test_an_expectation_that_nobody_knows_is_none(speaker: Speaker, way: bytes) -> None:
    assert speaker.statuses(speaker.whole(way, b"Expect: miracles\r\n") + NEXT) == [200, 200]


@pytest.mark.parametrize(
    ("target", "host", "statuses"),
    [
        (HEALTH, HOST, [200, 200]),
        (DECIDE, HOST, [405, 200]),
        (b"/nowhere", HOST, [404, 200]),
        (b"/log/log.vkey", HOST, [200, 200]),
        (HEALTH, b"", [400]),
        (HEALTH + b"?" + b"x" * 70_000, HOST, [414]),
    ],
)
def test_a_head_is_answered_by_a_head(
    speaker: Speaker, target: bytes, host: bytes, statuses: list[int]
) -> None:
    """RFC 9110, section 9.3.2: refused or not, not a byte stands between it and the next answer."""
    said = speaker.head(HEALTH, method=b"HEAD", target=target, host=host) + b"\r\n" + NEXT
    assert [answer.status for answer in speaker.hear(said, "HEAD")] == statuses


def test_a_refused_head_has_no_body_behind_other_answers_either(speaker: Speaker) -> None:
    said = NEXT + speaker.head(HEALTH, method=b"HEAD", host=b"") + b"\r\n"
    answers = speaker.hear(said, "GET", "HEAD")
    assert [(answer.status, bool(answer.body)) for answer in answers] == [(200, True), (400, False)]


def test_answers_without_content_have_none(speaker: Speaker) -> None:
    """RFC 9110, sections 8.6, 15.3.5, 15.4.5."""
    page = b"GET /banner/v1.js HTTP/1.1\r\n" + HOST
    (known,) = speaker.hear(page + b"\r\n")
    again = page + b"If-None-Match: %b\r\n\r\n" % known.headers["etag"].encode()
    nothing = speaker.head(HEALTH, method=b"OPTIONS") + b"\r\n"
    first, second, third = speaker.hear(again + nothing + NEXT)
    assert [first.status, second.status, third.status] == [304, 204, 200]
    assert "content-length" not in second.headers
    assert "transfer-encoding" not in second.headers.keys() | first.headers.keys()


def test_options_of_the_whole_server_are_answered(speaker: Speaker) -> None:
    """RFC 9110, section 9.3.7: there is nothing that holds for all of it."""
    said = speaker.head(HEALTH, method=b"OPTIONS", target=b"*") + b"\r\n"
    assert speaker.statuses(said + NEXT) == [404, 200]


@pytest.mark.parametrize("times", [1, 2, 7])
@pytest.mark.parametrize(
    "ways", [(DECIDE,), (BATCH,), (HEALTH,), WAYS, (HEALTH, DECIDE, DECIDE), (BATCH, DECIDE)]
)
def test_who_says_that_nothing_more_will_come_is_answered_everything(
    speaker: Speaker, ways: tuple[bytes, ...], times: int
) -> None:
    """RFC 9112, sections 9.3.2 and 9.6."""
    answers = speaker.hear(b"".join(map(speaker.whole, ways)) * times)
    assert [told(answer) for answer in answers] == list(ways) * times


def told(answer: Answer) -> bytes:
    """Which way an answer came."""
    assert answer.status == 200
    said = json.loads(answer.body)
    return DECIDE if "decision_id" in said else BATCH if "accepted" in said else HEALTH


def test_a_known_head_is_answered_after_the_half_close_as_before_it(speaker: Speaker) -> None:
    with connect(speaker.gateway) as peer:
        for _ in range(3):
            peer.sendall(speaker.whole(DECIDE))
            assert peer.recv(65_536).startswith(b"HTTP/1.1 200 ")
        peer.sendall(speaker.whole(DECIDE))
        peer.shutdown(socket.SHUT_WR)
        assert [told(answer) for answer in read_answers(everything(peer))] == [DECIDE]


@pytest.mark.parametrize("before", [(), (DECIDE,), (HEALTH,), (BATCH, DECIDE)])
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("missing", [1, 30])
def test_what_does_not_come_to_its_end_is_refused_when_what_was_asked_before_is_answered(
    speaker: Speaker, before: tuple[bytes, ...], way: bytes, missing: int
) -> None:
    *answers, last = speaker.hear(b"".join(map(speaker.whole, before)) + speaker.whole(way)[:-missing])
    assert [told(answer) for answer in answers] == list(before)
    assert_refused([last], 400)


@pytest.mark.parametrize("before", [(DECIDE,), (HEALTH,), (BATCH, DECIDE), WAYS])
@pytest.mark.parametrize(
    "fault",
    [
        b"nonsense\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\n\r\n",
        b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense",
    ],
)
def test_a_fault_never_stands_where_the_answer_to_something_else_belongs(
    speaker: Speaker, before: tuple[bytes, ...], fault: bytes
) -> None:
    """RFC 9112, section 9.3.2: whoever asked first would have taken it for theirs."""
    *answers, last = speaker.hear(b"".join(map(speaker.whole, before)) + fault + NEXT)
    assert [told(answer) for answer in answers] == list(before)
    assert_refused([last], 400)


def test_what_is_answered_already_is_not_answered_again(speaker: Speaker) -> None:
    """A body that is still on its way when its request has been refused, and turns out to be none."""
    with connect(speaker.gateway) as peer:
        peer.sendall(b"POST /nowhere HTTP/1.1\r\n" + HOST + CHUNKED + b"\r\n")
        first = peer.recv(65_536)
        peer.sendall(b"nonsense\r\n" + NEXT)
        (answer,) = read_answers(first + everything(peer))
    assert answer.status == 404


@pytest.mark.parametrize("said", [b"", b"\r\n"])
def test_who_says_nothing_is_told_nothing(speaker: Speaker, said: bytes) -> None:
    assert speaker.hear(said) == []
    assert speaker.statuses(NEXT) == [200], "and disturbs nobody"


@pytest.mark.parametrize("behind", [b"", NEXT, NEXT[:-1], b"nonsense\r\n\r\n"])
@pytest.mark.parametrize("how", [socket.SHUT_WR, socket.SHUT_RDWR])
def test_a_listener_who_leaves_is_gone_at_once(speaker: Speaker, behind: bytes, how: int) -> None:
    """Nobody has more than ten streams at once; what they hold is free again long before the gateway would say something."""
    address = stream_of(speaker)
    for _ in range(25):
        with connect(speaker.gateway) as peer:
            peer.sendall(b"GET %b HTTP/1.1\r\n%b\r\n" % (address, HOST) + behind)
            assert peer.recv(65_536).startswith(b"HTTP/1.1 200 ")
            peer.shutdown(how)
            everything(peer)
