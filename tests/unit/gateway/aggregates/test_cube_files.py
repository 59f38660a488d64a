"""The cube on disk: what counts, what is found again, and what goes."""

from __future__ import annotations

import os
from datetime import date

import polars as pl
import pytest

from gateway.aggregates.cube_files import CubeFiles, names_gone
from gateway.aggregates.cube_keys import CubeKeys
from privacy import Length, SubjectRef, window_at

ADA, BEA = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)
AT = 1_795_219_200
DAY = window_at(Length.DAY, AT)
TODAY = date(2026, 11, 21)
WEEK = 7 * 86_400


def rows(*people: int) -> dict[str, list[object]]:
    n = len(people)
    whole = {name: [1] * n for name in ("first", "n", "lines", "amount")}
    return {"person": list(people), "event": ["Page"] * n, **whole, "f.category": [None] * n}


@pytest.fixture
def files(tmp_path):
    return CubeFiles(tmp_path / "aggregates")


def people(files: CubeFiles) -> list[int]:
    parts = sorted(files.directory.rglob("part-*"))
    return sorted(who for part in parts for who in pl.read_parquet(part, hive_partitioning=False)["person"])


def test_nothing_counts_before_it_is_said(files):
    assert files.next_index() is None
    files.add({("analytics", TODAY, 7): rows(1, 2)}, 0, 5)
    assert files.next_index() == 5
    assert people(files) == [1, 2]


def test_what_was_written_and_not_counted_goes(files):
    files.add({("analytics", TODAY, 7): rows(1)}, 0, 5)
    files.add({("analytics", TODAY, 8): rows(2)}, 5, 9)
    files.count(5)
    (files.directory / "table-0.parquet").write_bytes(b"left behind")
    (files.directory / "purpose=analytics" / f"day={TODAY}" / ".part-x.staged").write_bytes(b"torn")
    files.begin()
    assert people(files) == [1]
    assert {path.name for path in files.directory.rglob("*") if path.is_file()} == {
        "next",
        "part-0000000000000000-00000007.parquet",
    }


def test_a_window_takes_what_arrived_before_it_closed(files):
    files.add({("analytics", TODAY, hour): rows(hour) for hour in (7, 8, 9)}, 0, 5)
    files.add({("advertising", TODAY, 7): rows(99)}, 5, 6)
    assert len(files.files("analytics", DAY, 9)) == 2
    assert files.files("analytics", window_at(Length.DAY, DAY.end), 99) == []


def test_people_go_and_others_stay(files):
    files.add({("analytics", TODAY, 7): rows(1, 2), ("analytics", TODAY, 8): rows(1)}, 0, 5)
    files.add({("advertising", TODAY, 7): rows(1)}, 5, 6)
    assert files.keep_only(names_gone({"analytics": [1]})) == 2
    assert people(files) == [1, 2], "the other purpose keeps its own"
    assert files.keep_only(names_gone({"analytics": [1]})) == 0


def test_a_part_that_cannot_be_read_is_not_passed_over(files):
    files.add({("analytics", TODAY, 7): rows(1)}, 0, 5)
    [part] = files.directory.rglob("part-*")
    part.write_bytes(b"torn")
    with pytest.raises(OSError):
        files.keep_only(names_gone({"analytics": [1]}))


def test_old_days_go(files):
    for day in (TODAY, date(2026, 11, 10)):
        files.add({("analytics", day, 7): rows(1)}, 0, 5)
    files.drop_before(date(2026, 11, 12))
    assert files.days() == ["2026-11-21"]


def test_files_are_for_their_owner_only(files):
    files.add({("analytics", TODAY, 7): rows(1)}, 0, 5)
    [part] = files.directory.rglob("part-*")
    assert part.stat().st_mode & 0o077 == 0


def test_names_are_new_every_week_and_for_every_purpose(tmp_path):
    keys = CubeKeys(tmp_path / "cube", os.urandom)
    name = keys.name(ADA, "analytics", AT)
    assert name == keys.name(ADA, "analytics", window_at(Length.WEEK, AT).begin)
    others = {
        keys.name(BEA, "analytics", AT),
        keys.name(ADA, "other", AT),
        keys.name(ADA, "analytics", AT + WEEK),
    }
    assert len(others | {name}) == 4
    assert CubeKeys(tmp_path / "cube", os.urandom).name(ADA, "analytics", AT) == name
    assert len(keys.weeks()) == 2


def test_a_week_that_is_over_has_no_key(tmp_path):
    keys = CubeKeys(tmp_path / "cube", os.urandom)
    name = keys.name(ADA, "analytics", AT)
    keys.name(ADA, "analytics", AT + WEEK)
    keys.destroy_before(AT + WEEK)
    assert len(keys.weeks()) == 1
    assert keys.name(ADA, "analytics", AT) != name
