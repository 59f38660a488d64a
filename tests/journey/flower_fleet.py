"""A fleet as it is deployed: a gateway, Flower's link behind its door, and devices over TLS, each a process of its own."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from federated import Visit
from gateway.fleet_server.device_files import DeviceFile, new_keys, trust_of, write_device
from tests.agreed_budget import agree_to_spend
from tests.gateway_process import Gateways
from tests.journey.shop import PER_SHELF, SHELVES, Shop, item

PURPOSE = "model-improvement"
PATIENCE = 240.0
"""Seconds that a round may take on a machine that is busy with other things."""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for as long as a round may take."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.2)


def generous(directory: Path, step_seconds: int) -> None:
    """Settings for a few rounds of a few people."""
    settings = directory / "volens.toml"
    fleet = (
        "\n[federated]\nbudget_micro_rho = 1_000_000_000\nround_micro_rho = 300_000_000\nmax_items = 6\n"
        f"minimum_cohort = 5\ncohort = 100\nneighbours = 8\nstep_seconds = {step_seconds}\n"
    )
    settings.write_text(settings.read_text() + fleet)
    agree_to_spend(directory)


class Fleet:
    """People, and the programs that their devices meet in."""

    def __init__(self, shop: Shop, directory: Path, people: int) -> None:
        self.shop = shop
        self.place = directory
        self.port = 0
        self.programs: list[subprocess.Popen[bytes]] = []
        self.devices = directory / "devices"
        self.devices.mkdir()
        keys = {name: new_keys() for name in map(self.name, range(people))}
        told = {}
        for name, own in keys.items():
            shop.consent(name, "given", PURPOSE)
            answer = shop.server.post("/v1/devices", json={"subject": {"id": name}, **own.public})
            assert answer.status_code == 200, answer.text
            told[name] = answer.json()
        self.publisher = trust_of(told[self.name(0)]).publisher
        for number, (name, own) in enumerate(keys.items()):
            chance = random.Random(name)
            visits = [Visit(item(number % SHELVES, chance.randrange(PER_SHELF)), at) for at in range(6)]
            write_device(
                self.devices / f"{name}.device.json", DeviceFile(own, trust_of(told[name]), visits, True)
            )

    @staticmethod
    def name(number: int) -> str:
        return f"person-{number}"

    def start(self, *arguments: str, output: str) -> None:
        """Start `volens federated` with these arguments."""
        command = [sys.executable, "-m", "gateway", "federated", *arguments]
        with (self.place / output).open("ab") as out:
            self.programs.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def said(self) -> list[dict[str, Any]]:
        said = self.place / "serve"
        lines = said.read_text().splitlines(keepends=True) if said.exists() else []
        return [
            json.loads(line) for line in lines if line.startswith('{"happening"') and line.endswith("}\n")
        ]

    def open(self, rounds: int, every: float) -> int:
        """Serve so many rounds, and let all devices come; the door's port."""
        self.serve(rounds, every)
        self.let_devices_come()
        return self.port

    def serve(self, rounds: int, every: float) -> subprocess.Popen[bytes]:
        """Serve so many rounds, at the port of whatever served before; the process."""
        doors = self.doors()
        directory, url = str(self.shop.gateway.directory), self.shop.gateway.url
        serving = ["serve", directory, "--url", url, "--port", str(self.port)]
        self.start(*serving, "--rounds", str(rounds), "--every", str(every), output="serve")
        wait_until(lambda: len(self.doors()) > len(doors), "the door to open")
        self.port = self.doors()[-1]
        return self.programs[-1]

    def doors(self) -> list[int]:
        """The ports of all doors there were, in order."""
        return [int(each["port"]) for each in self.said() if each["happening"] == "door_open"]

    def let_devices_come(self) -> None:
        """Start the process that runs all devices."""
        authority = f"{self.shop.gateway.directory}/fleet/authority.pem"
        door = ["--door", f"127.0.0.1:{self.port}", "--authority", authority]
        url = ["--url", self.shop.gateway.url]
        self.start("device", str(self.devices), *door, *url, output="devices-said")

    def ended(self, rounds: int) -> list[dict[str, Any]]:
        """How the first rounds ended."""

        def ends() -> list[dict[str, Any]]:
            return [each for each in self.said() if each["happening"] == "round_ended"]

        wait_until(lambda: len(ends()) >= rounds, f"{rounds} rounds")
        return ends()

    def close(self) -> None:
        """End all of them."""
        for program in reversed(self.programs):
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
            try:
                program.wait(120)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


@contextmanager
def deployed(directory: Path, people: int, step_seconds: int = 60) -> Iterator[Fleet]:
    """A gateway, and so many people whose devices are enrolled; everything is ended in the end."""
    gateways = Gateways(directory)
    opened: list[Fleet] = []
    try:
        shop = Shop(gateways.start(lambda directory: generous(directory, step_seconds)))
        shop.stock()
        opened.append(Fleet(shop, directory, people))
        yield opened[0]
    finally:
        for each in opened:
            each.close()
        gateways.close()
