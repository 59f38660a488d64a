"""The fleet as it is deployed: a gateway, Flower's link behind its door, devices over TLS; people withdraw, and it all verifies."""

from __future__ import annotations

import os
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from federated import Visit, rank, read_artefact
from gateway.fleet.bundles import read_bundle
from gateway.fleet_server.device_files import read_device
from gateway.fleet_server.link_process import quiet_environment
from tests.free_port import free_port
from tests.gateway_process import volens
from tests.journey.flower_fleet import PURPOSE, Fleet, deployed, wait_until
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import ITEMS, PER_SHELF
from tests.requirement import whole_campaign

PEOPLE = 40


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_forty_devices_learn_three_people_withdraw_and_everything_verifies(tmp_path: Path) -> None:
    with deployed(tmp_path, PEOPLE) as fleet:
        _live(fleet)


def _live(fleet: Fleet) -> None:
    shop = fleet.shop
    shop.consent("person-0", "withdrawn", PURPOSE)
    port = fleet.open(rounds=2, every=30)  # who is not there yet when a round begins is not waited for

    authority = ssl.create_default_context(cafile=shop.gateway.directory / "fleet/authority.pem")
    for path in ("/v1/control/list-nodes", "/v1/control/start-run", "/v1/runtime/pull-task", "/docs"):
        answer = httpx.post(f"https://127.0.0.1:{port}{path}", verify=authority, timeout=300)
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

    _portal_says_the_truth_to_whoever_withdrew(fleet, is_replaced=second["verdict"] == "published")
    page = Visitor(shop.gateway)
    page.sign_in("person-3")
    shown = page.read("/portal/data")
    assert "1 of your devices take part" in shown
    assert "in use until the next one" in shown
    assert page.send("/portal/devices/leave", {"csrf": page.csrf()}).status_code == 303
    assert "0 of your devices take part" in page.read("/portal/data")

    fleet.close()
    shop.await_checkpoint()
    verified = volens("federated", "verify", shop.gateway.directory)
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "rounds    2" in verified.stdout


def _portal_says_the_truth_to_whoever_withdrew(fleet: Fleet, *, is_replaced: bool) -> None:
    """One withdrew before every round, one between two, and one in the middle of the second."""
    shown = {}
    for name in map(fleet.name, range(3)):
        page = Visitor(fleet.shop.gateway)
        page.sign_in(name)
        shown[name] = page.read("/portal/data")
    assert "Your devices" not in shown["person-0"]
    for name in ("person-1", "person-2"):
        assert "0 of your devices take part" in shown[name]
        first = (
            "Version 1, given to no device any more"
            if is_replaced
            else "Version 1, in use until the next one"
        )
        assert first in shown[name]
        assert "Version 2" not in shown[name]
        assert "/portal/devices/leave" not in shown[name]


@contextmanager
def stock_supernode(fleet: Fleet, place: Path, name: str) -> Iterator[Path]:
    """Flower's own SuperNode with the key of a person's device, in place of that device; what it says."""
    file = fleet.devices / f"{name}.device.json"
    key = read_device(file).keys.node.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    file.unlink()
    (place / "node.key").write_bytes(key)
    fleet.open(rounds=100, every=3)
    said = place / "supernode-said"
    command = [
        str(Path(sys.executable).parent / "flower-supernode"),
        "--superlink",
        f"127.0.0.1:{fleet.port}",
    ]
    command += ["--root-certificates", str(fleet.shop.gateway.directory / "fleet/authority.pem")]
    command += ["--auth-supernode-private-key", str(place / "node.key"), "--port", str(free_port())]
    environment = quiet_environment(place / "supernode", {})
    with said.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment, start_new_session=True
        )
    try:
        yield said
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.slow
@pytest.mark.campaign
@pytest.mark.timeout(600)
def test_a_stock_supernode_comes_in_by_the_door_is_given_no_program_and_holds_up_nobody(
    tmp_path: Path,
) -> None:
    """Flower's own client, against our door: it is let in by its enrolment, and asked like every device; no code comes to it."""
    with (
        deployed(tmp_path, 7, step_seconds=12) as fleet,
        stock_supernode(fleet, tmp_path, "person-0") as said,
    ):
        wait_until(lambda: "SuperNode ID:" in said.read_text(), "the SuperNode to be let in")
        wait_until(lambda: "404 Not Found" in said.read_text(), "the SuperNode to be refused the program")
        if whole_campaign():
            wait_until(
                lambda: any(each.get("included") == 6 for each in fleet.said()), "a round of the others"
            )
        heard = said.read_text()
        assert heard.index("Receiving: train message") < heard.index("/v1/fleet/get-run")
        answer = fleet.shop.server.post("/v1/devices/query", json={"subject": {"id": "person-0"}}).json()
        assert "included" not in {each["status"] for each in answer["rounds"]}
