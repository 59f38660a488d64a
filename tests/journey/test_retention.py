"""What was kept as long as the policy says is gone: from memory, from the disk, and for whoever holds every key there is left."""

from __future__ import annotations

import time
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

import gateway.background.retention
import gateway.bootstrap
from consent import StoreUnavailableError
from gateway.bootstrap import open_gateway
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from gateway.settings.reading import load_settings
from privacy import DAY_SECONDS, day_of
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, view
from tests.journey.standing import keep_small

KEPT_DAYS = 24
RECOMMENDATIONS = "recommendations"


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How far ahead of the machine's clock the gateway's is; nothing is looked for but by hand."""
    seconds = [0.0]
    monkeypatch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: time.time() + seconds[0]))
    monkeypatch.setattr(gateway.background.retention, "INTERVAL_SECONDS", 1e6)
    return seconds


def directory_that_keeps(tmp_path: Path, purpose: str = RECOMMENDATIONS) -> Path:
    directory = tmp_path / "volens"
    initialise(directory)
    keep_small(directory)
    path = directory / "policy.toml"
    head, _, tail = path.read_text().partition(f'id = "{purpose}"')
    tail = tail.replace("retention_days = 395", f"retention_days = {KEPT_DAYS}", 1)
    path.write_text(f'{head}id = "{purpose}"{tail}')
    return directory


async def signals_of(served: Inside, who: str) -> list[str]:
    """The items of the signals that can still be opened for a person."""
    body = {"subject": {"id": who}, "type": "access"}
    asked = (await served.http.post("/v1/rights", json=body)).json()
    report = (await served.http.get(asked["report"])).json()
    (purpose,) = [each for each in report["purposes"] if each["id"] == RECOMMENDATIONS]
    return [each["fields"]["product_id"] for each in purpose["signals"]]


async def look_at(served: Inside, item: str) -> None:
    served.http.headers.pop("authorization", None)
    await served.sign_in()
    assert (await served.batch([view(None, item, userId="ada")])).json()["accepted"] == 1


async def test_days_that_are_over_are_gone_and_the_days_since_are_not(
    tmp_path: Path, ahead: list[float]
) -> None:
    directory = directory_that_keeps(tmp_path)
    async with inside(directory) as served:
        await served.stock()
        assert (await served.consent("ada", "given")).status_code == 200
        await look_at(served, ITEMS[0])
        ahead[0] = 20 * DAY_SECONDS
        await look_at(served, ITEMS[1])
        assert sorted(await signals_of(served, "ada")) == sorted(ITEMS[:2])
        history = served.running.front._decisions._history
        (slot,) = served.services.people.slot_of.values()

        ahead[0] = (KEPT_DAYS + 1) * DAY_SECONDS
        assert await served.running.retention.look() > 0
        assert len(history.of(slot)) == 1
        await look_at(served, ITEMS[2])
        assert sorted(await signals_of(served, "ada")) == sorted(ITEMS[1:3])
        assert await served.running.retention.look() == 0, "nothing is touched again before its time"

    (directory / "snapshot" / "state").unlink()
    async with open_gateway(load_settings(directory)) as running:  # everything from the log
        decisions = running.front._decisions
        assert len(decisions._history.of(slot)) == 2
        ahead[0] = 3 * KEPT_DAYS * DAY_SECONDS
        assert await running.retention.look() > 0
        assert not decisions._history.knows(slot)


async def test_a_clock_that_stepped_back_destroys_nothing(tmp_path: Path, ahead: list[float]) -> None:
    async with inside(directory_that_keeps(tmp_path)) as served:
        await served.stock()
        await served.consent("ada", "given")
        await look_at(served, ITEMS[0])
        ahead[0] = (KEPT_DAYS + 1) * DAY_SECONDS
        served.services.clock.now()  # a time is seen at which the first day would be over, and then it is taken back
        ahead[0] = 0
        assert await served.running.retention.look() == 0
        assert not served.services.clock.trusted
        ahead[0] = (KEPT_DAYS + 1) * DAY_SECONDS
        assert await served.running.retention.look() > 0, "it would have been destroyed"


async def test_a_look_that_fails_half_way_leaves_no_key_of_a_day_that_is_over_in_memory(
    tmp_path: Path, ahead: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with inside(directory_that_keeps(tmp_path)) as served:
        await served.stock()
        await served.consent("ada", "given")
        await look_at(served, ITEMS[0])
        retention = served.running.retention
        day, age = day_of(served.services.clock.now()), type(retention.keys).age
        (slot,) = served.services.people.slot_of.values()
        bit = served.services.policy.bits[RECOMMENDATIONS]
        assert bit in retention.sealing_keys.of(slot, day)

        def fail_after_one(records: Any, *purpose: str, **bounds: int) -> int:
            if age(records, *purpose, **bounds):
                return 1
            raise StoreUnavailableError("gone")

        ahead[0] = (KEPT_DAYS + 1) * DAY_SECONDS
        monkeypatch.setattr(type(retention.keys), "age", fail_after_one)
        with pytest.raises(StoreUnavailableError):
            await retention.look()
        assert bit not in retention.sealing_keys.of(slot, day)


async def test_the_shared_model_follows_what_became_too_old(tmp_path: Path, ahead: list[float]) -> None:
    directory = directory_that_keeps(tmp_path, "model-improvement")
    async with inside(directory) as served:
        await served.stock()
        await served.consent("ada", "given", "model-improvement")
        await look_at(served, ITEMS[0])
        schedule = served.services.training._schedule
        await served.services.training.stop()
        if schedule.training:
            schedule.finished(monotonic())
        schedule.started(monotonic())
        schedule.finished(monotonic())
        ahead[0] = KEPT_DAYS * DAY_SECONDS - 3600.0
        await served.running.retention.look()
        assert not schedule.is_due(monotonic() + 1e6), "everything is as it was"
        ahead[0] = (KEPT_DAYS + 1) * DAY_SECONDS
        await served.running.retention.look()
        assert schedule.is_due(monotonic() + 1e6)
