"""Routing as the gateway sees it."""

from __future__ import annotations

import asyncio
import json
import os
import time
from pathlib import Path

import pytest

from gateway.routing import (
    Circuit,
    DeliveryParts,
    Kind,
    LoopTimer,
    MemoryRoutingStore,
    Router,
    SinkMaker,
    UnknownDestinationError,
)
from tests.unit.gateway.routing.fakes import FakeFeed, NoFaults, a_destination, a_signal, person, until


def a_router(tmp_path: Path, feed: FakeFeed, *names: str, store: MemoryRoutingStore | None = None) -> Router:
    keys = tmp_path / "keys"
    keys.mkdir(exist_ok=True)
    destinations = [
        a_destination(id=name, kind=Kind.NDJSON, url=None, path=tmp_path / name, purpose=name)
        for name in names
    ]
    maker = SinkMaker(origin="gateway.example/log", keys=keys, entropy=os.urandom, clock=time.time)
    around = DeliveryParts(feed=feed, timer=LoopTimer(time.time), draw=lambda: 0.0)
    return Router(destinations, maker, store or MemoryRoutingStore(), around, NoFaults())


def written(directory: Path) -> list[dict[str, object]]:
    lines = [line for path in sorted(directory.rglob("part-*")) for line in path.read_text().splitlines()]
    return [json.loads(line) for line in lines]


async def test_each_destination_gets_its_own_purpose_only_and_its_own_names_for_people(
    tmp_path: Path,
) -> None:
    feed = FakeFeed()
    router = a_router(tmp_path, feed, "ads", "stats")
    router.start(0)
    feed.add(a_signal(0, 0, purpose="ads"), a_signal(0, 1, purpose="stats"))
    feed.add(a_signal(1, 0, purpose="stats"))
    router.notify(2)
    await until(lambda: [status.lag_records for status in router.status()] == [0, 0])
    await router.stop(5)
    ads, stats = written(tmp_path / "ads"), written(tmp_path / "stats")
    assert [row["id"] for row in ads] == ["gateway.example/log/0/0"]
    assert [row["id"] for row in stats] == ["gateway.example/log/0/1", "gateway.example/log/1/0"]
    assert {row["subject"] for row in ads}.isdisjoint({row["subject"] for row in stats})


async def test_a_new_destination_begins_at_the_end_and_an_old_one_where_it_was(tmp_path: Path) -> None:
    feed = FakeFeed([[a_signal(0, purpose="ads")]])
    store = MemoryRoutingStore()
    router = a_router(tmp_path, feed, "ads", store=store)
    router.start(1)
    await until(lambda: store.cursor("ads", "ads") == 1)
    await router.stop(5)
    feed.add(a_signal(1, purpose="ads"))
    again = a_router(tmp_path, feed, "ads", store=store)
    again.start(2)
    await until(lambda: again.status()[0].delivered == 1)
    await again.stop(5)
    assert [row["id"] for row in written(tmp_path / "ads")] == ["gateway.example/log/1/0"]


async def test_names_for_people_survive_a_restart(tmp_path: Path) -> None:
    feed = FakeFeed()
    store = MemoryRoutingStore()
    for index in range(2):
        router = a_router(tmp_path, feed, "ads", store=store)
        router.start(index)
        feed.add(a_signal(index, purpose="ads"))
        router.notify(index + 1)
        await until(lambda router=router: router.status()[0].delivered == 1)
        await router.stop(5)
    subjects = [row["subject"] for row in written(tmp_path / "ads")]
    assert len(subjects) == 2
    assert len(set(subjects)) == 1
    assert person(1).hex() not in subjects


async def test_a_stuck_attempt_is_cut_off_after_the_grace_and_the_cursor_stays(tmp_path: Path) -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    feed, store = FakeFeed(), MemoryRoutingStore()
    maker = SinkMaker(origin="o", keys=tmp_path, entropy=os.urandom, clock=time.time)
    around = DeliveryParts(feed=feed, timer=LoopTimer(time.time), draw=lambda: 0.0)
    stuck = a_destination(url=url, timeout_seconds=3000.0)
    router = Router([stuck], maker, store, around, NoFaults())
    router.start(0)
    feed.add(a_signal(0))
    router.notify(1)
    await until(lambda router=router: router.status()[0].attempts == 1)
    async with asyncio.timeout(20):
        await router.stop(0.05)
    assert store.cursor("shop", "recommendations") == 0
    server.close()


async def test_status_keys_and_letters_of_what_is_configured(tmp_path: Path) -> None:
    maker = SinkMaker(origin="o", keys=tmp_path, entropy=os.urandom, clock=time.time)
    around = DeliveryParts(feed=FakeFeed(), timer=LoopTimer(time.time), draw=lambda: 0.0)
    router = Router([a_destination()], maker, MemoryRoutingStore(), around, NoFaults())
    [key] = router.public_keys()
    assert key["destination"] == "shop"
    assert key["crv"] == "Ed25519"
    assert "d" not in key
    [status] = router.status()
    assert (status.id, status.kind, status.circuit) == ("shop", Kind.HTTP, Circuit.CLOSED)
    assert await router.letters("shop") == []
    assert (await router.retry("shop")).delivered == 0
    for call in (router.letters, router.retry):
        with pytest.raises(UnknownDestinationError):
            await call("nowhere")
    await router.stop(1)


async def test_stopping_without_having_started_is_nothing(tmp_path: Path) -> None:
    router = a_router(tmp_path, FakeFeed(), "ads")
    async with asyncio.timeout(20):
        await router.stop(60)
