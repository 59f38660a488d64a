"""After a restart, clean or not, the gateway is what it was: everybody's slate, what they permit, and what it has seen."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.shop import TRAINERS, Shop, item, train_often, view, wait_until

PEOPLE = [f"person-{n}" for n in range(12)]
WITHDRAWN, REGRANTED, ERASED = "person-9", "person-10", "person-11"


def live(shop: Shop) -> list[dict[str, Any]]:
    """Let people do everything there is to do; return the events that were accepted."""
    events = [view(who, item(n % 5, n + 3 * k)) for n, who in enumerate(PEOPLE) for k in range(1 + n % 4)]
    for who in PEOPLE:
        shop.consent(who, "given")
    assert shop.batch(events)["accepted"] == len(events)
    shop.consent(WITHDRAWN, "withdrawn")
    shop.consent(REGRANTED, "withdrawn")
    shop.consent(REGRANTED, "given")
    shop.see(REGRANTED, item(3, 11))
    shop.consent("linked", "given", "linking")
    shop.consent("linked", "given")
    link = {"type": "identify", "userId": "linked", "anonymousId": "linked-browser", "messageId": "link"}
    shop.batch([link])
    shop.erase(ERASED)
    return events


def observe(shop: Shop) -> dict[str, Any]:
    """What everybody is shown and permits."""
    slates = {who: shop.decide(who, 60) for who in [*PEOPLE, "linked", "nobody"]}
    shown = {
        who: (each["personalised"], each["reason"], [(i["id"], i["score"], i["reasons"]) for i in each["items"]])
        for who, each in slates.items()
    }  # fmt: skip
    return {"shown": shown, "permitted": {who: shop.permits(who) for who in [*PEOPLE, "linked"]}}


def serve_again(gateway: Gateway) -> Shop:
    mark = gateway.log_file.stat().st_size
    gateway.serve()
    shop = Shop(gateway)
    shop.await_model(TRAINERS, since=mark)
    wait_until(lambda: shop.decide(PEOPLE[0])["reason"] != "no_model", "the model in use")
    return shop


@pytest.mark.slow
@pytest.mark.parametrize("ending", ["clean", "killed", "killed after a snapshot", "clean without a snapshot"])
def test_a_restart_changes_nothing(gateways: Gateways, ending: str) -> None:
    gateway = gateways.start(train_often)
    shop = Shop(gateway)
    shop.stock()
    shop.train()
    if ending == "killed after a snapshot":
        gateway.stop()
        shop = serve_again(gateway)
    events = live(shop)
    before = observe(shop)
    assert sum(personalised for personalised, _, _ in before["shown"].values()) >= len(PEOPLE) - 2
    people = gauge(shop, "volens_people")
    gateway.kill() if ending.startswith("killed") else gateway.stop()
    if ending == "clean without a snapshot":
        (gateway.directory / "snapshot" / "state").unlink()
    shop = serve_again(gateway)
    assert observe(shop) == before
    assert gauge(shop, "volens_people") == people
    assert shop.batch(events)["reasons"] == {"duplicate": len(events)}
    browsed = shop.batch([view(None, item(1, 1), anonymousId="linked-browser")])
    assert browsed["accepted"] == 1, "the link is remembered"
    gateway.stop()
    verified = volens("audit", "verify", gateway.directory)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def gauge(shop: Shop, name: str) -> float:
    (value,) = [
        line.split()[1]
        for line in shop.server.get("/metrics").text.splitlines()
        if line.startswith(name + " ")
    ]
    return float(value)
