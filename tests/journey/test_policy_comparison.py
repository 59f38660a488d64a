"""What other policies would have brought is asked of the gateway's own draws, and of nobody who left."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import gateway.bootstrap
from gateway.clock import Clock
from scoring import FirstPlaces
from tests.journey.in_process import inside
from tests.journey.rule_shop import NOON
from tests.journey.shop import ITEMS
from tests.journey.test_learning import click, directory, open_shop

__all__ = ["directory"]

WHERE = "/v1/learning/placements/home/policies"
PEOPLE = ("ada", "bea")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which the test moves."""
    now = [float(NOON)]
    monkeypatch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: now[0]))
    return now


async def drawn_for_both(served: Any, clock: list[float]) -> None:
    """Two people are shown drawn slates, of which one is answered; the time for outcomes goes by."""
    await open_shop(served, teach=PEOPLE)
    for who in (*PEOPLE, "ada"):
        answer = await served.decide(who)
    await served.batch([click("ada", answer["items"][0]["id"], answer["decision_id"])])
    clock[0] += 3 * 3600
    await served.sign_in()


async def test_it_tells_of_one_slate_of_each_person_and_refuses_a_verdict_on_two(
    directory: Any, clock: list[float]
) -> None:
    async with inside(directory) as served:
        await open_shop(served, teach=())
        early = (await served.http.get(WHERE)).json()
        assert (early["slates"], early["policies"]) == (0, {})
        await drawn_for_both(served, clock)
        told = (await served.http.get(WHERE)).json()
        assert (told["placement"], told["slates"], told["answered"]) == ("home", 2, None)
        assert set(told["policies"]) == {"ranked", "learnt", "uniform"}
        for each in told["policies"].values():
            assert "effective_sample" in each["refused"]
            assert each["snips"] is None
        assert not any(item in str(told) for item in ITEMS)
        await served.consent("ada", "withdrawn", "model-improvement")
        left = (await served.http.get(WHERE)).json()
        assert (left["slates"], left["answered"]) == (1, None), "a mean of one person is what that person did"


async def test_who_withdraws_while_it_is_computed_is_not_in_it(
    directory: Any, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(directory) as served:
        await drawn_for_both(served, clock)
        loop, computed, judge = asyncio.get_running_loop(), [], FirstPlaces.judge

        def withdrawn_meanwhile(shown: Any, chance: Any) -> Any:
            computed.append(len(shown))
            if len(computed) == 1:
                said = served.consent("ada", "withdrawn", "model-improvement")
                asyncio.run_coroutine_threadsafe(said, loop).result(60)
            return judge(shown, chance)

        monkeypatch.setattr(FirstPlaces, "judge", withdrawn_meanwhile)
        assert (await served.http.get(WHERE)).json()["slates"] == 1
        assert computed == [2, 1]


async def test_only_administrators_ask_and_only_of_what_is_drawn(directory: Any) -> None:
    async with inside(directory) as served:
        assert (await served.http.get(WHERE.replace("home", "nowhere"))).status_code == 404
        headers = {"authorization": f"Bearer {await served.token('decide')}"}
        assert (await served.http.get(WHERE, headers=headers)).status_code == 403
