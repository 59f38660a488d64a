"""What a rule did, told to a destination: a signed CloudEvent with an id of its own, repeated until it arrives or is given up."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop, wait_until
from tests.unit.gateway.routing.receiver import Receiver, a_receiver

DOCUMENT = Path(__file__).parents[2] / "docs" / "destinations.md"
RULE = {
    "purpose": "notifications",
    "on": ["Product Added"],
    "when": "true",
    "action": {"kind": "webhook", "name": "added"},
    "include": ["product_id"],
}


@pytest.fixture
def mailer() -> Iterator[Receiver]:
    with a_receiver(up=False) as receiver:
        yield receiver


@pytest.fixture
def gateway(gateways: Gateways, mailer: Receiver) -> Gateway:
    def configure(directory: Path) -> None:
        policy = directory / "policy.toml"
        head, mark, tail = policy.read_text().partition('id = "notifications"')
        named = 'destinations = ["mailer"]'
        policy.write_text(head + mark + tail.replace("destinations = []", named, 1))
        with (directory / "volens.toml").open("a") as file:
            file.write(
                '\n[[destinations]]\nid = "mailer"\nkind = "http"\npurpose = "notifications"\n'
                f'url = "{mailer.url}"\nevents = ["Rule Fired"]\nlinger_seconds = 0.0\n'
            )

    return gateways.start(configure)


def added(who: str, item: str) -> dict[str, Any]:
    """Somebody put something into the basket."""
    said = {"type": "track", "event": "Product Added", "userId": who, "messageId": f"{who}-{item}"}
    return {**said, "properties": {"product_id": item}}


def test_a_fire_arrives_once_signed_and_only_of_people_who_permit_it(
    gateway: Gateway, mailer: Receiver
) -> None:
    shop = Shop(gateway)
    for who in ("ada-lovelace", "bea"):
        shop.consent(who, "given", "notifications")
    assert shop.server.put("/v1/rules/added", json=RULE).status_code == 200
    assert shop.batch([added("ada-lovelace", "p-1"), added("bea", "p-2")])["accepted"] == 2
    wait_until(lambda: fires(shop) == 2, "both fires")
    shop.consent("bea", "withdrawn", "notifications")
    mailer.open()
    wait_until(lambda: len(mailer.ids()) == 1, "the delivery")
    [(headers, body)] = mailer.posts
    check_signature(gateway, mailer, headers, body)
    [told] = json.loads(body)
    event = JSONFormat().read(CloudEvent, json.dumps(told))
    assert (event.get_type(), event.get_attributes()["purpose"]) == (
        "dev.volens.signal.rule_fired",
        "notifications",
    )
    assert told["data"] == {
        "event": "Rule Fired",
        "properties": {"rule": "added", "action": "webhook", "name": "added", "product_id": "p-1"},
    }
    assert "ada-lovelace" not in body.decode()
    shop.batch([added("ada-lovelace", "p-3")])
    wait_until(lambda: len(mailer.ids()) == 2, "the next delivery")
    assert len(set(mailer.ids())) == 2, "each has an id of its own, by which a repetition is recognised"


def fires(shop: Shop) -> int:
    """How often the rule fired."""
    return int(shop.server.get("/v1/rules/added").json()["statistics"]["fires"])


def check_signature(gateway: Gateway, receiver: Receiver, headers: dict[str, str], body: bytes) -> None:
    """As docs/destinations.md tells receivers to."""
    [block] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    scope: dict[str, Any] = {}
    exec(block, scope)
    keys = httpx.get(f"{gateway.url}/v1/destinations/keys", timeout=90).json()["keys"]
    scope["verify"](receiver.url, headers, body, keys, int(time.time()))
