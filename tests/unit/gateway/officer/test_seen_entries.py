"""A look says which entry to those with the keys, ties no entries together for others, and there are so many of them in a day."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.officer.seen_entries import SeenEntries

KEY = bytes(range(32))
DAY = 86_400


@given(index=st.integers(0, 2**63 - 1))
def test_those_with_the_key_read_which_entry_it_was(index: int) -> None:
    seen = SeenEntries(KEY, os.urandom)
    assert seen.index(seen.reference(index)) == index


def test_two_looks_at_one_entry_have_nothing_in_common_for_others() -> None:
    seen = SeenEntries(KEY, os.urandom)
    references = [seen.reference(7) for _ in range(100)]
    assert len(set(references)) == 100
    assert {len(each) for each in references} == {32}
    other = SeenEntries(bytes(32), os.urandom)
    assert {other.index(each) for each in references} & {7} == set()


@pytest.mark.parametrize("wrong", ["", "zz", "00" * 15, "00" * 17, "7"])
def test_what_is_no_reference_refers_to_nothing(wrong: str) -> None:
    assert SeenEntries(KEY, os.urandom).index(wrong) is None
