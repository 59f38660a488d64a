"""Who counted in which release, on disk."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from gateway.aggregates.participation import Participation, days_of_week
from privacy import Length, Release, Window, read_catalogue, window_at

AT = 1_795_219_200
TODAY = date(2026, 11, 21)
DAY, WEEK = window_at(Length.DAY, AT), window_at(Length.WEEK, AT)
HOURS = [Window(DAY.begin + 3600 * n, Length.HOUR) for n in range(4)]


def release(name: str, window: str, more: str = "") -> Release:
    text = f'[[releases]]\nid = "{name}"\nversion = 1\ntitle = "T"\nshape = "people"\nwindow = "{window}"\nnoise = 9.0\n{more}'
    return read_catalogue(text.encode()).releases[0]


BY_DAY, BY_WEEK = release("by_day", "day"), release("by_week", "week")
BY_HOUR = release("by_hour", "hour", "hours_each = 2\n")


@pytest.fixture
def counted(tmp_path) -> Participation:
    return Participation(tmp_path / "counted", 3)


def count(counted: Participation, asked: Release, window: Window, *people: int) -> None:
    for place in counted.places(asked, window):
        place.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"person": list(people)}, schema={"person": pl.Int64()}).write_parquet(place)


def test_a_release_counts_on_each_of_its_days(counted):
    count(counted, BY_WEEK, WEEK, 1)
    count(counted, BY_DAY, DAY, 1, 2)
    assert [counted.counted("analytics", day, 1) for day in WEEK.days] == [1, 1, 1, 1, 1, 2, 1]
    assert counted.counted("analytics", TODAY, 2) == 1
    assert counted.counted("experiments", TODAY, 1) == 0, "every purpose has its own"


def test_limits_are_told_of_every_day_and_never_of_the_release_itself(counted):
    count(counted, BY_DAY, DAY, 1)
    count(counted, BY_WEEK, WEEK, 1)
    assert [(len(limit.files), limit.most) for limit in counted.limits(BY_DAY, DAY)] == [(1, 3)]
    assert [len(limit.files) for limit in counted.limits(BY_WEEK, WEEK)] == [0, 0, 0, 0, 0, 1, 0]


def test_hours_have_a_limit_of_their_own(counted):
    count(counted, BY_DAY, DAY, 1)
    for hour in HOURS[:3]:
        count(counted, BY_HOUR, hour, 1)
    [every, hours] = counted.limits(BY_HOUR, HOURS[3])
    assert (len(every.files), every.most, len(hours.files), hours.most) == (4, 3, 3, 2)
    assert counted.is_known(BY_HOUR, HOURS[2])
    assert not counted.is_known(BY_HOUR, HOURS[3])


def test_somebody_who_may_come_back_as_two_stands_there_as_two(counted):
    count(counted, BY_DAY, DAY, 1, 3)
    counted.keep_together("analytics", days_of_week(WEEK.name), {1, 2})
    counted.keep_together("analytics", days_of_week(WEEK.name), {7, 8})
    assert [counted.counted("analytics", TODAY, name) for name in (1, 2, 3, 7)] == [1, 1, 1, 0]
    [place] = counted.places(BY_DAY, DAY)
    assert sorted(pl.read_parquet(place, hive_partitioning=False)["person"]) == [1, 2, 3]


def test_days_go_with_everything_that_is_known_of_them(counted):
    count(counted, BY_WEEK, WEEK, 1)
    (counted.places(BY_WEEK, WEEK)[0].parent / ".x.staged").write_bytes(b"torn")
    counted.begin()
    counted.drop_before(TODAY)
    left = sorted(Path(counted.directory).rglob("day=*"))
    assert [path.name for path in left] == ["day=2026-11-21", "day=2026-11-22"]


def test_what_cannot_be_read_is_told_and_not_taken_for_nothing(counted):
    count(counted, BY_DAY, DAY, 1)
    counted.places(BY_DAY, DAY)[0].write_bytes(b"torn")
    with pytest.raises(OSError):
        counted.counted("analytics", TODAY, 1)
