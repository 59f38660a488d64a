"""Decision ids are opaque, reversible by the gateway alone, and total."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from gateway.deciding.decision_ids import DecisionIds


@given(st.integers(0, 2**62))
def test_the_index_is_found_again(index: int) -> None:
    ids = DecisionIds(bytes(16))
    assert ids.index(ids.name(index)) == index


def test_a_guessed_id_names_nothing() -> None:
    ids = DecisionIds(os.urandom(16))
    guesses = [os.urandom(16).hex() for _ in range(200)]
    assert not any(ids.index(guess) is not None for guess in guesses)
    assert [ids.index(bad) for bad in ("", "zz", "00", "é" * 32, "0" * 33)] == [None] * 5


def test_neighbouring_decisions_have_unrelated_names() -> None:
    ids = DecisionIds(os.urandom(16))
    assert ids.name(1)[:8] != ids.name(2)[:8]
