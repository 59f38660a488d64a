"""Replaying equals having lived: whatever people did, a start from the files leads to what was in memory.

Each history is lived in one gateway. Then its files are copied as a killed process would leave them, and two others start on
them: one with the snapshot and the log behind it, one with the log alone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gateway.bootstrap
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from gateway.wiring import restoring
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, subject, view
from tests.journey.standing import copied, keep_small, standing
from tests.requirement import whole_campaign

BROWSER = {"anonymous_id": "browser"}
PEOPLE = ["ada", "bea", BROWSER]
PURPOSES = ["recommendations", "model-improvement", "analytics", "linking"]
LONG_SECONDS = 500 * 86_400.0
"""Longer than any consent lasts."""
SHORT_SECONDS = 200 * 86_400.0

who = st.sampled_from(PEOPLE)
purpose = st.sampled_from(PURPOSES)
STEPS = st.one_of(
    st.tuples(st.just("given"), who, purpose),
    st.tuples(st.just("given"), who, purpose),
    st.tuples(st.sampled_from(["withdrawn", "refused"]), who, purpose),
    st.tuples(st.just("see"), who, st.lists(st.integers(0, len(ITEMS) - 1), min_size=1, max_size=25)),
    st.tuples(st.just("see"), who, st.lists(st.integers(0, len(ITEMS) - 1), min_size=1, max_size=25)),
    st.tuples(st.just("again")),
    st.tuples(st.just("decide"), who),
    st.tuples(st.just("identify"), st.sampled_from(["ada", "bea"])),
    st.tuples(st.just("erase"), who),
    st.tuples(st.just("snapshot")),
    st.tuples(st.just("later"), st.sampled_from([SHORT_SECONDS, LONG_SECONDS])),
)

ERASED_AND_BACK = [
    ("given", "ada", "recommendations"),
    ("see", "ada", [1, 2, 3]),
    ("snapshot",),
    ("erase", "ada"),
    ("given", "ada", "recommendations"),
    ("see", "ada", [4]),
]
RUN_OUT_AND_BACK = [
    ("given", "ada", "recommendations"),
    ("given", "ada", "model-improvement"),
    ("see", "ada", [1, 2, 3]),
    ("later", LONG_SECONDS),
    ("given", "ada", "recommendations"),
    ("see", "ada", [4]),
]


class Life:
    """One gateway, and the people who use it."""

    def __init__(self, served: Inside, clock: list[float]) -> None:
        self.served = served
        self.clock = clock
        self.sent: list[dict[str, Any]] = []
        self.n = 0

    async def step(self, what: str, *more: Any) -> None:
        """Do one thing; it must be answered."""
        if what in {"given", "withdrawn", "refused"}:
            person, for_what = more
            assert (await self.served.consent(person, what, for_what)).status_code in {200, 409}
        else:
            await getattr(self, what)(*more)

    async def see(self, person: str | dict[str, str], items: list[int]) -> None:
        named = {"anonymousId": "browser"} if person is BROWSER else {"userId": person}
        self.sent = [view(None, ITEMS[each], **named) for each in items]
        await self.send()

    async def again(self) -> None:
        if self.sent:
            await self.send()

    async def send(self) -> None:
        assert (await self.served.batch(self.sent)).status_code == 200

    async def decide(self, person: str | dict[str, str]) -> None:
        await self.served.decide(person)

    async def identify(self, person: str) -> None:
        self.n += 1
        event = {
            "type": "identify",
            "userId": person,
            "anonymousId": "browser",
            "messageId": f"link-{self.n}",
        }
        assert (await self.served.batch([event])).status_code == 200

    async def erase(self, person: str | dict[str, str]) -> None:
        body = {"subject": subject(person), "type": "erasure"}
        assert (await self.served.http.post("/v1/rights", json=body)).status_code == 200

    async def snapshot(self) -> None:
        await self.served.services.keeper.write()

    async def later(self, seconds: float) -> None:
        self.clock[0] += seconds
        self.served.http.headers.pop("authorization")
        await self.served.sign_in()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    """How far ahead of the machine's clock every gateway's is."""
    ahead = [0.0]
    monkeypatch.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: time.time() + ahead[0]))
    return ahead


@settings(max_examples=300 if whole_campaign() else 15)
@given(steps=st.lists(STEPS, min_size=5, max_size=25), together=st.sampled_from([1, 3, 1024]))
@example(steps=ERASED_AND_BACK, together=1024)
@example(steps=RUN_OUT_AND_BACK, together=1024)
def test_a_start_from_the_files_leads_to_what_was_in_memory(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]], together: int
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(restoring, "TOGETHER", together)
        patched.setattr(restoring, "WORTH_MACHINE_CODE", together)
        ahead = [0.0]
        patched.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: time.time() + ahead[0]))
        asyncio.run(live_and_compare(tmp_path_factory.mktemp("restoring") / "volens", steps, ahead))


async def live_and_compare(directory: Path, steps: list[tuple[Any, ...]], ahead: list[float]) -> None:
    await asyncio.to_thread(initialise, directory)
    await asyncio.to_thread(keep_small, directory)
    async with inside(directory) as served:
        await served.stock()
        life = Life(served, ahead)
        for step in steps:
            await life.step(*step)
        await served.running.retention.look()
        lived = standing(served)
        for snapshot in (True, False):
            to = directory.with_name(f"copy-{snapshot}")
            async with copied(directory, to, snapshot=snapshot) as again:
                await again.running.retention.look()
                assert standing(again) == lived, f"with the snapshot: {snapshot}"
