"""Recipients are told of erasures: at once, again and again, and not for ever."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from msgspec.structs import replace

from consent import (
    Filed,
    Identity,
    MemoryRecords,
    MemoryRights,
    NotificationState,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    Why,
    received,
    take_step,
)
from gateway.gathering import Gathering
from gateway.rights.recipients import EVENT_TYPE, find_recipients
from gateway.rights.telling import PATIENCE, Telling
from gateway.routing import Destination, Kind
from gateway.routing.signatures import RequestSigner
from privacy import SubjectRef
from tests.unit.gateway.routing.fakes import until

ADA, TABLET = SubjectRef(b"a" * 16), SubjectRef(b"t" * 16)
NOW = 1_800_000_000
REQUEST = b"r" * 16


class Clock:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> int:
        return self.at


def destination(**more) -> Destination:
    given = {"id": "crm", "kind": Kind.HTTP, "url": "https://crm.example/in"}
    return Destination(purpose="recommendations", purpose_version=1, **{**given, **more})


def completed() -> tuple[Filed, Filed]:
    request = RightsRequest(
        request_id=REQUEST,
        subject=ADA,
        holder=b"h" * 16,
        right=Right.ERASURE,
        status=RightsStatus.IN_PROGRESS,
        identity=Identity.APP,
        source="shop",
        received_at=NOW,
        due_at=0,
    )
    opened, step = received(request)
    filed = Filed(opened, (step,))
    done = take_step(filed, RightsAct.COMPLETED, Why.NONE, NOW)
    assert isinstance(done, Filed)
    return filed, done


@pytest.fixture
def worker() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


class House:
    """Telling, on a store in memory, with a recipient that answers as it is told."""

    def __init__(self, tmp_path: Path, worker: ThreadPoolExecutor, *destinations: Destination) -> None:
        self.store, self.clock = MemoryRights(), Clock()
        self.answers: list[httpx.Response | Exception] = []
        self.posts: list[httpx.Request] = []
        recipients = find_recipients(
            destinations, tmp_path, lambda n: b"k" * n, lambda _: RequestSigner(b"s" * 32)
        )
        gathering = Gathering(MemoryRecords(lambda n: b"e" * n), worker)
        self.telling = Telling(recipients, self.store, gathering, self.clock, "shop.example/log", lambda: 1.0)
        self.telling._transport = httpx.MockTransport(self.answer)
        filed, done = completed()
        self.store.add(filed, self.telling.notifications_of(REQUEST, [ADA, TABLET]), reserved=True)
        self.store.go_on(done, reserved=True)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.posts.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def notification(self):
        return self.store.notifications_of(REQUEST)[0]

    @asynccontextmanager
    async def telling_on(self) -> AsyncIterator[None]:
        async def nothing() -> None:
            """Nothing is owed."""

        self.telling.start(lambda: False, nothing)
        try:
            yield
        finally:
            await self.telling.stop()

    async def attempt(self, number: int) -> None:
        self.telling.wake()
        await until(lambda: self.notification.attempts == number)


async def test_a_confirmation_ends_it_and_the_name_is_gone(tmp_path, worker):
    house = House(tmp_path, worker, destination(erasure_url="https://crm.example/erased"))
    house.answers = [httpx.Response(204)]
    names = (house.notification.subject_there or "").split()
    async with house.telling_on():
        await house.attempt(1)
    assert house.notification.state is NotificationState.ACKNOWLEDGED
    assert (house.notification.subject_there, house.notification.settled_at) == (None, NOW)
    [post] = house.posts
    events = json.loads(post.content)
    assert [event["subject"] for event in events] == names
    assert {event["type"] for event in events} == {EVENT_TYPE}
    assert len({event["id"] for event in events}) == len(set(names)) == 2
    assert ADA.hex() not in post.content.decode()
    assert "signature" in post.headers


async def test_whatever_else_happens_it_is_told_again_later(tmp_path, worker):
    house = House(tmp_path, worker, destination(erasure_url="https://crm.example/erased"))
    waits = []
    answers = [
        httpx.ConnectError("no"),
        httpx.Response(503, headers={"retry-after": "600"}),
        httpx.Response(404),
        httpx.Response(302),
        httpx.Response(500),
        httpx.Response(200),
    ]
    house.answers = list(answers)
    async with house.telling_on():
        for number in range(1, len(answers) + 1):
            await house.attempt(number)
            waits.append(house.notification.next_at - house.clock.at)
            house.clock.at = house.notification.next_at
    assert waits[:5] == [1, 600, 4, 8, 16]
    assert house.notification.state is NotificationState.ACKNOWLEDGED
    assert len({post.content for post in house.posts}) == 1, "a repetition is the same notification"


async def test_nothing_is_told_before_its_time(tmp_path, worker):
    house = House(tmp_path, worker, destination(erasure_url="https://crm.example/erased"))
    house.answers = [httpx.Response(503, headers={"retry-after": "600"})]
    async with house.telling_on():
        await house.attempt(1)
        house.clock.at += 599
        house.telling.wake()
        await asyncio.sleep(0.1)
    assert len(house.posts) == 1


async def test_after_about_a_month_another_way_is_needed(tmp_path, worker):
    house = House(tmp_path, worker, destination(erasure_url="https://crm.example/erased"))
    house.store.settle_notification(replace(house.notification, attempts=PATIENCE.max_attempts - 1))
    house.answers = [httpx.Response(500)]
    async with house.telling_on():
        await house.attempt(PATIENCE.max_attempts)
    assert house.notification.state is NotificationState.REFUSED
    assert house.notification.subject_there is not None, "whoever tells them needs the name"


async def test_without_an_address_it_is_for_somebody_to_tell(tmp_path, worker):
    house = House(tmp_path, worker, destination())
    assert house.notification.state is NotificationState.BY_HAND
    async with house.telling_on():
        house.telling.wake()
        await asyncio.sleep(0.1)
    assert house.posts == []


async def test_a_recipient_that_is_no_longer_configured_is_for_somebody_to_tell(tmp_path, worker):
    house = House(tmp_path, worker, destination(erasure_url="https://crm.example/erased"))
    house.telling._recipients.clear()
    async with house.telling_on():
        await house.attempt(1)
    assert house.notification.state is NotificationState.BY_HAND


async def test_a_directory_of_ours_loses_the_rows(tmp_path, worker):
    lines = destination(id="lines", kind=Kind.NDJSON, url=None, path=tmp_path / "lines")
    house = House(tmp_path, worker, lines)
    part = tmp_path / "lines" / "purpose=recommendations" / "day=2026-11-20" / "part-1.ndjson"
    part.parent.mkdir(parents=True)
    names = (house.notification.subject_there or "").split()
    part.write_text("".join(json.dumps({"subject": name}) + "\n" for name in [*names, "other"]))
    async with house.telling_on():
        await house.attempt(1)
    assert house.notification.state is NotificationState.CARRIED_OUT
    assert part.read_text() == '{"subject": "other"}\n'
