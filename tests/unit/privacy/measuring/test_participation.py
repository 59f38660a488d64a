"""Whoever counted as often as they may counts no more; nobody else is touched."""

from __future__ import annotations

import polars as pl
import pytest

from privacy import Length, ParticipationLimit, read_catalogue, window_at
from privacy.measuring import left_out, names_in, prepare
from privacy.measuring.preparing import CUBE_SCHEMA

DAY = window_at(Length.DAY, 1_795_219_200)
PEOPLE = b"""[[releases]]
id = "r"
version = 1
title = "R"
shape = "people"
window = "day"
noise = 12.0
"""


@pytest.fixture
def names(tmp_path):
    def write(name: str, *people: int) -> str:
        path = tmp_path / name
        pl.DataFrame({"person": list(people)}, schema={"person": pl.Int64()}).write_parquet(path)
        return str(path)

    return write


def full(*limits: ParticipationLimit) -> set[int]:
    found = left_out(limits)
    return set() if found is None else set(found.collect()["person"])


def test_whoever_stands_in_as_many_as_allowed_counts_no_more(names):
    files = (names("a", 1, 2), names("b", 1, 3), names("c", 1, 2))
    assert full(ParticipationLimit(files, 3)) == {1}
    assert full(ParticipationLimit(files, 2)) == {1, 2}
    assert full(ParticipationLimit(files, 3), ParticipationLimit(files[1:2], 1)) == {1, 3}


def test_where_there_were_fewer_releases_than_allowed_nobody_is_looked_up(names):
    assert left_out([ParticipationLimit(("nowhere",), 2)]) is None
    assert left_out([]) is None


def test_a_release_passes_over_who_counts_no_more(tmp_path, names):
    cube = tmp_path / "cube.parquet"
    rows = [("Page", who, DAY.begin, 1, 1, 0) for who in (1, 2, 3)]
    pl.DataFrame(rows, schema=CUBE_SCHEMA, orient="row").write_parquet(cube)
    [release] = read_catalogue(PEOPLE).releases
    table = tmp_path / "table"
    prepare(release, DAY, [cube], table, left_out([ParticipationLimit((names("a", 2, 9),), 1)]))
    assert set(pl.read_parquet(table)["person"]) == {1, 3}


def test_who_counted_before_a_crash_counts_still(tmp_path, names):
    table, beside = tmp_path / "table", tmp_path / "kept"
    pl.DataFrame({"person": [1, 1, 2], "key": ["a", "b", "a"]}).write_parquet(table)
    assert sorted(names_in(table, beside=beside).collect()["person"]) == [1, 2]
    names("kept", 2, 3)
    assert sorted(names_in(table, beside=beside).collect()["person"]) == [1, 2, 3]
