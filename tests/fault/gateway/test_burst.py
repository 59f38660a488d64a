"""Ten times what the limits allow, over real HTTP: 429 with a time to wait, nothing lost of what was acknowledged, slates go on."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.gateway_process import Gateways, volens
from tests.journey.shop import ITEMS, Shop, item, view
from tests.requirement import whole_campaign

RATE, BURST_SECONDS = 4, 2
SECONDS = 30 if whole_campaign() else 3
TIMES = 10
THREADS = 4
PEOPLE = [f"person-{n}" for n in range(3)]


def few_requests(directory: Path) -> None:
    """Allow each source a few requests a second."""
    settings = directory / "volens.toml"
    more = f"\n[rate_limits]\nrequests_per_second = {RATE}\nburst_seconds = {BURST_SECONDS}\n"
    settings.write_text(settings.read_text() + more)


@dataclass
class Storm:
    """What was sent, and what came back."""

    offered: int = 0
    taken: list[Any] = field(default_factory=list)
    """Of the requests that were answered 200, what they were about."""
    shed: list[Any] = field(default_factory=list)
    """Of those that were answered 429."""
    waits: list[str | None] = field(default_factory=list)
    """What these said of when to come back."""
    others: list[int] = field(default_factory=list)
    """Any other status."""
    seconds: float = 0.0

    @property
    def allowed(self) -> float:
        """How many the limits allow in the time it took."""
        return RATE * (self.seconds + BURST_SECONDS)


def storm(send: Callable[[httpx.Client], tuple[httpx.Response, Any]]) -> Storm:
    """Send as fast as it goes from several threads, until it was long enough and TIMES as much as allowed."""
    seen, lock, began = Storm(), threading.Lock(), time.monotonic()

    def rain() -> None:
        with httpx.Client(timeout=60) as client:
            while True:
                with lock:
                    seen.seconds = time.monotonic() - began
                    if seen.seconds >= SECONDS and seen.offered >= TIMES * seen.allowed:
                        return
                    seen.offered += 1
                answer, about = send(client)
                with lock:
                    note(seen, answer, about)

    threads = [threading.Thread(target=rain) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen.seconds = time.monotonic() - began
    return seen


def note(seen: Storm, answer: httpx.Response, about: Any) -> None:
    if answer.status_code == 200:
        seen.taken.append(about)
    elif answer.status_code == 429:
        seen.shed.append(about)
        seen.waits.append(answer.headers.get("retry-after"))
        assert answer.headers["content-type"] == "application/problem+json"
    else:
        seen.others.append(answer.status_code)


def was_held_back(seen: Storm) -> None:
    """Within the limits, with a time to wait each, and nothing but these two answers."""
    assert seen.others == []
    assert len(seen.taken) + len(seen.shed) == seen.offered
    assert RATE * BURST_SECONDS <= len(seen.taken) <= seen.allowed + 1
    assert len(seen.shed) >= seen.offered / 2
    assert all(wait is not None and 1 <= int(wait) <= 60 for wait in seen.waits)


@pytest.mark.slow
def test_a_burst_is_shed_and_nothing_that_was_acknowledged_is_lost(gateways: Gateways) -> None:
    shop = Shop(gateways.start(few_requests))
    gateway = shop.gateway
    shop.stock()
    for who in PEOPLE:
        shop.consent(who, "given")
        time.sleep(1 / RATE)
    numbers = itertools.count()
    key = (gateway.credentials["server_key"], "")

    def send(client: httpx.Client) -> tuple[httpx.Response, str]:
        n = next(numbers)
        event = view(PEOPLE[n % len(PEOPLE)], ITEMS[n % len(ITEMS)], messageId=f"storm-{n}")
        answer = client.post(f"{gateway.url}/v1/batch", json={"batch": [event]}, auth=key)
        assert answer.status_code != 200 or answer.json()["accepted"] == 1
        return answer, event["messageId"]

    slates: list[dict[str, Any]] = []
    calm = threading.Event()

    def ask_calmly() -> None:
        while not calm.wait(2 / RATE):
            slates.append(shop.decide(PEOPLE[len(slates) % len(PEOPLE)]))

    asking = threading.Thread(target=ask_calmly)
    asking.start()
    try:
        seen = storm(send)
    finally:
        calm.set()
        asking.join()
    was_held_back(seen)
    assert slates
    assert {len(slate["items"]) for slate in slates} == {10}, "another source's slates go on"
    gateway.kill()
    gateway.serve()
    known = sent_again(gateway.url, key, seen.taken)
    assert known == {"duplicate": len(seen.taken)}, "what was acknowledged is there"
    assert sent_again(gateway.url, key, seen.shed) == {}, "what was shed has not happened"
    assert gateway.stop() == 0
    verified = volens("audit", "verify", gateway.directory)
    assert verified.returncode == 0, verified.stdout + verified.stderr


def sent_again(url: str, key: tuple[str, str], ids: list[str]) -> dict[str, int]:
    """Why events with these message ids are not accepted now, and how many."""
    reasons: dict[str, int] = {}
    for first in range(0, len(ids), 1_000):
        batch = [view(PEOPLE[0], item(0, 0), messageId=id_) for id_ in ids[first : first + 1_000]]
        answer = httpx.post(f"{url}/v1/batch", json={"batch": batch}, auth=key, timeout=60)
        assert answer.status_code == 200, answer.text
        for reason, n in answer.json()["reasons"].items():
            reasons[reason] = reasons.get(reason, 0) + n
    return reasons


@pytest.mark.slow
def test_a_burst_of_questions_is_shed_and_the_others_get_the_default_slate(gateways: Gateways) -> None:
    """Nobody trained a model here: whoever is answered gets a full slate, and why it is not personal."""
    shop = Shop(gateways.start(few_requests))
    shop.stock()
    shop.consent("ada", "given")
    shop.see("ada", item(1, 1))
    time.sleep(BURST_SECONDS)
    headers = dict(shop.server.headers)

    def send(client: httpx.Client) -> tuple[httpx.Response, Any]:
        body = {"subject": {"id": "ada"}, "limit": 5}
        answer = client.post(f"{shop.gateway.url}/v1/decide", json=body, headers=headers)
        return answer, answer.json() if answer.status_code == 200 else None

    seen = storm(send)
    was_held_back(seen)
    assert {len(slate["items"]) for slate in seen.taken} == {5}
    assert {slate["reason"] for slate in seen.taken} == {"no_model"}
    assert len({slate["decision_id"] for slate in seen.taken}) == len(seen.taken)
    assert all(slate["audit"] is not None for slate in seen.taken), "each has its entry"
    time.sleep(max(map(int, filter(None, seen.waits[-1:]))))
    assert len(shop.decide("ada")["items"]) == 10, "who waits as told is answered"
