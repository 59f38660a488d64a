"""A gateway whose clock a test moves, with rules in it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import gateway.bootstrap
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from tests.journey.in_process import Inside, inside

NOON = 1_899_979_200
"""Noon, UTC."""

_numbers = itertools.count()


class RuleShop:
    """What an app does with rules, said shortly."""

    def __init__(self, served: Inside, clock: list[float]) -> None:
        """Speak to `served`, whose clock is `clock`."""
        self.served = served
        self.clock = clock

    async def at(self, seconds: float) -> None:
        """Let it be so many seconds after noon."""
        self.clock[0] = NOON + seconds
        self.served.http.headers.pop("authorization", None)
        await self.served.sign_in()

    async def put_rule(self, name: str, **said: Any) -> dict[str, Any]:
        """Save a rule; must be answered 200."""
        answer = await self.served.http.put(f"/v1/rules/{name}", json=said)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def put_segment(self, name: str, **said: Any) -> dict[str, Any]:
        """Save a segment; must be answered 200."""
        answer = await self.served.http.put(f"/v1/segments/{name}", json=said)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def did(self, who: str, event: str, **properties: Any) -> httpx.Response:
        """Somebody did something, now."""
        sent = {
            "type": "track",
            "event": event,
            "userId": who,
            "messageId": f"rule-{next(_numbers)}",
            "properties": properties,
        }
        if event == "Page":
            sent |= {"type": "page", "name": properties.get("name", "")}
        answer = await self.served.batch([sent])
        assert answer.status_code == 200, answer.text
        return answer

    async def numbers(self, rule: str) -> dict[str, Any]:
        """What became of a rule."""
        await self.settled()
        return dict((await self.served.http.get(f"/v1/rules/{rule}")).json()["statistics"])

    async def settled(self) -> None:
        """Let what came about be recorded."""
        await self.served.services.rules.recorder.settled()

    async def tick(self) -> None:
        """Look at the timers."""
        self.served.services.rules.clockwork.look()
        await self.settled()

    async def offers(self, who: str) -> list[str]:
        """The offers that somebody holds."""
        answer = await self.served.http.post("/v1/offers/query", json={"subject": {"id": who}})
        return [each["offer"] for each in answer.json()["offers"]]

    async def segments(self, who: str) -> list[str]:
        """The segments that somebody is in."""
        answer = await self.served.http.post("/v1/segments/query", json={"subject": {"id": who}})
        return [each["segment"] for each in answer.json()["segments"]]

    def entries(self, *words: str) -> int:
        """How many entries of the log hold all of these words."""
        sequencer = self.served.services.sequencer
        found = sequencer.read(0, sequencer.durable_size)
        return sum(all(word.encode() in entry for word in words) for _, entry, _ in found)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, which the test moves."""
    now = [float(NOON)]
    monkeypatch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: now[0]))
    return now


@asynccontextmanager
async def rule_shop(
    directory: Path, clock: list[float], change: Callable[[Path], None] = lambda _: None
) -> AsyncIterator[RuleShop]:
    """Serve a directory, made with `change` if it is not there."""
    if not await asyncio.to_thread(directory.exists):
        initialise(directory)
        change(directory)
    async with inside(directory) as served:
        shop = RuleShop(served, clock)
        yield shop


def offer(name: str = "breakfast", budget: int = 100, **more: Any) -> dict[str, Any]:
    """An offer as a rule's action."""
    return {"kind": "offer", "name": name, "budget": budget, **more}
