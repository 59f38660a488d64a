"""`volens federated serve` is killed while a device answers: deployed as in the field, with devices that go on by themselves.

The journal of rounds that lasts is the gateway's. What was killed is served again from the same directory at the same port, and
its next round ends the one that was broken off: nothing is booked twice, and every device is in the next version.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from federated.driving import Participant
from gateway.fleet_server.device_files import read_device, read_remembered, write_remembered
from gateway.fleet_server.device_link import Answer, DeviceLink, LinkClosedError
from tests.gateway_process import volens
from tests.journey.flower_fleet import Fleet, deployed, wait_until
from tests.requirement import whole_campaign

PEOPLE = 7
NOT_BOOKED, BOOKED, CLOSED = ("lease", "keys", "shares", "masked"), ("unmask",), ("done",)
STEPS = (*NOT_BOOKED, *BOOKED, *CLOSED) if whole_campaign() else ("masked", "unmask")


class OneDevice:
    """One of the devices, in this process, which does something before it answers at a step of its first round."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        file = fleet.devices / f"{name}.device.json"
        self.file = file.rename(fleet.place / file.name)  # the process of the others does not run it
        device = read_device(self.file)
        self.key = device.keys.node
        self.participant = Participant(
            identity=device.keys.signing,
            trust=device.trust,
            history=lambda: device.history,
            willing=lambda: True,
            now=lambda: int(time.time()),
            draw=os.urandom,
            remembered=read_remembered(self.file),
            keep=lambda remembered: write_remembered(self.file, remembered),
        )

    @contextmanager
    def present(self, fleet: Fleet, answer: Answer) -> Iterator[None]:
        """It looks for what it is asked, and answers by `answer`, for as long as the block runs."""
        ending = threading.Event()
        authority = (fleet.shop.gateway.directory / "fleet" / "authority.pem").read_bytes()
        link = DeviceLink(f"127.0.0.1:{fleet.port}", authority, self.key, answer)

        def looks() -> None:
            while not ending.wait(0.2):
                try:
                    link.turn()
                except (LinkClosedError, httpx.HTTPError, RuntimeError, ValueError):
                    ending.wait(1)
            link.close()

        thread = threading.Thread(target=looks)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()


def processes_of(place: Path) -> list[str]:
    """What runs of the link of this fleet, and of the programs that it started."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        if b"FLWR_HOME=" + str(place).encode() in environment:
            found.append(process.name)
    return found


def rounds_of(fleet: Fleet) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The journal, and the budget."""
    told = fleet.shop.server.get("/v1/federation/rounds").json()
    return told["rounds"], told["budget"]


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("step", STEPS)
def test_killed_while_a_device_answers(tmp_path: Path, step: str) -> None:
    with deployed(tmp_path, PEOPLE, step_seconds=30) as fleet:
        device = OneDevice(fleet, fleet.name(0))
        serving, was_killed = fleet.serve(rounds=100, every=3), threading.Event()

        def answer(at: str, message: bytes) -> bytes:
            if at == step and not was_killed.is_set():
                serving.kill()
                serving.wait()
                was_killed.set()
            return device.participant.answer(at, message)

        with device.present(fleet, answer):
            fleet.let_devices_come()
            wait_until(was_killed.is_set, f"the step {step}")
            wait_until(lambda: not processes_of(fleet.shop.gateway.directory / "fleet"), "the link to end")
            [broken], budget = rounds_of(fleet)
            assert broken["state"] == ("closed" if step in CLOSED else "open")
            cost = 0 if step in NOT_BOOKED else broken["micro_rho"]
            assert (budget["spent_micro_rho"], cost > 0) == (cost, step not in NOT_BOOKED)

            fleet.serve(rounds=100, every=3)
            wait_until(lambda: any(each.get("included") == PEOPLE for each in fleet.said()), "a round of all")
        fleet.close()
        [first, *later], budget = rounds_of(fleet)
        assert first["state"] == ("closed" if step in CLOSED else "aborted")
        assert first["micro_rho"] == cost
        assert later
        assert budget["spent_micro_rho"] == sum(each["micro_rho"] for each in [first, *later])
        assert len(device.participant.remembered.proofs) >= 1
        fleet.shop.await_checkpoint()
        verified = volens("federated", "verify", fleet.shop.gateway.directory)
        assert verified.returncode == 0, verified.stdout + verified.stderr
