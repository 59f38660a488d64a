"""The waits between attempts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.routing.backoff import RetryPolicy, wait_seconds

POLICY = RetryPolicy(max_attempts=5, first_seconds=0.5, cap_seconds=60.0, retry_after_cap_seconds=900.0)


def test_waits_double_up_to_the_cap() -> None:
    assert [wait_seconds(POLICY, n, 0.0, 1.0) for n in range(1, 10)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]


def test_the_destination_may_ask_for_more_but_not_for_ever() -> None:
    assert wait_seconds(POLICY, 1, 30.0, 0.0) == 30.0
    assert wait_seconds(POLICY, 1, 1e12, 0.0) == 900.0


def test_the_destination_cannot_make_us_hurry() -> None:
    assert wait_seconds(POLICY, 8, 1.0, 0.0) == 30.0


@given(
    failures=st.integers(0, 10**9),
    asked=st.floats(0, 1e18),
    draw=st.floats(0, 1, exclude_max=True),
)
def test_every_wait_is_finite_and_positive(failures: int, asked: float, draw: float) -> None:
    assert 0.25 <= wait_seconds(POLICY, failures, asked, draw) <= 900.0


@given(failures=st.integers(1, 40), low=st.floats(0, 0.99), high=st.floats(0, 0.99))
def test_jitter_spreads_within_the_upper_half(failures: int, low: float, high: float) -> None:
    whole = wait_seconds(POLICY, failures, 0.0, 1.0)
    for draw in (low, high):
        assert whole / 2 <= wait_seconds(POLICY, failures, 0.0, draw) <= whole
