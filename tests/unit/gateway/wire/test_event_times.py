"""What a client's clock says is read leniently and believed within a day."""

from __future__ import annotations

import pytest

from gateway.wire.event_times import MAX_SKEW_SECONDS, read_instant, skew_of


@pytest.mark.parametrize(
    ("stamp", "seconds"),
    [
        ("1970-01-01T00:01:00Z", 60),
        ("1970-01-01T00:01:00.999Z", 60),
        ("1970-01-01T01:01:00+01:00", 60),
        ("1970-01-01T00:01:00", 60),
        ("yesterday", None),
        ("yesterday, about noonZ", None),
        ("", None),
        (60, None),
        (None, None),
    ],
)
def test_a_timestamp_is_read_in_utc_or_not_at_all(stamp: object, seconds: int | None) -> None:
    assert read_instant(stamp) == seconds


@pytest.mark.parametrize(
    ("arrived", "skew"), [(90, 30), (30, -30), (10**9, MAX_SKEW_SECONDS), (-(10**9), -MAX_SKEW_SECONDS)]
)
def test_a_clock_is_corrected_by_a_day_at_most(arrived: int, skew: int) -> None:
    assert skew_of("1970-01-01T00:01:00Z", arrived) == skew


def test_who_does_not_say_when_is_believed() -> None:
    assert skew_of(None, 10**9) == 0
