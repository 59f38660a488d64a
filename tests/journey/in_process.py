"""A gateway inside the test's own process and event loop: for what only the inside can bring about or show."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx

from gateway.bootstrap import open_gateway
from gateway.directory.init_directory import initialise
from gateway.settings.reading import load_settings
from gateway.wiring.front_assembly import Running
from tests.gateway_process import USER_AGENT
from tests.journey.shop import ALL_SCOPES, ITEMS, PER_SHELF, item, subject, view

TRAINING_PEOPLE = 12


class Inside:
    """A running gateway with clients that speak to its ASGI application."""

    def __init__(self, running: Running, directory: Path) -> None:
        """Speak to `running`, which serves `directory`."""
        self.running = running
        self.services = running.services
        self.credentials = json.loads((directory / "credentials.json").read_text())
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=running.front, raise_app_exceptions=False),
            base_url="http://127.0.0.1",
            headers={"user-agent": USER_AGENT},
        )

    async def token(self, scope: str) -> str:
        """A token with these scopes."""
        given = (self.credentials["client_id"], self.credentials["client_secret"])
        form = {"grant_type": "client_credentials", "scope": scope}
        answer = await self.http.post("/oauth/token", auth=given, data=form)
        return str(answer.json()["access_token"])

    async def sign_in(self) -> None:
        """Fetch a token with every scope, and use it."""
        self.http.headers["authorization"] = f"Bearer {await self.token(ALL_SCOPES)}"

    async def stock(self) -> None:
        """Register the items."""
        items = [{"id": id_, "category": f"shelf-{n // PER_SHELF}"} for n, id_ in enumerate(ITEMS)]
        assert (await self.http.put("/v1/items", json={"items": items})).status_code == 200

    async def consent(
        self, who: str | dict[str, str], status: str, purpose: str = "recommendations"
    ) -> httpx.Response:
        """Ask for a change of consent."""
        body = {"subject": subject(who), "purpose": purpose, "status": status, "method": "test"}
        return await self.http.put("/v1/consents", json=body)

    async def batch(self, events: list[dict[str, Any]]) -> httpx.Response:
        """Send events."""
        return await self.http.post("/v1/batch", json={"batch": events})

    async def decide(self, who: str | dict[str, str], **more: Any) -> dict[str, Any]:
        """Ask for a slate; must be answered 200."""
        answer = await self.http.post("/v1/decide", json={"subject": subject(who), **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def personalise(self, who: str) -> None:
        """Let somebody consent and look at an item, so that their slates are theirs."""
        assert (await self.consent(who, "given")).status_code == 200
        assert (await self.batch([view(who, item(1, 1))])).json()["accepted"] == 1
        assert (await self.decide(who))["personalised"]

    async def ask(self, path: str, body: Any) -> Any:
        """Ask as a service does; must be answered 200."""
        answer = await self.http.post(path, json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def erase(self, who: str | dict[str, str]) -> httpx.Response:
        """Exercise the right to erasure."""
        return await self.http.post("/v1/rights", json={"subject": subject(who), "type": "erasure"})

    async def adopt_a_model(self) -> None:
        """Put a model in use that relates the items of a shelf to one another, without waiting for a training."""
        await self.services.training.stop()
        self.services.training._adopt(model_of_the_shelves())


def model_of_the_shelves() -> Any:
    """A model trained on people each of whom saw a few items of one shelf."""
    from scoring import Contributions, train

    seen = Contributions()
    for person in range(TRAINING_PEOPLE):
        for k in range(7):
            shelf = person % (len(ITEMS) // PER_SHELF)
            seen.add(person, shelf * PER_SHELF + (person + k) % PER_SHELF, 1)
    return train(seen.matrix(len(ITEMS)), lam=100.0, now=1, version=1)


@asynccontextmanager
async def inside(directory: Path, *, expects_faults: bool = False) -> AsyncIterator[Inside]:
    """Serve a directory, which is made if it is not there, in this process.

    At the end nothing may have failed unseen in a callback of the loop, and whatever was admitted has met one outcome.
    """
    if not await asyncio.to_thread(directory.exists):
        initialise(directory)
    unseen: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    async with open_gateway(load_settings(directory)) as running:
        loop.set_exception_handler(lambda _, context: unseen.append(context))
        served = Inside(running, directory)
        async with served.http:
            await served.sign_in()
            yield served
        services = served.services
        ledgers = (services.events, services.decisions, services.permissions.outcomes)
    assert expects_faults or not unseen, unseen
    assert all(ledger.balanced() for ledger in ledgers)
