"""Two real receivers: one well, the other down, then slow, then back.

Nothing is lost, nobody waits for the other, and who withdraws in between never arrives.
"""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gateway.routing import (
    Circuit,
    DeliveryParts,
    Destination,
    Kind,
    LoopTimer,
    RetryPolicy,
    Router,
    SinkMaker,
    Trouble,
)
from gateway.stores.database import Database
from gateway.stores.routing import SqlRoutingStore
from tests.unit.gateway.routing.fakes import FakeFeed, NoFaults, a_signal, person, until
from tests.unit.gateway.routing.receiver import Receiver, a_receiver
from tests.unit.gateway.stores.backends import RESERVE

DOCUMENT = Path(__file__).parents[2] / "docs" / "destinations.md"
QUICK = RetryPolicy(max_attempts=1000, first_seconds=0.01, cap_seconds=0.05)


@pytest.fixture
def well() -> Iterator[Receiver]:
    with a_receiver(up=True) as receiver:
        yield receiver


@pytest.fixture
def ill() -> Iterator[Receiver]:
    with a_receiver(up=False) as receiver:
        yield receiver


class House:
    """A router on a SQLite store that can be stopped and started again."""

    def __init__(self, directory: Path, *destinations: Destination) -> None:
        self.feed = FakeFeed()
        self.directory = directory
        self.destinations = destinations
        (directory / "keys").mkdir()
        self.reports = NoFaults()
        self.router = self._router()

    def _router(self) -> Router:
        maker = SinkMaker(
            origin="shop.example/log", keys=self.directory / "keys", entropy=os.urandom, clock=time.time
        )
        around = DeliveryParts(self.feed, LoopTimer(time.time), lambda: 0.5)
        self.database = Database.open(self.directory, reserve_bytes=RESERVE)
        store = SqlRoutingStore(self.database)
        return Router(self.destinations, maker, store, around, self.reports)

    def start(self) -> None:
        self.router.start(len(self.feed.records))

    async def restart(self) -> None:
        await self.stop()
        self.router = self._router()
        self.start()

    async def stop(self) -> None:
        await self.router.stop(5)
        self.database.close()

    def arrive(self, who: int, n: int) -> None:
        """`n` records of a person, each with one signal per purpose."""
        for _ in range(n):
            index = len(self.feed.records)
            self.feed.add(
                a_signal(index, 0, who, purpose="analytics"), a_signal(index, 1, who, purpose="advertising")
            )
        self.router.notify(len(self.feed.records))

    def status(self, name: str):
        return next(status for status in self.router.status() if status.id == name)


def a_house(directory: Path, well: Receiver, ill: Receiver, **changes: object) -> House:
    def to(name: str, purpose: str, receiver: Receiver) -> Destination:
        values: dict[str, object] = {
            "id": name,
            "kind": Kind.HTTP,
            "purpose": purpose,
            "purpose_version": 2,
            "url": receiver.url,
            "batch_size": 10,
            "linger_seconds": 0.0,
            "timeout_seconds": 60.0 if receiver is well else 1.0,
            "retry": QUICK,
        }
        return Destination(**(values | changes))  # type: ignore[arg-type]

    return House(directory, to("well", "analytics", well), to("ill", "advertising", ill))


async def test_one_receiver_down_then_slow_then_back_loses_nothing_and_stalls_nobody(
    tmp_path: Path, well: Receiver, ill: Receiver
) -> None:
    house = a_house(tmp_path, well, ill)
    house.start()
    await until(lambda: house.status("ill").attempts == 0 and house.feed.reads >= 2)

    # 1 down: the other one gets everything meanwhile
    house.arrive(who=1, n=25)
    await until(lambda: len(well.ids()) == 25 and house.status("ill").failures >= 3)
    assert house.status("ill").trouble is Trouble.UNREACHABLE
    assert house.status("ill").circuit in (Circuit.OPEN, Circuit.HALF_OPEN)
    assert house.status("ill").lag_records == 25
    assert house.status("well").circuit is Circuit.CLOSED

    # 2 somebody withdraws while it is down, and the gateway restarts
    house.arrive(who=2, n=25)
    await until(lambda: len(well.ids()) == 50)
    house.feed.withdrawn.add(person(2))
    await house.restart()

    # 3 slow: it takes requests and does not answer; the other one still gets everything
    ill.hang.set()
    ill.open()
    house.arrive(who=3, n=25)
    await until(
        lambda: ill.heard >= 2 and len(well.ids()) == 75 and house.status("ill").trouble is Trouble.SLOW
    )
    assert ill.posts == []
    assert house.status("ill").lag_records == 75

    # 4 back
    ill.hang.clear()
    await until(lambda: house.status("ill").lag_records == 0)
    await house.stop()
    assert sorted(set(ill.indexes())) == [*range(25), *range(50, 75)], "all but who withdrew"
    assert sorted(set(well.indexes())) == list(range(75))
    first_told = list(dict.fromkeys(ill.indexes()))  # what is answered too late comes again
    assert first_told == sorted(first_told), "in log order"
    assert house.status("ill").dead_letters == 0
    told = [(each[0], each[1]) for each in house.reports.told]
    assert told == [("down", "ill"), ("down", "ill"), ("up", "ill")], (
        "once for each start, not for each attempt"
    )


async def test_each_receiver_has_its_own_purpose_and_its_own_names_for_people(
    tmp_path: Path, well: Receiver, ill: Receiver
) -> None:
    ill.open()
    house = a_house(tmp_path, well, ill)
    house.start()
    house.arrive(who=1, n=3)
    await until(lambda: len(well.ids()) == 3 and len(ill.ids()) == 3)
    await house.stop()
    seen = {
        name: [event for _, body in receiver.posts for event in json.loads(body)]
        for name, receiver in (("well", well), ("ill", ill))
    }
    assert {event["purpose"] for event in seen["well"]} == {"analytics"}
    assert {event["purpose"] for event in seen["ill"]} == {"advertising"}
    subjects = [{event["subject"] for event in seen[name]} for name in ("well", "ill")]
    assert [len(names) for names in subjects] == [1, 1]
    assert subjects[0].isdisjoint(subjects[1])
    assert person(1).hex() not in subjects[0] | subjects[1]


async def test_what_the_document_tells_receivers_to_do_accepts_our_requests_and_no_others(
    tmp_path: Path, well: Receiver, ill: Receiver
) -> None:
    verify = documented_verification()
    ill.open()
    house = a_house(tmp_path, well, ill)
    house.start()
    house.arrive(who=1, n=2)
    await until(lambda: len(well.ids()) == 2)
    await house.stop()
    keys = [key for key in house.router.public_keys() if key["destination"] == "well"]
    others = [key for key in house.router.public_keys() if key["destination"] == "ill"]
    headers, body = well.posts[0]
    now = time.time()
    verify(well.url, headers, body, keys, now)
    forgeries = [
        (well.url, headers, body + b" ", keys, now),
        (well.url + "/x", headers, body, keys, now),
        (well.url, headers | {"content-type": "text/html"}, body, keys, now),
        (well.url, headers, body, keys, now + 3600),
        (well.url, headers, body, [{**key, "x": others[0]["x"]} for key in keys], now),
        (well.url, headers, body, others, now),
    ]
    for forgery in forgeries:
        with pytest.raises(Exception):  # noqa: B017 - a receiver's own exceptions, whichever
            verify(*forgery)


async def test_a_receiver_that_stays_down_leaves_dead_letters_that_can_be_repeated(
    tmp_path: Path, well: Receiver, ill: Receiver
) -> None:
    house = a_house(
        tmp_path, well, ill, retry=RetryPolicy(max_attempts=2, first_seconds=0.01, cap_seconds=0.02)
    )
    house.start()
    house.arrive(who=1, n=5)
    house.arrive(who=2, n=5)
    await until(lambda: house.status("ill").dead_letters == 10)
    assert house.status("ill").lag_records == 0
    assert [letter.key.index for letter in await house.router.letters("ill")] == list(range(10))
    assert_nothing_personal(tmp_path / "records.db")

    house.feed.withdrawn.add(person(2))
    await house.restart()
    ill.open()
    report = await house.router.retry("ill")
    assert (report.delivered, report.silent, report.kept, report.stopped) == (5, 5, 0, False)
    assert sorted(ill.indexes()) == [0, 1, 2, 3, 4]
    assert house.status("ill").dead_letters == 0
    await house.stop()


def assert_nothing_personal(database: Path) -> None:
    content = database.read_bytes()
    for canary in (person(1), person(1).hex().encode(), b"Product Viewed", b"product_id"):
        assert canary not in content
    with sqlite3.connect(database) as raw:
        assert raw.execute("SELECT count(*) FROM dead_letter").fetchone() == (10,)
    raw.close()


def documented_verification() -> Callable[..., None]:
    """The block of the document, as a receiver would copy it."""
    [block] = re.findall(r"```python\n(.*?)```", DOCUMENT.read_text(), re.DOTALL)
    scope: dict[str, object] = {}
    exec(block, scope)
    verify = scope["verify"]
    assert callable(verify)
    return verify
