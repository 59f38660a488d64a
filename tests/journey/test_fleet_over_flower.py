"""The fleet as it is deployed: a gateway, Flower's link behind its door, devices over TLS; people withdraw, and it all verifies."""

from __future__ import annotations

import ssl
import time
from pathlib import Path

import httpx
import pytest

from federated import Visit, rank, read_artefact
from gateway.fleet.bundles import read_bundle
from tests.gateway_process import volens
from tests.journey.flower_fleet import PURPOSE, Fleet, deployed, wait_until
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import ITEMS, PER_SHELF

PEOPLE = 40


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_forty_devices_learn_three_people_withdraw_and_everything_verifies(tmp_path: Path) -> None:
    with deployed(tmp_path, PEOPLE) as fleet:
        _live(fleet)


def _live(fleet: Fleet) -> None:
    shop = fleet.shop
    shop.consent("person-0", "withdrawn", PURPOSE)
    port = fleet.open(rounds=2, every=4)

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
