"""Gathering: one commit for those who wait for one another, in their order, and everybody is answered."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from consent import CallResult, StoreUnavailableError
from gateway.gathering import MOST_TOGETHER, Gathering


class Groups:
    """Carries out calls, and remembers which came together; the first group waits until it is let go."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.begun, self.go = threading.Event(), threading.Event()
        self.failure: Exception | None = None

    def together(self, calls):
        self.sizes.append(len(calls))
        self.begun.set()
        assert self.go.wait(120)
        if self.failure is not None:
            raise self.failure
        return [self._result(call) for call in calls]

    @staticmethod
    def _result(call):
        try:
            return CallResult(call())
        except ArithmeticError as failure:
            return CallResult(None, failure)


@pytest.fixture
def groups():
    return Groups()


@pytest.fixture
def worker():
    with ThreadPoolExecutor(1) as executor:
        yield executor


async def first_under_way(gathering, groups, call=int):
    """A call that the worker is busy with."""
    first = asyncio.create_task(gathering.run(call))
    await asyncio.to_thread(groups.begun.wait, 10)
    return first


def run(groups, worker, story):
    asyncio.run(story(Gathering(groups, worker)))
    assert groups.sizes


def test_a_call_alone_waits_for_nobody(groups, worker):
    async def story(gathering):
        groups.go.set()
        assert await gathering.run(divmod, 7, 2) == (3, 1)
        assert await gathering.run(int, "11", base=2) == 3
        assert groups.sizes == [1, 1]

    run(groups, worker, story)


def test_what_comes_in_one_turn_of_the_loop_goes_together(groups, worker):
    async def story(gathering):
        groups.go.set()
        assert await asyncio.gather(*(gathering.run(int, n) for n in range(5))) == [*range(5)]
        assert groups.sizes == [5]

    run(groups, worker, story)


def test_what_comes_while_the_worker_is_busy_goes_together_in_its_order_and_no_group_is_large(groups, worker):
    async def story(gathering):
        order = []
        first = await first_under_way(gathering, groups)
        rest = [asyncio.create_task(gathering.run(order.append, n)) for n in range(MOST_TOGETHER + 3)]
        await asyncio.sleep(0)
        groups.go.set()
        await asyncio.gather(first, *rest)
        assert groups.sizes == [1, MOST_TOGETHER, 3]
        assert order == [*range(MOST_TOGETHER + 3)]

    run(groups, worker, story)


def test_a_failure_is_told_to_whose_it_is(groups, worker):
    async def story(gathering):
        groups.go.set()
        calls = (gathering.run(divmod, 1, 0), gathering.run(divmod, 1, 1))
        failed, done = await asyncio.gather(*calls, return_exceptions=True)
        assert isinstance(failed, ZeroDivisionError)
        assert done == (1, 0)

    run(groups, worker, story)


def test_a_failure_of_the_store_is_told_to_everybody_and_the_next_are_served(groups, worker):
    async def story(gathering):
        groups.failure = StoreUnavailableError("not now")
        groups.go.set()
        told = await asyncio.gather(*(gathering.run(int) for _ in range(3)), return_exceptions=True)
        assert [type(each) for each in told] == [StoreUnavailableError] * 3
        groups.failure = None
        assert await gathering.run(int) == 0

    run(groups, worker, story)


def test_a_call_whose_caller_went_away_is_carried_out_all_the_same(groups, worker):
    async def story(gathering):
        order = []
        first = await first_under_way(gathering, groups)
        gone = asyncio.create_task(gathering.run(order.append, "gone"))
        stays = asyncio.create_task(gathering.run(order.append, "stays"))
        await asyncio.sleep(0)
        gone.cancel()
        groups.go.set()
        await asyncio.gather(first, stays)
        assert gone.cancelled()
        assert order == ["gone", "stays"]

    run(groups, worker, story)


def test_nobody_waits_for_ever_for_a_worker_that_has_ended(groups, worker):
    async def story(gathering):
        groups.go.set()
        await gathering.run(int)
        worker.shutdown()
        waiting = [gathering.run(int) for _ in range(MOST_TOGETHER + 1)]
        told = await asyncio.gather(*waiting, return_exceptions=True)
        assert {type(each) for each in told} == {RuntimeError}

    run(groups, worker, story)
