"""What is built of the log: each person's own, and of nobody more than there is room for."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl
import pytest

from consent import Reason, Resolution
from gateway.aggregates import cube as cube_module
from gateway.aggregates.cube_files import CubeFiles
from gateway.aggregates.cube_keys import CubeKeys
from privacy import DAY_SECONDS, Length, SubjectRef, read_catalogue, window_at
from privacy.measuring import prepare
from tests.small_cube import SmallCube

DAY = window_at(Length.DAY, 1_795_219_200)
NOON = DAY.begin + 12 * 3600
ANALYTICS = 1


STEPS = ("Product Viewed", "Product Added", "Order Completed")
FUNNEL = f"""
[[releases]]
id = "way"
version = 1
title = "Way"
shape = "funnel"
steps = {list(STEPS)}
window = "day"
noise = 1.0
"""


class House(SmallCube):
    """Looks at rows."""

    def look(  # type: ignore[override]  # at noon, unless a test says otherwise
        self, ref: SubjectRef, count: int, at: int = NOON, event: str = "Product Viewed"
    ) -> None:
        super().look(ref, count, at, event, recorded_at=NOON)

    async def rows_of(self, ref: SubjectRef) -> int:
        await self.cube.build_until(NOON + 60)
        name = self.keys.name(ref, "analytics", NOON)
        parts = self.cube.files.files("analytics", DAY, 10**8)
        return sum(int((pl.read_parquet(part)["person"] == name).sum()) for part in parts)


@pytest.fixture
def house(tmp_path):
    with ThreadPoolExecutor(1) as worker:
        yield House(tmp_path, worker, ordered={"analytics": STEPS[1:]})


async def test_within_an_hour_it_is_known_what_came_after_what(house, tmp_path):
    catalogue = read_catalogue(FUNNEL.encode())
    house.cube._ordered = catalogue.ordered_events()
    viewed, added, bought = STEPS
    went = {
        b"a": [viewed, bought, added, bought],
        b"b": [viewed, bought, added],
        b"c": [added, bought, viewed],
        b"d": [viewed, added, viewed, added, bought],
    }
    for name, events in went.items():
        ref = house.add(name)
        for minute, event in enumerate(events):
            house.look(ref, 1, NOON + 60 * minute, event)
    await house.cube.build_until(NOON + 60)
    prepare(catalogue.releases[0], DAY, house.cube.files.files("analytics", DAY, 10**8), tmp_path / "table")
    names = {house.keys.name(SubjectRef(name * 16), "analytics", NOON): name for name in went}
    found = {
        names[who]: key for who, key in pl.read_parquet(tmp_path / "table").select("person", "key").rows()
    }
    assert found == {b"a": bought, b"b": added, b"c": viewed, b"d": bought}


async def test_who_came_late_is_who_came_after_the_day_had_closed(house, tmp_path):
    late = read_catalogue(
        FUNNEL.replace("funnel", "late")
        .replace('"day"', '"week"')
        .replace(f"steps = {list(STEPS)}", "")
        .encode()
    )
    week, closed = window_at(Length.WEEK, NOON), DAY.end
    came = {b"a": (NOON, NOON), b"b": (NOON, closed - 1), b"c": (NOON, closed), b"d": (closed + 60, closed + 60), b"e": (NOON, week.end - 1), b"f": (NOON, week.end)}  # fmt: skip
    for name, (at, recorded_at) in sorted(came.items(), key=lambda each: each[1][1]):
        house.look(house.add(name), 1, at)
        house.log[-1] = replace(house.log[-1], recorded_at=recorded_at)
    await house.cube.build_until(week.end + 60)
    found = house.cube.files.files("analytics", week, house.cube.arrival_of(week.end - 1) + 1, late=True)
    prepare(late.releases[0], week, found, tmp_path / "table")
    names = {house.keys.name(SubjectRef(name * 16), "analytics", NOON): name for name in came}
    assert {names[who] for who in pl.read_parquet(tmp_path / "table")["person"]} == {b"c", b"e"}


async def test_what_is_alike_within_an_hour_is_one_row_where_nobody_looks_at_its_order(house):
    ada = house.add(b"a")
    house.look(ada, 3)
    house.log = [replace(each, attributes={}, event=event) for each in house.log for event in STEPS[:2]]
    house.log = [replace(each, index=n, at=NOON + n) for n, each in enumerate(house.log)]
    assert await house.rows_of(ada) == 1 + 3


@pytest.mark.parametrize("others", [0, 30, 300])
async def test_of_one_person_so_much_is_taken_whatever_others_do(house, monkeypatch, others):
    monkeypatch.setattr(cube_module, "MOST_LINES_EACH", 40)
    monkeypatch.setattr(cube_module, "MAX_ROWS", 50)
    ada, bea = house.add(b"a"), house.add(b"b")
    for _ in range(5):
        house.look(bea, others // 5)
        house.look(ada, 30)
    assert await house.rows_of(ada) == 40
    assert await house.rows_of(bea) == min(others, 40)


async def test_a_person_who_withdraws_while_it_is_built_is_in_none_of_it(house):
    ada, bea = house.add(b"a"), house.add(b"b")
    house.look(ada, 5)
    house.look(bea, 7)
    assert await house.rows_of(ada) == 5
    house.cube.forget("analytics", house.people.slot_of[ada])
    await house.cube.settle()
    assert (await house.rows_of(ada), await house.rows_of(bea)) == (0, 7)


async def test_events_of_another_century_fill_no_disk(house):
    ada = house.add(b"a")
    for weeks in range(2, 500):
        house.look(ada, 1, at=NOON - 7 * DAY_SECONDS * weeks)
    house.look(ada, 3)
    assert await house.rows_of(ada) == 3
    assert len(house.cube.files.days()) == 1
    assert len(house.keys.weeks()) == 1


async def test_everybody_who_leaves_meanwhile_is_taken_out_at_once(house, monkeypatch):
    people = [house.add(bytes([number])) for number in range(50)]
    for ref in people:
        house.look(ref, 1)
    assert await house.rows_of(people[0]) == 1
    rewritten, keep_only = [], CubeFiles.keep_only

    def count(files, *arguments):
        rewritten.append(arguments)
        return keep_only(files, *arguments)

    monkeypatch.setattr(CubeFiles, "keep_only", count)
    for ref in people[:40]:
        house.cube.forget("analytics", house.people.slot_of[ref])
    await house.cube.settle()
    assert len(rewritten) == 1
    assert [await house.rows_of(ref) for ref in people] == [0] * 40 + [1] * 10


async def test_names_are_made_beside_the_event_loop_and_who_leaves_meanwhile_is_in_no_file(
    house, monkeypatch
):
    ada, bea = house.add(b"a"), house.add(b"b")
    house.look(ada, 5)
    house.look(bea, 7)
    asked, go_on, name = threading.Event(), threading.Event(), CubeKeys.name

    def wait_and_name(keys, *arguments):
        asked.set()
        assert go_on.wait(60)
        return name(keys, *arguments)

    monkeypatch.setattr(CubeKeys, "name", wait_and_name)
    building = asyncio.ensure_future(house.cube.build_until(NOON + 60))
    assert await asyncio.to_thread(asked.wait, 60), "the loop goes on while names are made"
    house.cube.forget("analytics", house.people.slot_of[ada])
    go_on.set()
    await building
    await house.cube.settle()
    assert (await house.rows_of(ada), await house.rows_of(bea)) == (0, 7)


async def test_whoever_cannot_be_taken_out_now_is_out_before_anything_is_used(house, monkeypatch):
    ada = house.add(b"a")
    house.look(ada, 5)
    assert await house.rows_of(ada) == 5
    keep_only, fails = CubeFiles.keep_only, [True]

    def refuse_once(files, *arguments):
        if fails:
            fails.pop()
            raise OSError("the disk is full")
        return keep_only(files, *arguments)

    monkeypatch.setattr(CubeFiles, "keep_only", refuse_once)
    slot = house.people.slot_of[ada]
    house.people.mask[slot] = 0
    house.cube.forget("analytics", slot)
    await house.cube.settle()
    assert await house.rows_of(ada) == 0


async def test_it_says_how_much_of_the_log_is_read(house):
    ada = house.add(b"a")
    house.look(ada, 512)
    assert house.cube.built == 1
    assert await house.rows_of(ada) == 512
    assert house.built == [0, 0.25, 0.5, 0.75]
    assert house.cube.built == 1


async def test_a_link_that_ends_in_a_pause_does_not_make_two_people_of_one_that_week(house):
    [release] = read_catalogue(FUNNEL.encode()).releases
    ada, browser = house.add(b"a"), house.add(b"b")
    names = [house.keys.name(ref, "analytics", NOON) for ref in (ada, browser)]
    house.cube._identities.bind(browser, ada)
    slot = house.people.slot_of[ada]
    assert house.people.take_up(slot, Resolution(0, 0, None, {0: Reason.RESTRICTED})) == ANALYTICS
    house.cube.part(slot)
    await house.cube.rest()
    house.people.take_up(slot, Resolution(0, 0, None, {0: Reason.EXPIRED}))
    assert house.cube._identities.linked_or_own(browser) == browser
    [left_out] = [limit for limit in house.cube.participation.limits(release, DAY) if limit.most == 1]
    assert pl.read_parquet(left_out.files[0])["person"].to_list() == names[1:]
