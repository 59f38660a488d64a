"""Withdrawals among a crowd of decisions and events: after each acknowledgement, not one personal slate."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent import ActorKind, ConsentRequest, Status
from gateway.callers.principals import Principal
from gateway.wire.questions import Asked, Question
from tests.gateway_process import Gateways
from tests.journey.in_process import Inside, inside
from tests.journey.shop import Shop, item, train_often, view
from tests.requirement import whole_campaign

ROUNDS = 300 if whole_campaign() else 12


@dataclass
class Watch:
    """What is known about one person, from outside."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    denied: bool = True
    """Whether a withdrawal has been acknowledged and no grant has been asked for since."""
    generation: int = 0
    """Rises with every change of `denied`."""


@pytest.mark.slow
def test_no_slate_is_personal_after_the_acknowledgement(gateways: Gateways) -> None:
    shop = Shop(gateways.start(train_often))
    shop.stock()
    shop.train()
    watch, stop, broken, personal = Watch(), threading.Event(), [], []
    token = shop.gateway.token("decide consent:write events:write")
    threads = [
        threading.Thread(target=decide_all_the_time, args=(shop, token, watch, stop, broken, personal))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    with httpx.Client(
        base_url=shop.gateway.url, headers={"authorization": f"Bearer {token}"}, timeout=90
    ) as client:
        for n in range(ROUNDS):
            with watch.lock:
                watch.denied, watch.generation = False, watch.generation + 1
            change(client, "given")
            events = [view("ada", item(1, n + k)) for k in range(3)]
            assert client.post("/v1/batch", json={"batch": events}).json()["accepted"] == 3
            for _ in range(3):
                client.post("/v1/decide", json={"subject": {"id": "ada"}})
            change(client, "withdrawn")
            with watch.lock:
                watch.denied, watch.generation = True, watch.generation + 1
            for _ in range(3):
                assert not client.post("/v1/decide", json={"subject": {"id": "ada"}}).json()["personalised"]
    stop.set()
    for thread in threads:
        thread.join()
    assert broken == []
    assert personal, "some slates were personal in between, or this shows nothing"


def change(client: httpx.Client, status: str) -> None:
    body = {"subject": {"id": "ada"}, "purpose": "recommendations", "status": status, "method": "test"}
    assert client.put("/v1/consents", json=body).status_code == 200


def decide_all_the_time(
    shop: Shop, token: str, watch: Watch, stop: threading.Event, broken: list[Any], personal: list[Any]
) -> None:
    with httpx.Client(
        base_url=shop.gateway.url, headers={"authorization": f"Bearer {token}"}, timeout=90
    ) as client:
        while not stop.is_set():
            with watch.lock:
                denied, generation = watch.denied, watch.generation
            answer = client.post("/v1/decide", json={"subject": {"id": "ada"}}).json()
            with watch.lock:
                unchanged = watch.generation == generation
            if answer["personalised"]:
                personal.append(answer["decision_id"])
                if denied and unchanged:
                    broken.append(answer)


STEPS = st.lists(
    st.sampled_from(["grant", "withdraw", "decide", "decide", "event", "turn", "turn", "settle"]),
    min_size=4,
    max_size=30,
)
SERVER = Principal(
    source_id="test",
    kind="server",
    scopes=frozenset({"decide", "events:write"}),
    subject=None,
    expires_at=1 << 62,
)


@settings(
    max_examples=200 if whole_campaign() else 12, deadline=None, suppress_health_check=list(HealthCheck)
)
@given(steps=STEPS)
def test_every_interleaving_within_the_loop(
    tmp_path_factory: pytest.TempPathFactory, steps: list[str]
) -> None:
    directory = tmp_path_factory.mktemp("interleaved") / "volens"
    asyncio.run(Interleaving().run(directory, steps))


class Interleaving:
    """Starts things without waiting for them, and notes the order in which they end."""

    def __init__(self) -> None:
        self.acknowledged = 0
        """Order number of the last acknowledged withdrawal."""
        self.granted = 0
        """Order number of the last grant that was asked for."""
        self.order = 0
        self.broken = 0
        """Personal slates that left after a withdrawal was acknowledged."""
        self.personal = 0
        """Personal slates: without any of them nothing was shown."""
        self.changes: list[Any] = []
        self.under_way: list[Any] = []

    async def run(self, directory: Path, steps: list[str]) -> None:
        async with inside(directory) as served:
            await served.stock()
            await served.adopt_a_model()
            assert (await served.consent("ada", "given")).status_code == 200
            assert (await served.batch([view("ada", item(1, 1))])).json()["accepted"] == 1
            self.decide(served)
            await served.decide("ada")
            assert self.personal == 1
            for step in [*steps, "settle"]:
                if step in {"grant", "withdraw"}:
                    before = self.changes[-1] if self.changes else None
                    self.changes.append(asyncio.create_task(self.change(served, step, before)))
                elif step == "decide":
                    self.decide(served)
                elif step == "event":
                    self.under_way.append(
                        asyncio.create_task(served.batch([view("ada", item(1, self.order))]))
                    )
                elif step == "turn":
                    await asyncio.sleep(0.0005)
                else:
                    await asyncio.gather(*self.changes, *self.under_way)
            self.decide(served)
            await asyncio.gather(*self.changes, *self.under_way)
            await served.services.sequencer.wait_durable()
            assert self.broken == 0

    async def change(self, served: Inside, step: str, before: Any) -> None:
        if before is not None:
            await before
        granting = step == "grant"
        if granting:
            self.granted = self.tick()
        ref = served.services.identities.ref_of(known="ada", anonymous=None)
        status = Status.GIVEN if granting else Status.WITHDRAWN
        request = ConsentRequest(purpose="recommendations", status=status, method="test", locale="en")
        await served.services.desk.write(ref, request, ActorKind.PERSON, "test")
        if not granting:
            self.acknowledged = self.tick()

    def decide(self, served: Inside) -> None:
        def reply(body: bytes) -> None:
            if b'"personalised":true' in body:
                self.personal += 1
                self.broken += self.acknowledged > self.granted

        question = Question(subject=Asked(id="ada"))
        served.running.front._decisions.ask(question, SERVER, gpc=False, reply=reply)

    def tick(self) -> int:
        self.order += 1
        return self.order
