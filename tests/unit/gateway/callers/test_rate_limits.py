"""Token buckets: a rate in the long run, a burst at once, one for each source."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.callers.rate_limits import RateLimits


def test_a_burst_passes_and_then_the_rate_holds() -> None:
    limits = RateLimits(10, burst_seconds=2)
    assert [limits.wait_seconds("a", 0.0) for _ in range(20)] == [0.0] * 20
    assert limits.wait_seconds("a", 0.0) == 0.1
    assert limits.wait_seconds("a", 0.05) == 0.05
    assert limits.wait_seconds("a", 0.1) == 0.0


def test_one_source_does_not_slow_another() -> None:
    limits = RateLimits(1, burst_seconds=1)
    assert limits.wait_seconds("a", 0.0) == 0.0
    assert limits.wait_seconds("a", 0.0) > 0.0
    assert limits.wait_seconds("b", 0.0) == 0.0


def test_who_waits_as_told_gets_in() -> None:
    limits = RateLimits(3, burst_seconds=1)
    now = 100.0
    for _ in range(50):
        wait = limits.wait_seconds("a", now, cost=2)
        if wait:
            now += wait + 1e-9
            assert limits.wait_seconds("a", now, cost=2) == 0.0


def test_a_cost_above_the_whole_bucket_does_not_wait_for_ever() -> None:
    limits = RateLimits(10, burst_seconds=1)
    assert limits.wait_seconds("a", 0.0, cost=10**6) == 0.0
    assert limits.wait_seconds("a", 0.0, cost=10**6) == 1.0


def test_what_was_used_already_is_a_debt_that_time_pays() -> None:
    limits = RateLimits(10, burst_seconds=1)
    limits.charge("a", 0.0, 6)
    assert limits.wait_seconds("a", 0.0, cost=0.0) == 0.0
    limits.charge("a", 0.0, 24)
    assert limits.wait_seconds("a", 0.0, cost=0.0) == 2.0
    assert limits.wait_seconds("b", 0.0, cost=0.0) == 0.0
    assert limits.wait_seconds("a", 1.9, cost=0.0) > 0.0
    assert limits.wait_seconds("a", 2.5, cost=0.0) == 0.0


def test_the_table_is_bounded() -> None:
    limits = RateLimits(1, burst_seconds=1, max_sources=5)
    for n in range(100):
        limits.wait_seconds(str(n), 0.0)
    assert len(limits._buckets) == 5


@given(
    st.lists(st.tuples(st.floats(0, 5), st.floats(0.1, 20)), max_size=60),
    st.floats(0.5, 100),
    st.floats(0.1, 10),
)
def test_no_schedule_of_requests_gets_more_than_burst_plus_rate(
    steps: list[tuple[float, float]], rate: float, burst: float
) -> None:
    limits = RateLimits(rate, burst_seconds=burst)
    size = max(1.0, rate * burst)
    now = taken = 0.0
    for pause, cost in steps:
        now += pause
        if limits.wait_seconds("a", now, cost) == 0.0:
            taken += min(cost, size)
    assert taken <= size + rate * now + 1e-6
