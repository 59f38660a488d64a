"""A consent that ran out ends by itself: also for somebody whom nobody asks for, and also on the disk."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

import gateway.background.lapses
import gateway.background.state_keeper
import gateway.bootstrap
from gateway.bootstrap import open_gateway
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from gateway.settings.reading import load_settings
from tests.journey.in_process import inside
from tests.journey.shop import ITEMS, read_if_there, view
from tests.journey.standing import keep_small

LONG_SECONDS = 500 * 86_400.0
"""Longer than any consent lasts."""
TRIES = 1_200

BOTH = ("recommendations", "model-improvement")


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How far ahead of the machine's clock the gateway's is."""
    seconds = [0.0]
    monkeypatch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: time.time() + seconds[0]))
    monkeypatch.setattr(gateway.background.lapses, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(gateway.background.state_keeper, "OUTDATED_SECONDS", 0.1)
    return seconds


@pytest.mark.parametrize("asked_for", [False, True])
def test_what_was_held_on_its_ground_is_forgotten(
    tmp_path: Path, ahead: list[float], *, asked_for: bool
) -> None:
    async def story() -> None:
        directory = tmp_path / "volens"
        initialise(directory)
        keep_small(directory)
        async with inside(directory) as served:
            await served.stock()
            for purpose in BOTH:
                await served.consent("ada", "given", purpose)
            seen = [view(None, item, userId="ada") for item in ITEMS[:3]]
            assert (await served.batch(seen)).status_code == 200
            await served.services.keeper.write()
            held = (
                served.running.front._decisions._history,
                served.services.models._contributions,
            )
            assert [len(each) for each in held] == [1, 1]
            snapshot = directory / "snapshot" / "state"
            before = snapshot.read_bytes()
            after = None

            ahead[0] += LONG_SECONDS
            if asked_for:
                served.http.headers.pop("authorization")
                await served.sign_in()
                assert (await served.decide("ada"))["reason"] == "expired"
            for _ in range(TRIES):
                after = read_if_there(snapshot)
                if not any(len(each) for each in held) and after not in (None, before):
                    break
                await asyncio.sleep(0.1)
            assert not any(len(each) for each in held)
            assert after is not None
            assert len(after) < len(before), "what it held is not in it any more"

    asyncio.run(story())


async def test_a_clock_set_back_across_a_restart_brings_nothing_back(
    tmp_path: Path, ahead: list[float], capfd: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.consent("ada", "given")
        assert (await served.decide("ada"))["reason"] == "no_history"
        ahead[0] += LONG_SECONDS
        served.http.headers.pop("authorization")
        await served.sign_in()
        assert (await served.decide("ada"))["reason"] == "expired"
    ahead[0] = 0.0
    for _ in range(2):  # the second start has only entries of the first to go by
        async with open_gateway(load_settings(directory)) as running:
            services = running.services
            slot = services.people.slot_of[next(iter(services.people.slot_of))]
            assert services.enforcement.permitted_bits(slot, services.clock.now()) == 0
            assert not services.clock.trusted
    assert "clock_stepped_back" in capfd.readouterr().err

    for trusting in (
        True,
        False,
    ):  # an operator may say that the later time was the wrong one, once and for all
        async with open_gateway(load_settings(directory), trust_clock=trusting) as running:
            services = running.services
            assert services.enforcement.permitted_bits(slot, services.clock.now()) != 0
            assert services.clock.trusted
