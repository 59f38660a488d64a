"""CORS: an allow-list, one origin at a time."""

from __future__ import annotations

import pytest

from gateway.callers.cors import Cors, find_origin, is_preflight
from gateway.errors import OriginRefusedError

SHOP = b"https://shop.example"
CORS = Cors(["https://shop.example", "http://localhost:3000"], max_age_seconds=60)
ASK = (b"access-control-request-method", b"POST")


def test_an_allowed_origin_is_reflected_alone() -> None:
    headers = dict(CORS.headers_for(SHOP))
    assert headers[b"access-control-allow-origin"] == SHOP
    assert headers[b"access-control-expose-headers"] == b"ETag, Retry-After"
    assert headers[b"vary"] == b"Origin"
    assert b"access-control-allow-credentials" not in headers


@pytest.mark.parametrize(
    "origin",
    [b"https://evil.example", b"null", b"*", b"", b"https://shop.example.evil.example", b"http://shop.example",
     b"https://shop.example:8443", b"HTTPS://SHOP.EXAMPLE", b"https://shop.example/", None],
)  # fmt: skip
def test_no_other_origin_is_told_anything_but_vary(origin: bytes | None) -> None:
    assert CORS.headers_for(origin) == [(b"vary", b"Origin")]


def test_a_request_without_an_origin_is_not_a_pages() -> None:
    assert CORS.allows(None)
    assert CORS.allows(SHOP)
    assert not CORS.allows(b"null")


def test_a_preflight_of_an_allowed_origin_says_what_may_be_sent() -> None:
    status, headers = CORS.preflight([(b"origin", SHOP), ASK])
    given = dict(headers)
    assert status == 204
    assert given[b"access-control-allow-origin"] == SHOP
    assert {b"GET", b"POST", b"OPTIONS"} <= set(given[b"access-control-allow-methods"].split(b", "))
    allowed = given[b"access-control-allow-headers"].lower().split(b", ")
    assert {b"authorization", b"content-type", b"x-retry-count", b"x-api-key", b"if-none-match"} <= set(
        allowed
    )
    assert given[b"access-control-max-age"] == b"60"


@pytest.mark.parametrize(
    "headers", [[], [ASK], [(b"origin", SHOP)], [(b"origin", b"https://evil.example"), ASK]]
)
def test_any_other_preflight_is_refused(headers: list[tuple[bytes, bytes]]) -> None:
    status, answered = CORS.preflight(headers)
    assert status == 403
    assert b"access-control-allow-origin" not in dict(answered)


def test_two_origins_are_nobodys() -> None:
    assert find_origin([]) is None
    assert find_origin([(b"origin", SHOP)]) == SHOP
    assert find_origin([(b"origin", SHOP), (b"origin", SHOP)]) == b"null"


def test_by_default_no_page_may_call() -> None:
    assert Cors([]).preflight([(b"origin", SHOP), ASK])[0] == 403


@pytest.mark.parametrize("origin", [b"https://evil.example", b"null", b""])
def test_a_page_that_is_not_on_the_list_is_refused(origin: bytes) -> None:
    CORS.require(None)
    CORS.require(SHOP)
    with pytest.raises(OriginRefusedError):
        CORS.require(origin)


def test_only_a_browsers_question_is_a_preflight() -> None:
    assert is_preflight([(b"origin", SHOP), ASK])
    assert not is_preflight([ASK])
    assert not is_preflight([(b"origin", SHOP)])


def test_a_preflight_with_two_origins_is_refused() -> None:
    assert CORS.preflight([(b"origin", SHOP), (b"origin", SHOP), ASK])[0] == 403
