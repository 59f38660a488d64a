"""A shop that stands behind a real gateway: items, people who allow things, what they look at, and what they are shown.

Everything goes over HTTP, with the credentials that `volens init` made. Sixty items lie in five shelves of twelve; whoever trains
the model looks at items of one shelf, so items of one shelf are related and items of two are not.
"""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any

import httpx

from tests.gateway_process import Gateway

SHELVES = 5
PER_SHELF = 12
ITEMS = [f"item-{n}" for n in range(SHELVES * PER_SHELF)]
TRAINERS = 25
SECONDS = 120
"""How long a model may take to come: far longer than it does, also on a machine that is busy with other things."""

ALL_SCOPES = "events:write decide consent:read consent:write rights audit:read admin search"
_message_numbers = itertools.count()


def train_often(directory: Path) -> None:
    """Configure a gateway that trains every second, and drops people from the model within five."""
    settings = directory / "volens.toml"
    settings.write_text(
        settings.read_text() + "\n[model]\nretrain_interval_seconds = 1\nremoval_bound_seconds = 5\n"
    )


def item(shelf: int, place: int) -> str:
    """The item at a place of a shelf."""
    return ITEMS[shelf * PER_SHELF + place % PER_SHELF]


class Shop:
    """What an app does, said shortly. One shop per gateway process."""

    def __init__(self, gateway: Gateway) -> None:
        """Open the shop of a gateway that is ready."""
        self.gateway = gateway
        self.server = gateway.client(ALL_SCOPES)
        self.source = gateway.source()
        self.browser = gateway.source("write_key")

    def stock(self) -> None:
        """Register the items."""
        items = [
            {"id": id_, "title": f"Title {n}", "category": f"shelf-{n // PER_SHELF}", "stock": 9}
            for n, id_ in enumerate(ITEMS)
        ]
        assert self.server.put("/v1/items", json={"items": items}).json() == {"upserted": len(ITEMS)}

    def train(self) -> None:
        """Let people of each shelf train the model, and wait until it knows them all."""
        events = []
        for n in range(TRAINERS):
            person = f"trainer-{n}"
            self.consent(person, "given", "model-improvement")
            events += [view(person, item(n % SHELVES, n + k)) for k in range(7)]
        assert self.batch(events)["accepted"] == len(events)
        self.await_model(TRAINERS)

    def await_model(self, people: int, since: int = 0) -> None:
        """Wait until a model of exactly so many people has been adopted, in the journal after byte `since`."""
        wait_until(lambda: self.last_model(since) == people, f"a model of {people} people")

    def last_model(self, since: int = 0) -> int:
        """How many people the last trained model knows; -1 if there is none yet."""
        lines = self.gateway.log_file.read_bytes()[since:].splitlines(keepends=True)
        trained = [json.loads(line) for line in lines if b'"model_trained"' in line and line.endswith(b"\n")]
        return int(trained[-1]["people"]) if trained else -1

    def await_checkpoint(self) -> None:
        """Wait until a checkpoint covers what is in the log by now: exports and proofs know nothing newer."""
        size = self.server.get("/v1/audit/entries", params={"limit": 1}).json()["size"]
        place = self.gateway.directory / "log" / "checkpoint"
        wait_until(
            lambda: place.exists() and int(place.read_text().split("\n")[1]) >= size,
            "a checkpoint over all of it",
        )

    def consent(
        self, who: str | dict[str, str], status: str, purpose: str = "recommendations"
    ) -> dict[str, Any]:
        """Change a consent; must be answered 200."""
        answer = self.ask_consent(who, status, purpose)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def ask_consent(
        self, who: str | dict[str, str], status: str, purpose: str = "recommendations"
    ) -> httpx.Response:
        """Ask for a change of consent."""
        body = {
            "subject": subject(who),
            "purpose": purpose,
            "status": status,
            "method": "test",
            "locale": "en",
        }
        return self.server.put("/v1/consents", json=body)

    def permits(self, who: str | dict[str, str]) -> dict[str, bool]:
        """What a person permits, by purpose and condition."""
        answer = self.server.post("/v1/consents/query", json={"subject": subject(who)})
        assert answer.status_code == 200, answer.text
        return {each["purpose"]: each["permitted"] for each in answer.json()["purposes"]}

    def batch(self, events: list[dict[str, Any]], **headers: str) -> dict[str, Any]:
        """Send events with the server key; must be answered 200."""
        answer = self.source.post("/v1/batch", json={"batch": events}, headers=headers)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def see(self, who: str, *items: str) -> None:
        """A person looks at items, one after the other; each must be accepted."""
        for each in items:
            assert self.batch([view(who, each)])["accepted"] == 1

    def decide(self, who: str | dict[str, str], limit: int = 10, **more: Any) -> dict[str, Any]:
        """Ask for a slate; must be answered 200."""
        answer = self.server.post("/v1/decide", json={"subject": subject(who), "limit": limit, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def erase(self, who: str | dict[str, str]) -> dict[str, Any]:
        """Exercise the right to erasure; must be answered 200."""
        answer = self.server.post("/v1/rights", json={"subject": subject(who), "type": "erasure"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def outcomes(self, kind: str) -> dict[str, int]:
        """The running totals of `/metrics` for `event` or `decision`, without the zeros."""
        start = f'volens_outcomes_total{{kind="{kind}",outcome="'
        lines = self.server.get("/metrics").text.splitlines()
        counts = (line.removeprefix(start).split('"} ') for line in lines if line.startswith(start))
        return {outcome: int(float(n)) for outcome, n in counts if float(n)}


def subject(who: str | dict[str, str]) -> dict[str, str]:
    """A body's subject: a signed-in id, or the dict as it is."""
    return {"id": who} if isinstance(who, str) else who


def view(who: str | None, product: str, **more: Any) -> dict[str, Any]:
    """A `Product Viewed` by a signed-in person, or by nobody yet, with a message id of its own."""
    event = {"type": "track", "event": "Product Viewed", "messageId": f"message-{next(_message_numbers)}"}
    known = {} if who is None else {"userId": who}
    return {**event, **known, "properties": {"product_id": product}, **more}


def read_if_there(path: Path) -> bytes | None:
    """What a file holds; None while its next version has not taken its place."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def wait_until(holds: Any, what: str) -> None:
    """Wait until something holds.

    Raises:
        AssertionError: it never did.
    """
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)
