"""Whoever takes part in a split is not made to leave by removing it and bringing it back with less."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.flags import ended_splits
from tests.journey.in_process import Inside, inside
from tests.journey.test_flags import BANNER, put, rollout

EXPERIMENT = {
    "id": "checkout",
    "baseline": "off",
    "metrics": [{"name": "orders", "event": "Order Completed", "once": True}],
}


def compared(coverage: float, salt: str = "s", **weights: float) -> dict[str, Any]:
    """A flag with an experiment that has come so far."""
    shared = weights or {"on": 0.5, "off": 0.5}
    split = {"salt": salt, "weights": shared, "coverage": coverage, "experiment": EXPERIMENT}
    return {**BANNER, "rules": [{"split": split}]}


async def removed(served: Inside) -> None:
    """The flag is removed."""
    assert (await served.http.delete("/v1/flags/search")).status_code == 200


async def emptied(served: Inside) -> None:
    """The flag has no rules any more."""
    await put(served, "search", BANNER)


async def replaced(served: Inside) -> None:
    """The flag has another split, for a while."""
    other = {"salt": "another", "weights": {"on": 1.0}, "coverage": 0.1}
    await put(served, "search", {**BANNER, "rules": [{"split": other}]})


@pytest.mark.parametrize("end", [removed, emptied, replaced])
async def test_what_a_rollout_reached_is_not_taken_back(
    tmp_path: Path, end: Callable[[Inside], Awaitable[None]]
) -> None:
    async with inside(tmp_path / "data") as served:
        await put(served, "search", rollout(0.5))
        await end(served)
        assert (await put(served, "search", rollout(0.1), 422)).json()["reason"] == "ramp_falls"
        await put(served, "other", rollout(0.1))
    async with inside(tmp_path / "data") as served:
        assert (await put(served, "search", rollout(0.4), 422)).json()["reason"] == "ramp_falls"
        await put(served, "search", rollout(0.6))
        await end(served)
        assert (await put(served, "search", rollout(0.5), 422)).json()["reason"] == "ramp_falls"
        await put(served, "search", rollout(0.6))


async def test_a_ramp_that_was_removed_counts_as_far_as_it_had_come(tmp_path: Path) -> None:
    async with inside(tmp_path / "data") as served:
        now = served.services.clock.now()
        steps = [{"at": now - 10, "coverage": 0.5}, {"at": now + 10_000, "coverage": 1.0}]
        split = {"salt": "rollout", "weights": {"on": 1.0}, "coverage": 0.1, "ramp": steps}
        await put(served, "search", {**BANNER, "rules": [{"split": split}]})
        await removed(served)
        assert (await put(served, "search", rollout(0.49), 422)).json()["reason"] == "ramp_falls"
        await put(served, "search", rollout(0.5))


async def test_an_experiment_goes_on_as_it_was_under_whatever_flag(tmp_path: Path) -> None:
    async with inside(tmp_path / "data") as served:
        await put(served, "search", compared(0.5))
        await removed(served)
        for flag, reason in (
            (compared(0.4), "ramp_falls"),
            (compared(0.5, salt="other"), "split_changed"),
            (compared(0.5, on=0.1, off=0.9), "split_changed"),
        ):
            for key in ("search", "elsewhere"):
                assert (await put(served, key, flag, 422)).json()["reason"] == reason
        await put(served, "elsewhere", compared(0.5))


async def test_splits_are_not_begun_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ended_splits, "MAX_ENDED", 2)
    async with inside(tmp_path / "data") as served:
        for _ in range(3):
            await put(served, "search", rollout(0.5))
            await replaced(served)
        more = rollout(0.5)
        more["rules"][0]["split"]["salt"] = "third"
        assert (await put(served, "search", more, 422)).json()["reason"] == "too_many"
        await put(served, "search", rollout(0.5))
        await removed(served)
