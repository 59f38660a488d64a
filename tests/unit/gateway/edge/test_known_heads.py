"""Heads that were read before are known by their bytes, and by nothing less."""

from __future__ import annotations

import pytest

from gateway.edge.known_heads import MAX_HEAD_BYTES, KnownHeads

HEAD = b"POST /v1/decide HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nContent-Length: 3\r\n\r\n"


@pytest.fixture
def heads() -> KnownHeads[str]:
    made: KnownHeads[str] = KnownHeads(max_heads=2)
    made.learn(HEAD + b"abc", b"abc", "there", b"Bearer t")
    return made


def test_a_head_that_was_learnt_is_found_with_another_body(heads: KnownHeads[str]) -> None:
    assert heads.find(HEAD + b"xyz") == (("there", b"Bearer t", 3), b"xyz")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"",
        b"\r\n\r\n",
        HEAD,
        HEAD[:-1],
        HEAD + b"ab",
        HEAD + b"abcd",
        HEAD + b"abc" + HEAD + b"abc",
        b"\r\n" + HEAD + b"abc",
        HEAD.replace(b"Host: x", b"host: x") + b"abc",
        HEAD.replace(b"Bearer t", b"Bearer u") + b"abc",
        HEAD.replace(b"\r\n\r\n", b"\r\nSec-GPC: 1\r\n\r\n") + b"abc",
    ],
)
def test_what_is_not_that_one_request_is_not_found(heads: KnownHeads[str], request_bytes: bytes) -> None:
    assert heads.find(request_bytes) is None


@pytest.mark.parametrize(
    ("came", "body"),
    [
        (b"", b"abc"),
        (HEAD, b"abc"),
        (HEAD[:20], b"abc"),
        (HEAD + b"abc" + HEAD, b"abc"),
        (b"\r\n\r\n" + HEAD + b"abc", b"abc"),
        (HEAD.replace(b"\r\n", b"\n") + b"abc", b"abc"),
        (HEAD.replace(b"\r\n", b"\n") + b"a\r\n\r\nb", b"a\r\n\r\nb"),
        (HEAD.replace(b"Host: x", b"Host: " + b"x" * MAX_HEAD_BYTES) + b"abc", b"abc"),
    ],
)
def test_what_came_in_pieces_or_with_others_or_ends_otherwise_is_not_learnt(came: bytes, body: bytes) -> None:
    heads: KnownHeads[str] = KnownHeads()
    heads.learn(came, body, "there", None)
    assert len(heads) == 0


def test_the_table_is_bounded_and_the_oldest_goes_first(heads: KnownHeads[str]) -> None:
    for host in (b"Host: y", b"Host: z"):
        heads.learn(HEAD.replace(b"Host: x", host) + b"abc", b"abc", "there", None)
    assert len(heads) == 2
    assert heads.find(HEAD + b"abc") is None
    assert heads.find(HEAD.replace(b"Host: x", b"Host: z") + b"abc") is not None
