"""The fleet as it is deployed: a gateway, Flower's link behind its door, devices over TLS; people withdraw, and it all verifies."""

from __future__ import annotations

import json
import random
import signal
import ssl
import subprocess
import sys
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from federated import Visit, rank, read_artefact
from federated.driving import Trust, program_digest
from gateway.fleet.bundles import read_bundle
from gateway.fleet_server.device_files import DeviceFile, new_keys, write_device
from tests.gateway_process import Gateways, volens
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import ITEMS, PER_SHELF, SHELVES, Shop, item

PEOPLE = 40
PURPOSE = "model-improvement"
PATIENCE = 150.0
"""Seconds that a round may take on a machine that is busy with other things."""


def wait_until(holds: Callable[[], bool], what: str) -> None:
    """Wait for as long as a round may take."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.2)


def generous(directory: Path) -> None:
    settings = directory / "volens.toml"
    fleet = (
        "\n[federated]\nbudget_micro_rho = 1_000_000_000\nround_micro_rho = 300_000_000\nmax_items = 6\n"
        "minimum_cohort = 5\ncohort = 100\nneighbours = 8\nstep_seconds = 60\n"
    )
    settings.write_text(settings.read_text() + fleet)


class Fleet:
    """Forty people, and the programs that their devices meet in."""

    def __init__(self, shop: Shop, directory: Path) -> None:
        self.shop = shop
        self.place = directory
        self.programs: list[subprocess.Popen[bytes]] = []
        self.devices = directory / "devices"
        self.devices.mkdir()
        listed = "/v1/federation/devices"
        keys = {name: new_keys() for name in map(self.name, range(PEOPLE))}
        told = {}
        for name, own in keys.items():
            shop.consent(name, "given", PURPOSE)
            answer = shop.server.post("/v1/devices", json={"subject": {"id": name}, **own.public})
            assert answer.status_code == 200, answer.text
            told[name] = answer.json()
        receipts = {each["device"]: each["receipt"] for each in shop.server.get(listed).json()["devices"]}
        self.publisher = urlsafe_b64decode(told[self.name(0)]["models_key"] + "=")
        for number, (name, own) in enumerate(keys.items()):
            chance = random.Random(name)
            visits = [Visit(item(number % SHELVES, chance.randrange(PER_SHELF)), at) for at in range(6)]
            receipt = bytes.fromhex(receipts[told[name]["device"]])
            trust = Trust(
                publisher=self.publisher, purpose=PURPOSE, program=program_digest(), receipt=receipt
            )
            write_device(self.devices / f"{name}.device.json", DeviceFile(own, trust, visits, True))

    @staticmethod
    def name(number: int) -> str:
        return f"person-{number}"

    def start(self, *arguments: str, output: str) -> None:
        command = [sys.executable, "-m", "gateway", "federated", *arguments]
        with (self.place / output).open("wb") as out:
            self.programs.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out))

    def said(self) -> list[dict[str, Any]]:
        lines = (self.place / "serve").read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"happening"')]

    def open(self) -> int:
        """Serve, with a round every few seconds, and let all devices come; the door's port."""
        directory, url = str(self.shop.gateway.directory), self.shop.gateway.url
        serving = ["serve", directory, "--url", url, "--port", "0", "--rounds", "2", "--every", "8"]
        self.start(*serving, output="serve")
        wait_until(lambda: bool(self.said()), "the door to open")
        port = int(self.said()[0]["port"])
        door = ["--door", f"127.0.0.1:{port}", "--authority", f"{directory}/fleet/authority.pem"]
        self.start("device", str(self.devices), *door, output="devices-said")
        return port

    def ended(self, rounds: int) -> list[dict[str, Any]]:
        """How the first rounds ended."""

        def ends() -> list[dict[str, Any]]:
            return [each for each in self.said() if each["happening"] == "round_ended"]

        wait_until(lambda: len(ends()) >= rounds, f"{rounds} rounds")
        return ends()

    def close(self) -> None:
        for program in reversed(self.programs):
            if program.poll() is None:
                program.send_signal(signal.SIGTERM)
            try:
                program.wait(40)
            except subprocess.TimeoutExpired:
                program.kill()
                program.wait()


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    gateways = Gateways(tmp_path)
    opened: list[Fleet] = []
    try:
        shop = Shop(gateways.start(generous))
        shop.stock()
        opened.append(Fleet(shop, tmp_path))
        yield opened[0]
    finally:
        for each in opened:
            each.close()
        gateways.close()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_forty_devices_learn_three_people_withdraw_and_everything_verifies(fleet: Fleet) -> None:
    shop = fleet.shop
    shop.consent("person-0", "withdrawn", PURPOSE)
    port = fleet.open()

    authority = ssl.create_default_context(cafile=shop.gateway.directory / "fleet/authority.pem")
    for path in ("/v1/control/list-nodes", "/v1/control/start-run", "/v1/runtime/pull-task", "/docs"):
        answer = httpx.post(f"https://127.0.0.1:{port}{path}", verify=authority, timeout=30)
        assert answer.status_code == 404, path

    [first] = fleet.ended(1)[:1]
    assert first["verdict"] == "published"
    assert (first["enrolled"], first["included"]) == (39, 39)
    served = shop.server.get("/v1/models/items").content
    told = read_bundle(served, fleet.publisher)
    slate = rank(read_artefact(told.artefact), [Visit(ITEMS[0], 1)], 2, limit=5)
    assert sum(ITEMS.index(name) < PER_SHELF for name, _ in slate) >= 4

    def is_uploading() -> bool:
        rounds = shop.server.get("/v1/federation/rounds").json()["rounds"]
        return len(rounds) == 2 and rounds[-1]["sampled"] is not None

    shop.consent("person-1", "withdrawn", PURPOSE)
    wait_until(is_uploading, "the second round to be under way")
    shop.consent("person-2", "withdrawn", PURPOSE)
    second = fleet.ended(2)[1]
    assert second["verdict"] in {"published", "withdrawn-meanwhile"}
    assert second["enrolled"] == 38

    for name, rounds in (("person-0", []), ("person-1", ["included"])):
        answer = shop.server.post("/v1/devices/query", json={"subject": {"id": name}}).json()
        assert answer["devices"] == []
        assert [each["status"] for each in answer["rounds"]] == rounds
    answer = shop.server.post("/v1/devices/query", json={"subject": {"id": "person-2"}}).json()
    assert answer["rounds"][0]["status"] == "included"
    if second["verdict"] == "published":
        assert answer["rounds"][1]["status"] in {"withdrawn", "dropped"}
        assert shop.server.get("/v1/models").json()["models"][1]["state"] == "retired"

    page = Visitor(shop.gateway)
    page.sign_in("person-3")
    shown = page.read("/portal/data")
    assert "1 of your devices take part" in shown
    assert "in use until the next one" in shown
    assert page.send("/portal/devices/leave", {"csrf": page.csrf()}).status_code == 303
    assert "0 of your devices take part" in page.read("/portal/data")

    fleet.close()
    time.sleep(2)  # a checkpoint is signed every second
    verified = volens("federated", "verify", shop.gateway.directory)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "rounds    2" in verified.stdout
