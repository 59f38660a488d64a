"""What the overview draws: shares of the longest and of all, and the days up to today."""

from __future__ import annotations

from gateway.officer.charts import bars, days
from privacy import DAY_SECONDS

NOON = 20_000 * DAY_SECONDS + DAY_SECONDS // 2


def test_bars_are_in_per_cent_of_the_longest_and_of_all() -> None:
    found = bars({"refused": 3, "no_record": 1, "late": 0})
    assert [(each.name, each.n, each.width, each.share) for each in found] == [
        ("refused", 3, 100.0, 75.0),
        ("no_record", 1, 33.33, 25.0),
    ]
    assert bars({}) == []


def test_the_days_of_a_chart_end_today_and_share_one_scale() -> None:
    found = days({20_000: 4, 19_990: 9}, {19_999: 2}, NOON, length=3)
    assert [each.at // DAY_SECONDS for each in found] == [19_998, 19_999, 20_000]
    assert [(each.given, each.given_height) for each in found] == [(0, 0.0), (0, 0.0), (4, 48.0)]
    assert [(each.ended, each.ended_height) for each in found] == [(0, 0.0), (2, 24.0), (0, 0.0)]
    assert [each.x for each in found] == [0, 10, 20]
    assert all(each.given_height == each.ended_height == 0 for each in days({}, {}, NOON))
