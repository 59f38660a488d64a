"""Killed without warning under load: whatever was acknowledged is there after a start that needs no hand."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

import httpx
import pytest

from tests.gateway_process import Gateway, Gateways, volens
from tests.journey.shop import Shop, item, view, wait_until
from tests.requirement import whole_campaign

KILLS = 200 if whole_campaign() else 3
PEOPLE = [f"person-{n}" for n in range(8)]


@dataclass
class Told:
    """What the gateway has acknowledged."""

    events: list[str] = field(default_factory=list)
    """Message ids."""
    consents: dict[str, str] = field(default_factory=dict)
    """Person -> the last status of analytics that was acknowledged and not overtaken by one under way."""


def send_events(shop: Shop, told: Told, stop: threading.Event, thread: int) -> None:
    n = 0
    while not stop.is_set():
        ids = [f"{thread}-{time.monotonic_ns()}-{k}" for k in range(20)]
        events = [view(PEOPLE[(n + k) % 8], item(k % 5, n), messageId=id_) for k, id_ in enumerate(ids)]
        n += 1
        try:
            answer = httpx.post(
                f"{shop.gateway.url}/v1/batch",
                json={"batch": events},
                auth=(shop.gateway.credentials["server_key"], ""),
                timeout=90,
            )
        except httpx.TransportError:
            return
        assert answer.status_code == 200
        told.events += ids


def change_consents(shop: Shop, token: str, told: Told, stop: threading.Event) -> None:
    n = 0
    while not stop.is_set():
        who, status = PEOPLE[n % 8], "given" if n // 8 % 2 == 0 else "withdrawn"
        n += 1
        body = {"subject": {"id": who}, "purpose": "analytics", "status": status, "method": "test"}
        told.consents.pop(who, None)
        try:
            answer = httpx.put(
                f"{shop.gateway.url}/v1/consents",
                json=body,
                headers={"authorization": f"Bearer {token}"},
                timeout=90,
            )
        except httpx.TransportError:
            return
        if answer.status_code == 200:
            told.consents[who] = status


def live_until_killed(shop: Shop, told: Told, seconds: float) -> None:
    stop = threading.Event()
    token = shop.gateway.token("consent:write")
    threads = [threading.Thread(target=send_events, args=(shop, told, stop, n)) for n in range(2)]
    threads.append(threading.Thread(target=change_consents, args=(shop, token, told, stop)))
    for thread in threads:
        thread.start()
    wait_until(lambda: told.events and told.consents, "a first acknowledgement of each kind")
    time.sleep(seconds)
    shop.gateway.kill()
    stop.set()
    for thread in threads:
        thread.join()


def check(gateway: Gateway, told: Told) -> None:
    with httpx.Client(base_url=gateway.url, timeout=60) as client:
        for first in range(0, len(told.events), 1000):
            ids = told.events[first : first + 1000]
            again = [view(PEOPLE[0], item(0, 0), messageId=id_) for id_ in ids]
            answer = client.post(
                "/v1/batch", json={"batch": again}, auth=(gateway.credentials["server_key"], "")
            ).json()
            assert answer["reasons"] == {"duplicate": len(ids)}
        for who, status in told.consents.items():
            answer = client.post(
                "/v1/consents/query",
                json={"subject": {"id": who}},
                headers={"authorization": f"Bearer {gateway.token('consent:read')}"},
            ).json()
            assert permitted(answer, "analytics") == (status == "given"), (who, status)


def permitted(answer: dict, purpose: str) -> bool:
    (found,) = [each for each in answer["purposes"] if each["purpose"] == purpose]
    return bool(found["permitted"])


@pytest.mark.slow
def test_nothing_acknowledged_is_lost_however_often_the_process_is_killed(gateways: Gateways) -> None:
    shop = Shop(gateways.start())
    shop.stock()
    for who in PEOPLE:
        shop.consent(who, "given")
    random.seed(20261121)
    told = Told()
    for _ in range(KILLS):
        live_until_killed(shop, told, random.uniform(0.05, 1.0))
        shop.gateway.serve()
        check(shop.gateway, told)
        told.events = told.events[-5000:]
    assert told.events
    assert told.consents
    assert shop.gateway.stop() == 0
    verified = volens("audit", "verify", shop.gateway.directory)
    assert verified.returncode == 0, verified.stdout + verified.stderr
