"""What is killed in the middle of a round, deployed as it is in the field: nothing hangs, the next round publishes, all of it verifies."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.gateway_process import volens
from tests.journey.flower_fleet import Fleet, deployed, wait_until
from tests.requirement import whole_campaign

PEOPLE = 7
VICTIMS = ("link", "devices", "gateway") if whole_campaign() else ("link",)


def kill_link(fleet: Fleet) -> None:
    """Kill Flower's link, and nothing that it started."""
    mark = str(fleet.shop.gateway.directory / "fleet")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().decode(errors="replace")
        except OSError:
            continue
        if "flower-superlink" in command and mark in command:
            os.kill(int(process.name), signal.SIGKILL)


def kill_devices(fleet: Fleet) -> None:
    """Kill the process of all devices, and start another later."""
    devices = fleet.programs[-1]
    devices.kill()
    devices.wait()
    fleet.ended(1)
    fleet.let_devices_come()


def kill_gateway(fleet: Fleet) -> None:
    """Kill the gateway, and start it again."""
    fleet.shop.gateway.kill()
    fleet.shop.gateway.serve()


def published(fleet: Fleet) -> bool:
    """Whether a round has published a model."""
    return any(each.get("verdict") == "published" for each in fleet.said())


KILL = {"link": kill_link, "devices": kill_devices, "gateway": kill_gateway}


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("victim", VICTIMS)
def test_killed_in_the_middle_of_a_round(tmp_path: Path, victim: str) -> None:
    with deployed(tmp_path, PEOPLE, step_seconds=15) as fleet:
        fleet.open(rounds=100, every=3)

        def is_under_way() -> bool:
            rounds = fleet.shop.server.get("/v1/federation/rounds").json()["rounds"]
            return len(rounds) == 1 and rounds[0]["sampled"] is not None

        wait_until(is_under_way, "the first round to be under way")
        KILL[victim](fleet)
        first = fleet.ended(1)[0]
        assert first.get("verdict") != "published", first
        wait_until(lambda: published(fleet), "a round that publishes")
        if victim == "link":
            assert any(each["happening"] == "link_ended" for each in fleet.said())
            assert first["refused"] == "link_ended"
        fleet.close()
        fleet.shop.await_checkpoint()
        verified = volens("federated", "verify", fleet.shop.gateway.directory)
        assert verified.returncode == 0, verified.stdout + verified.stderr
