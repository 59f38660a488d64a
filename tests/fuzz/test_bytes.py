"""Bytes of any kind at the hot routes: a typed problem or an answer, within bounds of time and memory, and the gateway lives on."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import ALL_SCOPES
from tests.requirement import whole_campaign

EXAMPLES = 3000 if whole_campaign() else 60
ROUTES = ["/v1/track", "/v1/batch", "/v1/decide", "/v1/identify", "/v1/consents/query", "/v1/rights"]
MEMORY_BYTES = 700 << 20

NASTY = [
    b"",
    b"null",
    b"[]",
    b"\xff\xfe{}",
    b"\xef\xbb\xbf{}",
    b'{"batch":' + b"[" * 100_000,
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    b'{"batch":[{"event":"x","userId":"' + b"9" * 30_000 + b'"}]}',
    b'{"limit":1e400,"subject":{"id":"a"}}',
    b'{"limit":123456789012345678901234567890,"subject":{"id":"a"}}',
    b'{"subject":{"id":"\\ud800"}}',
    b'{"subject":{"id":"a"},"limit":NaN}',
    b'{"subject":{"id":"a\\u0000b"}}',
    b'{"batch":[1,null,"x",[],{}]}',
    b'{"batch":[{"type":"track","event":"Product Viewed","userId":{"a":1},"properties":[[[]]],"timestamp":-1}]}',
    gzip.compress(b"{}")[:-5],
    b"\x1f\x8b" + bytes(40),
]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    gateways = Gateways(tmp_path_factory.mktemp("bytes"))
    try:
        yield gateways.start()
    finally:
        gateways.close()


@pytest.fixture(scope="module")
def client(gateway: Gateway) -> httpx.Client:
    return gateway.client(ALL_SCOPES)


def is_in_order(answer: httpx.Response) -> bool:
    if answer.status_code == 200:
        return True
    problem = json.loads(answer.content)
    return 400 <= answer.status_code < 500 and {"type", "title", "status", "instance"} <= set(problem)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("body", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_nasty_body_is_answered(client: httpx.Client, route: str, body: bytes, encoding: str) -> None:
    answer = client.post(route, content=body, headers={"content-encoding": encoding})
    assert is_in_order(answer), answer.text[:300]


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(ROUTES), st.binary(max_size=400), st.booleans())
def test_any_bytes_are_answered(client: httpx.Client, route: str, body: bytes, squeeze: bool) -> None:
    content, headers = (gzip.compress(body), {"content-encoding": "gzip"}) if squeeze else (body, {})
    assert is_in_order(client.post(route, content=content, headers=headers))


def test_a_bomb_is_refused_and_takes_no_memory(client: httpx.Client, gateway: Gateway) -> None:
    deflate = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    bomb = b"".join([deflate.compress(bytes(1 << 20)) for _ in range(400)]) + deflate.flush()
    for route in ROUTES:
        answer = client.post(route, content=bomb, headers={"content-encoding": "gzip"})
        assert answer.status_code == 413
    assert gateway.process is not None
    peak = Path(f"/proc/{gateway.process.pid}/status").read_text().partition("VmHWM:")[2].split()[0]
    assert int(peak) * 1024 < MEMORY_BYTES
    assert client.get("/healthz").status_code == 200
