"""What recurs goes on after a failure, is woken, and has ended when its stop returns."""

import asyncio
from typing import Any

import pytest

from gateway.recurring import Recurring

HOUR = 3600.0


async def looked(looks: list[Any], times: int) -> None:
    async with asyncio.timeout(60):
        while len(looks) < times:  # noqa: ASYNC110  # nothing tells when it has looked
            await asyncio.sleep(0)


@pytest.fixture
async def unseen():
    """What the event loop was told of failures."""
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    yield told
    asyncio.get_running_loop().set_exception_handler(None)


async def test_a_function_and_a_coroutine_function_are_called_again_and_again():
    looks: list[str] = []

    async def look() -> None:
        await asyncio.sleep(0)
        looks.append("coroutine")

    for each in (look, lambda: looks.append("function")):
        looks.clear()
        recurring = Recurring(each, 0.0)
        recurring.start()
        await looked(looks, 3)
        await recurring.stop()


async def test_it_waits_first_unless_it_begins_at_once():
    looks: list[str] = []
    waiting = Recurring(lambda: looks.append("waiting"), HOUR)
    eager = Recurring(lambda: looks.append("eager"), HOUR, at_once=True)
    waiting.start()
    eager.start()
    await looked(looks, 1)
    for _ in range(10):
        await asyncio.sleep(0)
    await waiting.stop()
    await eager.stop()
    assert looks == ["eager"]


async def test_whoever_is_woken_does_not_wait_for_the_interval_and_looks_once_for_each_time():
    looks: list[int] = []
    recurring = Recurring(lambda: looks.append(1), HOUR)
    recurring.start()
    for times in (1, 2, 3):
        recurring.wake()
        await looked(looks, times)
    for _ in range(10):
        await asyncio.sleep(0)
    await recurring.stop()
    assert len(looks) == 3


async def test_woken_during_a_look_it_looks_once_more():
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if len(looks) == 1:
            recurring.wake()

    recurring = Recurring(look, HOUR, at_once=True)
    recurring.start()
    await looked(looks, 2)
    await recurring.stop()


async def test_an_expected_failure_passes_in_silence_and_any_other_is_told_and_both_are_followed_by_a_look(
    unseen,
):
    failures: list[Exception] = [OSError("expected"), ValueError("nobody thought of it"), OSError("expected")]
    looks: list[int] = []

    def look() -> None:
        looks.append(1)
        if failures:
            raise failures.pop(0)

    recurring = Recurring(look, 0.0, passing=(OSError,))
    recurring.start()
    await looked(looks, 5)
    await recurring.stop()
    assert [type(each["exception"]) for each in unseen] == [ValueError]


async def test_nothing_runs_after_the_stop_and_a_look_under_way_is_cancelled():
    begun: list[int] = []
    ended: list[int] = []

    async def look() -> None:
        begun.append(1)
        await asyncio.sleep(HOUR)
        ended.append(1)

    recurring = Recurring(look, 0.0)
    await recurring.stop()  # not started: nothing to end
    recurring.start()
    await looked(begun, 1)
    await recurring.stop()
    assert not ended
    assert asyncio.all_tasks() == {asyncio.current_task()}
