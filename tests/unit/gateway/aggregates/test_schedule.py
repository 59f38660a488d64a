"""Windows are run when they are due, once, and a passing failure stops nothing."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.aggregates.release_runs import Ended, key_of
from gateway.aggregates.schedule import MOST_TRIES, Schedule
from gateway.errors import MeasuringError
from privacy import (
    Budget,
    Claim,
    Length,
    Loss,
    MemoryBudget,
    Release,
    Window,
    default_releases_text,
    read_catalogue,
    window_at,
)
from tests.small_cube import SmallCube

CATALOGUE = read_catalogue(default_releases_text().encode())
PEOPLE = CATALOGUE.releases[0]
DAY = window_at(Length.DAY, 1_795_219_200)
DUE = DAY.end + 60 * (CATALOGUE.windows.late_minutes + CATALOGUE.windows.pause_minutes)
LEASE = b"l" * 16


class House(SmallCube):
    """Runs that do as they are told; one release is in force, since the day's begin. The cube is a real one."""

    def __init__(self, directory: Path, thread: Executor) -> None:
        super().__init__(directory, thread)
        self.catalogue = CATALOGUE
        self.ledger = MemoryBudget()
        self.now = DUE
        self.since_when: int | None = DAY.begin
        self.answers: list[Ended | Exception] = []
        self.asked: list[str] = []
        self.in_force = self
        parts: Any = self
        self.schedule = Schedule(parts, self.cube, lambda: self.now, seconds=0.0)

    async def since(self, release: Release) -> int | None:
        return self.since_when if release.id == PEOPLE.id else None

    async def keep_days(self) -> int:
        return CATALOGUE.windows.keep_days

    async def take_up_shipped(self) -> None:
        pass

    async def run(self, release: Release, window: Window) -> tuple[Ended, bytes | None]:
        self.asked.append(window.name)
        answer = self.answers.pop(0) if self.answers else Ended.PUBLISHED
        if isinstance(answer, Exception):
            raise answer
        if answer is Ended.PUBLISHED:
            key = key_of(release, window)
            quotas = Budget(Loss(10**6)).quotas(window.days, "analytics", "product")
            self.ledger.reserve(Claim(key, Loss(1), quotas, b"p" * 32), LEASE, now=self.now)
            self.ledger.publish(key, LEASE, b"numbers", now=self.now)
        return answer, None

    async def live(self, *days: int) -> None:
        """Somebody does something on each of so many days after the first one, and it is built."""
        ada = self.add(b"a")
        for day in days:
            self.look(ada, 1, DAY.begin + 86_400 * day, recorded_at=DAY.begin + 86_400 * day)
        await self.cube.build_until(DAY.begin + 86_400 * (max(days) + 1))


@pytest.fixture
def house(tmp_path):
    with ThreadPoolExecutor(1) as thread:
        yield House(tmp_path, thread)


async def test_a_window_is_due_at_its_time_and_not_a_second_before(house):
    house.now = DUE - 1
    assert await house.schedule.look() == 0
    house.now = DUE
    assert await house.schedule.look() == 1
    assert await house.schedule.look() == 0
    assert house.asked == [DAY.name]


async def test_windows_that_were_missed_are_run_in_their_order(house):
    house.now = DUE + 3 * 86_400
    assert await house.schedule.look() == 4
    assert house.asked == sorted(house.asked)


async def test_what_is_not_kept_any_more_is_not_run(house):
    house.now = DUE + 30 * 86_400
    await house.schedule.look()
    assert len(house.asked) == CATALOGUE.windows.keep_days - 1
    assert DAY.name not in house.asked


async def test_nothing_runs_that_is_not_in_force(house):
    house.since_when = None
    assert await house.schedule.due() == []
    house.since_when = DAY.begin + 1
    assert await house.schedule.due() == [], "a window that had begun before is not looked at"


async def test_what_was_refused_is_not_asked_for_again(house):
    house.answers = [Ended.OVER_BUDGET]
    assert await house.schedule.look() == 0
    assert await house.schedule.look() == 0
    assert house.asked == [DAY.name]


async def test_what_broke_off_is_due_again(house):
    house.answers = [MeasuringError("broke off")]
    assert await house.schedule.look() == 0
    assert await house.schedule.look() == 1


async def test_what_breaks_off_again_and_again_holds_up_nothing_and_is_left(house):
    house.now += 86_400
    house.answers = [MeasuringError("broke off"), Ended.PUBLISHED] + [MeasuringError("broke off")] * 2
    assert await house.schedule.look() == 1, "the day after it"
    for _ in range(3):
        assert await house.schedule.look() == 0
    assert house.asked.count(DAY.name) == 3


async def test_a_clock_that_jumps_back_finds_nothing_due(house):
    assert await house.schedule.look() == 1
    house.now = DAY.begin - 86_400
    assert await house.schedule.due() == []


async def test_what_is_not_kept_goes(house):
    await house.live(0, 1, 2, 8)
    assert house.cube.files.days() == ["2026-11-21", "2026-11-22", "2026-11-23", "2026-11-29"]
    assert house.keys.weeks() == ["2026-11-16.week", "2026-11-23.week"]
    house.now = DAY.begin + 86_400 * (CATALOGUE.windows.keep_days + 2)
    await house.schedule.tidy()
    assert house.cube.files.days() == ["2026-11-22", "2026-11-23", "2026-11-29"], (
        "and the day in which it lies"
    )
    assert house.keys.weeks() == ["2026-11-23.week"]


async def test_it_looks_again_and_again_also_after_a_failure(house):
    house.answers = [MeasuringError("broke off"), OSError()]
    await house.live(-30)
    house.schedule.start()
    async with asyncio.timeout(60):
        while len(house.asked) < 3 or house.cube.files.days():  # noqa: ASYNC110  # nothing tells when it has looked
            await asyncio.sleep(0)
    await house.schedule.stop()
    assert house.asked == [DAY.name] * 3
    assert [spend.state.value for spend in house.ledger.spends()] == ["published"]
    assert asyncio.all_tasks() == {asyncio.current_task()}, "nothing runs after the end"


async def test_the_books_are_never_read_on_the_loop(house, monkeypatch):
    read_on: list[threading.Thread] = []
    spends = house.ledger.spends
    monkeypatch.setattr(
        house.ledger, "spends", lambda **more: read_on.append(threading.current_thread()) or spends(**more)
    )
    await house.schedule.due()
    assert read_on
    assert threading.current_thread() not in read_on


async def test_an_end_without_a_beginning_is_quiet(house):
    await house.schedule.stop()


async def test_a_window_that_is_not_published_says_why(house):
    house.answers = [Ended.OVER_BUDGET]
    assert await house.schedule.look() == 0
    assert house.schedule.not_published(PEOPLE) == {DAY.name: "over_budget"}
    assert house.schedule.not_published(CATALOGUE.releases[1]) == {}
    house.now += 40 * 86_400
    house.since_when = house.now
    assert await house.schedule.due() == []
    assert house.schedule.not_published(PEOPLE) == {}, "it is not waited for any more"


async def test_a_window_that_cannot_be_measured_says_so(house):
    house.answers = [MeasuringError("broke off")] * MOST_TRIES
    for _ in range(MOST_TRIES):
        assert house.schedule.not_published(PEOPLE) == {}
        await house.schedule.look()
    assert house.schedule.not_published(PEOPLE) == {DAY.name: "broke_off"}
    await house.schedule.look()
    assert len(house.asked) == MOST_TRIES


async def test_a_window_that_was_run_by_hand_is_not_told_as_unpublished(house):
    house.answers = [MeasuringError("broke off")] * MOST_TRIES
    for _ in range(MOST_TRIES):
        await house.schedule.look()
    await house.run(PEOPLE, DAY)
    assert await house.schedule.due() == []
    assert house.schedule.not_published(PEOPLE) == {}


async def test_what_somebody_published_meanwhile_is_not_told_as_unpublished(house):
    house.answers = [Ended.ALREADY]
    assert await house.schedule.look() == 0
    assert house.asked == [DAY.name]
    assert house.schedule.not_published(PEOPLE) == {}


async def test_a_window_that_was_given_up_says_so_after_the_next_start_too(house):
    key = key_of(PEOPLE, DAY)
    quotas = Budget(Loss(10**6)).quotas(DAY.days, "analytics", "product")
    house.ledger.reserve(Claim(key, Loss(1), quotas, b"p" * 32), LEASE, now=house.now)
    house.ledger.give_up(key, LEASE)
    assert await house.schedule.due() == []
    assert house.schedule.not_published(PEOPLE) == {DAY.name: "lost"}
