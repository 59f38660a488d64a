"""Keys that age: every day has one of its own, and a day that is over cannot be had again from what is left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import AGING_KEY_BYTES, DAY_SECONDS, AgingKey, day_of

DAYS = st.integers(0, 500)
KEY = AgingKey(20_000, bytes(range(AGING_KEY_BYTES)))


def test_a_day_begins_at_midnight_utc():
    assert (day_of(0), day_of(DAY_SECONDS - 1), day_of(DAY_SECONDS)) == (0, 0, 1)


def test_every_day_has_a_key_of_its_own():
    keys = [KEY.of(20_000 + n) for n in range(600)]
    assert len(set(keys)) == 600
    assert {len(key or b"") for key in keys} == {32}


def test_another_key_has_other_days():
    other = AgingKey(20_000, bytes(AGING_KEY_BYTES))
    assert not {KEY.of(20_000 + n) for n in range(60)} & {other.of(20_000 + n) for n in range(60)}


@given(DAYS, DAYS, DAYS)
def test_moving_on_in_any_steps_leaves_the_days_that_follow_as_they_were(first, second, day):
    moved = KEY.since(20_000 + first).since(20_000 + second)
    assert moved.first_day == 20_000 + max(first, second)
    left = day >= max(first, second)
    assert moved.of(20_000 + day) == (KEY.of(20_000 + day) if left else None)


@given(DAYS, DAYS)
def test_what_is_left_holds_nothing_of_the_days_before(first, day):
    """No day's key, and nothing on the way to one, is in the material that is kept."""
    moved = KEY.since(20_000 + first)
    if day < first:
        earlier = KEY.since(20_000 + day)
        assert earlier.material[:32] not in moved.material
        assert KEY.of(20_000 + day) not in (moved.material[:32], moved.material[32:])


def test_a_key_has_its_length_and_does_not_show_itself():
    with pytest.raises(ValueError, match="64 bytes"):
        AgingKey(1, b"short")
    assert KEY.material.hex() not in repr(KEY)
    assert repr(KEY.material) not in repr(KEY)
