"""What a window of a release is booked for, and what becomes of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from audit import Entry, encode_entry
from gateway.aggregates.entries import Detail
from gateway.aggregates.in_force import ReleasesInForce
from gateway.aggregates.progress import Progress, Step
from gateway.aggregates.questions import Places
from gateway.aggregates.release_runs import Ended, ReleaseRuns
from gateway.errors import MeasuringError
from gateway.routing import FeedPage
from privacy import (
    Budget,
    Claim,
    Granted,
    Length,
    Loss,
    MemoryBudget,
    Release,
    Window,
    default_releases_text,
    read_catalogue,
    window_at,
)
from privacy.releases.register_memory import MemoryReleaseRegister
from tests.small_cube import SmallCube

DAY = window_at(Length.DAY, 1_795_219_200)
HOURS = [Window(DAY.begin + 3600 * n, Length.HOUR) for n in range(6)]
HOURLY = b"""[[releases]]
id = "by_hour"
version = 1
title = "By the hour"
shape = "people"
window = "hour"
noise = 30.0
hours_each = 2
"""
LOSS = Loss(600)


class House(SmallCube):
    """Everything around the books and the cube, in memory; who counts is written as the process that measures does it."""

    def __init__(self, directory: Path, thread: Executor, terms: bytes = b"") -> None:
        super().__init__(directory, thread, late_seconds=3600)
        self.participation = self.cube.participation
        self.entries: list[bytes] = []
        self.now = DAY.end + 7200
        self.fails = False
        self.compares_beside = False
        self.compared: asyncio.Task[int] | None = None
        self.seen: list[Progress | None] = []
        self.began: int | None = DAY.begin
        self.measured: list[tuple[Window, Loss, Places]] = []
        self.ledger = MemoryBudget()
        catalogue = read_catalogue(terms + HOURLY)
        [self.release] = catalogue.releases
        parts: Any = self
        shipped = read_catalogue(default_releases_text().encode())
        register = MemoryReleaseRegister()
        self.in_force = ReleasesInForce(
            catalogue, shipped, register, self.worker, self.note, lambda: self.now
        )
        self.runs = ReleaseRuns(
            catalogue=catalogue,
            ledger=self.ledger,
            in_force=self.in_force,
            cube=self.cube,
            start_worker=self.worker,
            writer=parts,
            append=self.append,
            read=self.read_entries,
            first_at=self.first_at,
            clock=lambda: self.now,
        )

    def plain(self, kind: Any, outcome: Any, now: int, detail: Any) -> bytes:
        return encode_entry(Entry(kind=kind, outcome=outcome, at=now, detail=detail))

    async def append(self, entries: list[bytes]) -> int:
        self.entries += entries
        index = len(self.entries) - len(entries)
        if self.compares_beside and self.ledger.untold() and self.compared is None:
            self.compared = asyncio.create_task(self.runs.compare())
            for _ in range(50):
                await asyncio.wait([self.compared], timeout=0.001)
        return index

    async def read_entries(self, first: int) -> Sequence[tuple[int, bytes]]:
        return list(enumerate(self.entries))[first:]

    async def read(self, purpose: str, first: int, limit: int) -> FeedPage:
        self.seen.append(self.runs.progress)
        return await super().read(purpose, first, limit)

    async def first_at(self) -> int | None:
        return self.began

    async def note(self, detail: Detail) -> int:
        return 0

    async def agree(self) -> None:
        """Two people put the release in force."""
        await self.in_force.propose("anna")
        await self.in_force.approve("by_hour", "bert")

    async def prove(self, releases: Sequence[Release]) -> list[Loss | None]:
        return [LOSS] * len(releases)

    async def run(self, release: Release, begin: int, places: Places, reserved: Loss) -> bytes:
        if self.fails:
            raise MeasuringError("broke off")
        self.seen.append(self.runs.progress)
        self.measured.append((window_at(release.window, begin), reserved, places))
        for place in map(Path, places.counted):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()
        return b"numbers"

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Any]:
        yield self

    async def publish(self, window: Window) -> Ended:
        return (await self.runs.run(self.release, window))[0]

    def booked(self) -> list[int]:
        return [spend.loss.micro_rho for spend in self.ledger.spends()]


@pytest.fixture
def thread():
    with ThreadPoolExecutor(1) as found:
        yield found


@pytest.fixture
async def house(tmp_path, thread) -> House:
    found = House(tmp_path, thread)
    await found.agree()
    return found


async def test_a_day_costs_no_more_than_the_hours_in_which_somebody_counts(house):
    assert [await house.publish(hour) for hour in HOURS] == [Ended.PUBLISHED] * len(HOURS)
    assert house.booked() == [600, 600, 0, 0, 0, 0]
    assert {each.spent for each in house.ledger.balances()} == {Loss(1200)}
    assert {reserved for _, reserved, _ in house.measured} == {LOSS}, "each is measured at its own loss"
    assert [limit.most for limit in house.measured[-1][2].limits] == [8, 2]


async def test_another_day_is_paid_for_anew(house):
    for hour in HOURS[:3]:
        await house.publish(hour)
    house.now += 86_400
    assert await house.publish(Window(DAY.end, Length.HOUR)) is Ended.PUBLISHED
    assert house.booked() == [600, 600, 0, 600]


async def test_where_nobody_knows_who_counted_every_hour_is_paid_for(house):
    for hour in HOURS[:3]:
        await house.publish(hour)
    house.participation.places(house.release, HOURS[1])[0].unlink()
    assert await house.publish(HOURS[3]) is Ended.PUBLISHED
    assert house.booked() == [600, 600, 0, 600]


async def test_what_broke_off_is_taken_over_at_what_it_was_booked_for(house):
    for hour in HOURS[:2]:
        await house.publish(hour)
    house.fails = True
    with pytest.raises(MeasuringError):
        await house.publish(HOURS[2])
    house.fails = False
    assert await house.publish(HOURS[2]) is Ended.PUBLISHED
    assert house.booked() == [600, 600, 0]


async def test_a_window_that_still_takes_events_and_one_that_is_forgotten_are_not_booked(house):
    house.now = HOURS[0].end + 60
    assert await house.publish(HOURS[0]) is Ended.NOT_CLOSED
    house.now = DAY.end + 30 * 86_400
    assert await house.publish(HOURS[0]) is Ended.TOO_OLD
    assert house.booked() == []


async def test_a_clock_that_jumps_back_publishes_nothing_twice(house):
    assert await house.publish(HOURS[0]) is Ended.PUBLISHED
    house.now = DAY.begin - 86_400
    assert await house.publish(HOURS[0]) is Ended.ALREADY
    assert await house.publish(HOURS[1]) is Ended.NOT_CLOSED
    assert house.booked() == [600]


async def test_what_is_measured_are_the_parts_of_the_window(house):
    ada, bea = house.add(b"a"), house.add(b"b")
    house.look(ada, 3, HOURS[0].begin, recorded_at=HOURS[0].begin)
    house.look(bea, 2, HOURS[1].begin, recorded_at=HOURS[1].begin)
    house.look(ada, 1, HOURS[0].begin, recorded_at=house.runs.closes_at(HOURS[0]))
    assert await house.publish(HOURS[0]) is Ended.PUBLISHED
    [(_, _, places)] = house.measured
    rows = pl.concat([pl.read_parquet(path, hive_partitioning=False) for path in places.files])
    assert set(rows["person"]) == {house.keys.name(ref, "analytics", DAY.begin) for ref in (ada, bea)}
    assert rows["n"].sum() == 5, "what came late is in no part of it"


async def test_nobody_books_by_terms_that_are_not_in_force(tmp_path, thread):
    house = House(tmp_path, thread, b"[budget]\nrho_per_day = 900.0\n")
    quotas = Budget(Loss(10**6)).quotas_of_always("federated", Loss(10))
    claim = Claim("federated/1-0", Loss(5), quotas, b"p" * 32)
    assert await house.runs.book(claim, b"l" * 16) is Ended.NOT_IN_FORCE
    assert await house.publish(HOURS[0]) is Ended.NOT_IN_FORCE
    assert house.booked() == []
    await house.agree()
    assert await house.runs.book(claim, b"l" * 16) is Ended.NOT_IN_FORCE, "the release is, its terms are not"
    await house.in_force.approve("terms", "bert")
    assert isinstance(await house.runs.book(claim, b"l" * 16), Granted)


async def test_a_window_that_closed_before_there_was_anything_costs_nothing(house):
    house.began = house.runs.closes_at(HOURS[1])
    assert await house.publish(HOURS[1]) is Ended.TOO_EARLY
    assert house.booked() == []
    assert await house.publish(HOURS[2]) is Ended.PUBLISHED, "what came late still counted in it"
    house.began = None
    assert await house.publish(HOURS[1]) is Ended.PUBLISHED, "nobody knows: it is measured"


async def test_a_window_is_closed_at_its_time_also_by_whoever_closes_it_now(house):
    await house.runs.run(house.release, HOURS[0], early=True)
    assert house.cube.until == house.runs.closes_at(HOURS[0]), (
        "it had closed: what came later is in no number of it"
    )
    house.now = HOURS[1].begin + 60
    await house.runs.run(house.release, HOURS[1], early=True)
    assert house.cube.until == house.now + 1


async def test_a_run_says_how_far_it_is_and_nothing_before_and_after(house):
    house.look(house.add(b"a"), 512, DAY.begin, recorded_at=DAY.begin)
    assert house.runs.progress is None
    assert await house.publish(HOURS[0]) is Ended.PUBLISHED
    name = HOURS[0].name
    assert house.seen == [
        *(Progress("by_hour", name, Step.READING, share) for share in (0.0, 0.25, 0.5, 0.75)),
        Progress("by_hour", name, Step.MEASURING, None),
    ]
    house.fails = True
    with pytest.raises(MeasuringError):
        await house.publish(HOURS[1])
    assert house.runs.progress is None


async def test_a_publication_has_one_entry_also_if_somebody_else_books_meanwhile(house):
    house.compares_beside = True
    assert await house.publish(HOURS[0]) is Ended.PUBLISHED
    assert house.compared is not None
    await house.compared
    assert len(house.entries) == len(set(house.entries)) == 2, "one of the booking, one of the publication"
