"""Any tampering with a receipt is found, whatever it is."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from consent import canonical_json
from gateway.receipt_check.verifier import verify
from tests.receipt_workshop import JWKS, workshop

FILE = workshop(size=37, index=21).file()
ENVELOPE = json.loads(FILE)
TEXTS = [("notice",), ("receipt",), ("format",), ("log", "entry"), ("log", "opening"), ("log", "proof")]


def text_at(path: tuple[str, ...]) -> str:
    found: Any = ENVELOPE
    for name in path:
        found = found[name]
    return str(found)


def with_text(path: tuple[str, ...], text: str) -> bytes:
    changed = json.loads(FILE)
    place = changed
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = text
    return canonical_json(changed)


@given(st.integers(0, len(FILE) - 1), st.integers(1, 255))
def test_no_byte_can_be_changed(position, difference):
    changed = FILE[:position] + bytes([FILE[position] ^ difference]) + FILE[position + 1 :]
    assert not verify(changed).good
    assert not verify(changed, jwks=JWKS).good


@given(st.integers(0, len(FILE)), st.binary(min_size=1, max_size=8))
def test_nothing_can_be_put_in(position, more):
    assert not verify(FILE[:position] + more + FILE[position:]).good


@given(st.integers(0, len(FILE) - 1), st.integers(1, 200))
def test_nothing_can_be_left_out(position, length):
    assert not verify(FILE[:position] + FILE[position + length :]).good


@given(st.sampled_from(TEXTS), st.data())
def test_no_part_can_be_changed_within_the_form(path, data):
    text = text_at(path)
    position = data.draw(st.integers(0, len(text) - 1))
    letter = data.draw(st.characters(codec="utf-8"))
    assume(letter != text[position])
    assert not verify(with_text(path, text[:position] + letter + text[position + 1 :])).good


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from([*TEXTS, ("log",)]), JSON)
def test_no_part_can_be_another_thing_and_nothing_raises(path, value):
    changed = json.loads(FILE)
    place = changed
    for name in path[:-1]:
        place = place[name]
    assume(place[path[-1]] != value)
    place[path[-1]] = value
    assert not verify(canonical_json(changed)).good


@given(JSON)
def test_noise_is_no_key_set(value):
    assert not verify(FILE, jwks=json.dumps(value).encode()).good


@given(st.binary(max_size=300))
def test_noise_is_no_receipt(noise):
    assert not verify(noise).good
