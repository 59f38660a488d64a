"""A condition that ends, ends for what is kept already: no destination, no rule and no start sees the fields that it added."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop, item, view, wait_until
from tests.unit.gateway.routing.receiver import Receiver, a_receiver

MUNICH = {"latitude": 48.1, "longitude": 11.6}
ZONE = "N48E011"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with a_receiver(up=False) as made:
        yield made


@pytest.fixture
def gateway(gateways: Gateways, receiver: Receiver) -> Gateway:
    def configure(directory: Path) -> None:
        policy = directory / "policy.toml"
        policy.write_text(policy.read_text().replace("destinations = []", 'destinations = ["crm"]', 1))
        with (directory / "volens.toml").open("a") as file:
            file.write(
                '\n[[destinations]]\nid = "crm"\nkind = "http"\npurpose = "recommendations"\n'
                f'url = "{receiver.url}"\nlinger_seconds = 0.0\n'
            )

    return gateways.start(configure)


def look(shop: Shop, who: str, product: str) -> None:
    """Somebody looks at an item, somewhere."""
    sent = view(who, product)
    sent["properties"]["location"] = MUNICH
    assert shop.batch([sent])["accepted"] == 1


def told(receiver: Receiver) -> dict[str, Any]:
    """What arrived, by product."""
    events = [event["data"]["properties"] for _, body in receiver.posts for event in json.loads(body)]
    return {each["product_id"]: each.get("location") for each in events}


def test_what_waits_for_a_destination_arrives_without_what_a_withdrawn_condition_added(
    gateway: Gateway, receiver: Receiver
) -> None:
    shop = Shop(gateway)
    for who in ("ada-lovelace", "bea"):
        for purpose in ("recommendations", "location"):
            shop.consent(who, "given", purpose)
        look(shop, who, item(1, 1 if who == "bea" else 2))
    assert shop.consent("ada-lovelace", "withdrawn", "location")
    receiver.open()
    wait_until(lambda: len(told(receiver)) == 2, "both signals")
    assert told(receiver) == {item(1, 1): ZONE, item(1, 2): None}


def test_what_a_policy_took_out_since_is_not_sent_after_a_restart(
    gateway: Gateway, receiver: Receiver
) -> None:
    shop = Shop(gateway)
    for purpose in ("recommendations", "location"):
        shop.consent("ada-lovelace", "given", purpose)
    look(shop, "ada-lovelace", item(1, 1))
    assert shop.batch([view("ada-lovelace", item(1, 2), event="Product Clicked")])["accepted"] == 1
    gateway.stop()
    policy = gateway.directory / "policy.toml"
    narrower = policy.read_text().replace('"place zone if location"', '"place zone:10 if location"', 1)
    head, click, tail = narrower.partition('[purposes.fields."Product Clicked"]')
    policy.write_text(head + tail.partition("\n\n")[2])
    assert click
    gateway.serve()
    Shop(gateway).see("ada-lovelace", item(1, 3))
    receiver.open()
    wait_until(lambda: item(1, 3) in told(receiver), "the signals")
    assert told(receiver) == {item(1, 1): "N40E010/10", item(1, 3): None}
