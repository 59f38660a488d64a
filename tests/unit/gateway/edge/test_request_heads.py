"""What must hold of the head of a request, whatever it asks."""

from __future__ import annotations

import pytest

from gateway.edge.problem_kinds import BAD_REQUEST, NOT_IMPLEMENTED
from gateway.edge.request_heads import fault_in, is_host, origin_form

HOST, OTHER = (b"host", b"a.example"), (b"host", b"b.example")
CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize(
    ("method", "target", "version", "headers"),
    [
        (b"GET", b"/x", "1.1", [HOST]),
        (b"GET", b"/x", "1.1", [(b"host", b"")]),
        (b"GET", b"/x", "1.0", []),
        (b"GET", b"/x", "1.0", [HOST]),
        (b"GET", b"/http://b.example/", "1.1", [HOST]),
        (b"GET", b"//b.example/", "1.1", [HOST]),
        (b"GET", b"HTTP://A.example?x", "1.1", [HOST]),
        (b"GET", b"http://a.example/x", "1.0", []),
        (b"OPTIONS", b"*", "1.1", [HOST]),
        (b"POST", b"/x", "1.1", [HOST, CHUNKED]),
        (b"POST", b"/x", "1.1", [HOST, (b"transfer-encoding", b" Chunked ")]),
    ],
)
def test_what_can_be_read_in_one_way_only_is_read(
    method: bytes, target: bytes, version: str, headers: list[tuple[bytes, bytes]]
) -> None:
    assert fault_in(method, target, version, headers) is None


@pytest.mark.parametrize(
    ("method", "target", "version", "headers"),
    [
        (b"GET", b"/x", "1.1", []),
        (b"GET", b"/x", "1.1", [HOST, HOST]),
        (b"GET", b"/x", "1.1", [HOST, OTHER]),
        (b"GET", b"/x", "1.0", [HOST, OTHER]),
        (b"GET", b"/x", "1.1", [(b"host", b"a.example/x")]),
        (b"GET", b"/x", "0.9", [HOST]),
        (b"GET", b"/x", "2.0", [HOST]),
        (b"GET", b"/x#y", "1.1", [HOST]),
        (b"GET", b"x", "1.1", [HOST]),
        (b"GET", b"*", "1.1", [HOST]),
        (b"GET", b"a.example:80", "1.1", [HOST]),
        (b"GET", b"http://a.example/x", "1.1", []),
        (b"GET", b"http://a.example/x", "1.1", [(b"host", b"")]),
        (b"GET", b"http://a.example/x", "1.1", [HOST, HOST]),
        (b"GET", b"http://b.example/x", "1.1", [HOST]),
        (b"GET", b"http://a.example@b.example/x", "1.1", [HOST]),
        (b"GET", b"http:///x", "1.1", [(b"host", b"")]),
        (b"GET", b"ftp://a.example/x", "1.1", [HOST]),
        (b"POST", b"/x", "1.0", [HOST, CHUNKED]),
        (b"POST", b"/x", "1.1", [HOST, (b"transfer-encoding", b"identity")]),
        (b"POST", b"/x", "1.1", [HOST, (b"transfer-encoding", b"chunked, gzip")]),
        (b"POST", b"/x", "1.1", [HOST, CHUNKED, (b"transfer-encoding", b"identity")]),
    ],
)
def test_what_might_be_read_in_another_way_is_refused(
    method: bytes, target: bytes, version: str, headers: list[tuple[bytes, bytes]]
) -> None:
    assert fault_in(method, target, version, headers) is BAD_REQUEST


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        (b"CONNECT", b"a.example:80", [HOST]),
        (b"CONNECT", b"/x", [HOST]),
        (b"POST", b"/x", [HOST, (b"transfer-encoding", b"gzip, chunked")]),
        (b"POST", b"/x", [HOST, (b"transfer-encoding", b"gzip"), CHUNKED]),
    ],
)
def test_what_is_known_but_not_offered_is_said_to_be(
    method: bytes, target: bytes, headers: list[tuple[bytes, bytes]]
) -> None:
    assert fault_in(method, target, "1.1", headers) is NOT_IMPLEMENTED


@pytest.mark.parametrize(
    "host", [b"", b"a", b"a.example:8080", b"a:", b"127.0.0.1:1", b"[::1]", b"[::1]:80", b"a_b%2d", b":80"]
)
def test_what_a_host_can_be(host: bytes) -> None:
    assert is_host(host)


@pytest.mark.parametrize(
    "host",
    [
        b"a b",
        b"a/b",
        b"u@a",
        b"a:b",
        b"a:1:2",
        b"[::1",
        b"::1",
        b"a[::1]",
        b"[]",
        b"a%zz",
        b"a,b@",
        b"a#",
        b"a?",
        b"\xff",
        b"a\n",
    ],
)
def test_what_a_host_cannot_be(host: bytes) -> None:
    assert not is_host(host)


@pytest.mark.parametrize(
    ("target", "asked"),
    [
        (b"/x?y", b"/x?y"),
        (b"//x", b"//x"),
        (b"*", b"*"),
        (b"http://a.example/x?y", b"/x?y"),
        (b"HTTPS://a.example", b"/"),
        (b"http://a.example?y/z", b"/?y/z"),
    ],
)
def test_an_address_asks_for_its_path(target: bytes, asked: bytes) -> None:
    assert origin_form(target) == asked
