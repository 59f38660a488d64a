"""What is killed in the middle of a round, deployed as it is in the field: nothing hangs, the next round publishes, all of it verifies."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import volens
from tests.journey.flower_fleet import Fleet, deployed, wait_until
from tests.requirement import whole_campaign

PEOPLE = 7
TRIES = 5
VICTIMS = ("link", "devices", "gateway") if whole_campaign() else ("link",)


def kill_link(fleet: Fleet, _: int) -> None:
    """Kill Flower's link, and nothing that it started."""
    mark = str(fleet.shop.gateway.directory / "fleet")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "flower-superlink" in command and mark in command:
            os.kill(int(process.name), signal.SIGKILL)


def kill_devices(fleet: Fleet, ended: int) -> None:
    """Kill the process of all devices, and start another later."""
    devices = fleet.programs[-1]
    devices.kill()
    devices.wait()
    fleet.ended(ended + 1)
    fleet.let_devices_come()


def kill_gateway(fleet: Fleet, _: int) -> None:
    """Kill the gateway, and start it again."""
    fleet.shop.gateway.kill()
    fleet.shop.gateway.serve()


KILL = {"link": kill_link, "devices": kill_devices, "gateway": kill_gateway}


def is_published(ended: dict[str, Any]) -> bool:
    """Whether a round has published a model."""
    return bool(ended.get("verdict") == "published")


def broken_off(fleet: Fleet, victim: str) -> int:
    """Kill in the middle of a round; its place among those that ended. A round may be over before it is hit: then of the next."""

    def is_under_way() -> bool:
        rounds = fleet.shop.server.get("/v1/federation/rounds").json()["rounds"]
        return bool(rounds) and rounds[-1]["state"] == "open" and rounds[-1]["sampled"] is not None

    for _ in range(TRIES):
        wait_until(is_under_way, "a round to be under way")
        ended = len(fleet.ended(0))
        KILL[victim](fleet, ended)
        if not is_published(fleet.ended(ended + 1)[ended]):
            return ended
    raise AssertionError("every round was over before it was hit")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_in_the_middle_of_a_round(tmp_path: Path, victim: str) -> None:
    with deployed(tmp_path, PEOPLE, step_seconds=15) as fleet:
        fleet.open(rounds=100, every=3)
        place = broken_off(fleet, victim)
        wait_until(lambda: any(map(is_published, fleet.ended(0)[place + 1 :])), "a round that publishes")
        if victim == "link":
            assert any(each["happening"] == "link_ended" for each in fleet.said())
            assert fleet.ended(0)[place]["refused"] == "link_ended"
        fleet.close()
        fleet.shop.await_checkpoint()
        verified = volens("federated", "verify", fleet.shop.gateway.directory)
        assert verified.returncode == 0, verified.stdout + verified.stderr
