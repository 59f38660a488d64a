"""What the look over a JSON text says is true, and where it is not sure it says nothing."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.wire import structure
from gateway.wire.json_bodies import is_deeper
from gateway.wire.repetition import repeats
from gateway.wire.structure import look_over, prepare_structure

prepare_structure()

_PLAIN = [
    '"name":',
    '"other":',
    '"n"',
    '"a:b"',
    "1.5",
    "true",
    "null",
    '"caf\u00e9"',
    "[",
    "]",
    "{",
    "}",
    ",",
    " ",
    "1",
]
_ODD = ['"na\\u006de":', "1e999", "9" * 400, '"\\ud800"', '"\udcff"', "[" * 70, '"a" :', '"\\":"', "e"]
pieces = st.lists(st.sampled_from(_PLAIN * 4 + _ODD), max_size=30).map("".join)
values = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab:", max_size=3), inner, max_size=4)
    ),
    max_leaves=12,
)


def check(text: bytes) -> None:
    """Whatever can be decoded as JSON and is said to be plain is found in order by those who judge exactly."""
    look = look_over(text)
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, RecursionError):
        return
    if look is not None:
        assert not repeats(text)
        assert not is_deeper(text, look.depth)
        assert look.depth == 0 or is_deeper(text, look.depth - 1)


@given(pieces)
def test_what_is_plain_breaks_no_rule(text: str) -> None:
    check(f"[{text}]".encode("utf-8", "surrogateescape"))
    check(f'{{"name":{{{text}}}}}'.encode("utf-8", "surrogateescape"))


@given(values, st.booleans())
def test_of_what_is_spelt_as_usual_it_is_sure(value: object, gaps: bool) -> None:
    text = json.dumps({"a": value}, ensure_ascii=False, indent=1 if gaps else None).encode(
        "utf-8", "surrogatepass"
    )
    check(text)
    doubtful = (
        b"\\" in text or b"e" in text.replace(b"true", b"").replace(b"false", b"") or not _is_unicode(text)
    )
    if not doubtful and b"NaN" not in text and b"Inf" not in text:
        assert look_over(text) is not None


def _is_unicode(text: bytes) -> bool:
    return text.decode("utf-8", "surrogatepass").isprintable() or b"\xed" not in text


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1,"a":2}',
        b'[{"a":{"b":1,"c":2,"b":3}}]',
        b'{"\\u0061":1}',
        b'{"a":1e999}',
        b'{"a":' + b"9" * 400 + b"}",
        b'{"a":"\xff"}',
        b'{"a":"\xed\xa0\x80"}',
        b"[" * 65 + b"]" * 65,
        b"]",
        json.dumps({str(n): n for n in range(65)}).encode(),
    ],
)
def test_of_these_it_is_not_sure(text: bytes) -> None:
    assert look_over(text) is None


def test_it_measures_the_longest_event_of_a_batch() -> None:
    events = [{"event": "a" * n, "properties": {"deep": [1, {"b": n}]}} for n in (3, 40, 20)]
    look = look_over(json.dumps({"batch": events, "context": {"a": "b" * 99}}).encode())
    assert look is not None
    assert look == (6, len(json.dumps(events[1])))


def test_without_machine_code_it_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structure, "_made", [])
    assert look_over(b"{}") is None
