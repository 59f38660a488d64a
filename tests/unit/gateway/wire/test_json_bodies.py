"""Strict bodies: bounds before building, and every trap of JSON."""

from __future__ import annotations

import contextlib
import gzip
import json
import traceback
import tracemalloc
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BodyInvalidError, BodyTooLargeError, EncodingUnsupportedError
from gateway.wire.json_bodies import cut_below, decode_body, gunzip, is_deeper, loads_strict

CANARY = "canary-44b8"
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 63), (1 << 64) - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=25,
)


def depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth, value.values()), default=0)
    return 1 + max(map(depth, value), default=0) if isinstance(value, list) else 0


@given(JSON)
def test_every_ordinary_json_is_read_as_it_is(value: Any) -> None:
    for ascii_only in (True, False):
        body = json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        try:
            body.decode()
        except UnicodeDecodeError:
            continue
        try:
            assert loads_strict(body, max_depth=200) == value
        except BodyInvalidError:
            assert any(
                "\ud800" <= character <= "\udfff" for character in json.dumps(value, ensure_ascii=False)
            )


@given(JSON, st.integers(0, 6))
def test_the_depth_measured_before_parsing_is_the_depth(value: Any, limit: int) -> None:
    assert is_deeper(json.dumps(value).encode(), limit) == (depth(value) > limit)


@given(value=JSON, limit=st.integers(0, 6), spaced=st.booleans())
def test_below_a_depth_brackets_stay_and_are_empty(value: Any, limit: int, spaced: bool) -> None:
    def pruned(value: Any, around: int) -> Any:
        if isinstance(value, dict):
            return {} if around >= limit else {name: pruned(each, around + 1) for name, each in value.items()}
        if isinstance(value, list):
            return [] if around >= limit else [pruned(each, around + 1) for each in value]
        return value

    text = json.dumps(value, indent=1 if spaced else None).encode()
    assert json.loads(cut_below(text, limit)) == pruned(value, 0)
    if not is_deeper(text, limit):
        assert cut_below(text, limit) == text


@given(st.binary(max_size=200))
def test_no_bytes_do_anything_but_parse_or_be_refused(body: bytes) -> None:
    with contextlib.suppress(BodyInvalidError):
        loads_strict(body)


@pytest.mark.parametrize(
    "body",
    [b"", b"nul", b"{", b"[1,]", b'{"a":1}x', b"\xff", b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-32"),
     b"NaN", b"[Infinity]", b"-Infinity", b"1e999", b"[-1e999]", b"1" * 21, b"18446744073709551616", b"-9223372036854775809",
     b"9" * 100_000, b'"\\ud800"', b'{"\\udc00":1}', b'["\\ud800\\u0041"]', b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}',
     b'[{"b":{"a":1,"c":2,"a":3}}]', b'"a\nb"', b"[" * 33 + b"]" * 33, b'{"a":' * 33 + b"1" + b"}" * 33, b"[" * 1_000_000,
     b"]" * 100, b'"\\'],
)  # fmt: skip
def test_every_trap_is_refused(body: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        loads_strict(body)


@pytest.mark.parametrize(
    ("body", "value"),
    [(b"[" * 32 + b"]" * 32, None), (b'"' + b"[{" * 1000 + b'"', "[{" * 1000), (b'["\\"[[[["]', ['"[[[[']),
     (b'["\\\\"]', ["\\"]), (b'"\\ud83d\\ude00"', "\U0001f600"), (b"18446744073709551615", 2**64 - 1), (b"-0", 0)],
)  # fmt: skip
def test_what_only_looks_like_a_trap_is_read(body: bytes, value: Any) -> None:
    found = loads_strict(body)
    assert value is None or found == value


def test_an_error_says_nothing_of_the_body() -> None:
    for body in (
        f'{{"{CANARY}": }}',
        f'{{"{CANARY}":1,"{CANARY}":2}}',
        f'["{CANARY}", NaN]',
        f'"{CANARY}\\ud800"',
    ):
        with pytest.raises(BodyInvalidError) as caught:
            loads_strict(body.encode())
        assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_gzip_is_undone_within_the_bound() -> None:
    assert gunzip(gzip.compress(b"x" * 1000), max_bytes=1000) == b"x" * 1000
    with pytest.raises(BodyTooLargeError):
        gunzip(gzip.compress(b"x" * 1001), max_bytes=1000)


def test_a_bomb_is_not_unpacked() -> None:
    bomb = gzip.compress(bytes(64 << 20))
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError):
            gunzip(bomb, max_bytes=500_000)
        assert tracemalloc.get_traced_memory()[1] < 4_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", gzip.compress(b"{}")[:-1], gzip.compress(b"{}") + b"x", gzip.compress(b"{}") * 2, zlib.compress(b"{}"),
     b"\x1f\x8b" + b"\x00" * 30],
)  # fmt: skip
def test_damaged_gzip_is_refused(body: bytes) -> None:
    with pytest.raises(BodyInvalidError):
        gunzip(body, max_bytes=1000)


def test_a_wrong_checksum_is_noticed() -> None:
    body = bytearray(gzip.compress(b"{}"))
    body[-5] ^= 1
    with pytest.raises(BodyInvalidError):
        gunzip(bytes(body), max_bytes=1000)


@pytest.mark.parametrize("encoding", [None, b"identity", b""])
def test_a_plain_body_is_bounded(encoding: bytes | None) -> None:
    assert decode_body(b"x" * 10, encoding, max_bytes=10) == b"x" * 10
    with pytest.raises(BodyTooLargeError):
        decode_body(b"x" * 11, encoding, max_bytes=10)


@pytest.mark.parametrize("encoding", [b"gzip", b"GZIP", b" x-gzip "])
def test_gzip_has_two_names(encoding: bytes) -> None:
    assert decode_body(gzip.compress(b"{}"), encoding, max_bytes=10) == b"{}"


@pytest.mark.parametrize("encoding", [b"br", b"deflate", b"gzip, gzip", b"zstd"])
def test_no_other_encoding_is_undone(encoding: bytes) -> None:
    with pytest.raises(EncodingUnsupportedError):
        decode_body(b"{}", encoding, max_bytes=10)
