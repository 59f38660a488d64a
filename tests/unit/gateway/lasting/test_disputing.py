"""Wishes of one person that cross on their way: the last one counts, in memory as in what is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from consent import MemoryRights
from gateway.lasting.denied_list import DeniedList
from gateway.lasting.disputing import Disputed, Disputing
from gateway.memory.people import People
from privacy import SubjectRef
from scoring import Catalogue, History, Item

ADA, NOW = SubjectRef(b"a" * 16), 1_795_000_000


class Slow(MemoryRights):
    """Lifts a wish when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = Event()

    def lift(self, subject_id: int, sealed: Collection[bytes]) -> None:
        assert self.go_on.wait(60)
        super().lift(subject_id, sealed)


class Wishes:
    """What one person wishes of one item."""

    def __init__(self, home: Path, worker: ThreadPoolExecutor) -> None:
        self.people, self.catalogue, self.store = People(), Catalogue(), Slow()
        self.slot = self.people.add(ADA, 1, bytes(32))
        self.catalogue.upsert([Item(id="tea")])
        denied = DeniedList(home / "withdrawn")
        self.disputing = Disputing(self.fresh(), self.store, self.people, self.catalogue, worker, denied)

    def fresh(self) -> Disputed:
        """What a start would know of them."""
        found = Disputed(self.people, self.catalogue, (History(),), ())
        found.load(self.store)
        return found


@pytest.fixture
def wishes(tmp_path: Path) -> Iterator[Wishes]:
    with ThreadPoolExecutor(1) as worker:
        made = Wishes(tmp_path, worker)
        yield made
        made.store.go_on.set()


@pytest.mark.parametrize("sort", ["dispute", "dislike"])
async def test_a_no_that_crosses_a_yes_on_its_way_stands(wishes: Wishes, sort: str) -> None:
    disputing = wishes.disputing

    async def refuse() -> bool:
        if sort == "dislike":
            return await disputing.dislike(ADA, "tea")
        return await disputing.dispute(ADA, "tea", NOW)

    assert await refuse()
    coming_back = asyncio.create_task(disputing.use_again(ADA, "tea"))
    await asyncio.sleep(0)
    again = asyncio.create_task(refuse())
    await asyncio.sleep(0)
    wishes.store.go_on.set()
    assert await coming_back
    assert await again
    assert disputing.disputed.wished_of(wishes.slot) == wishes.fresh().wished_of(wishes.slot) == [0]


async def test_a_yes_that_nothing_crosses_holds(wishes: Wishes) -> None:
    wishes.store.go_on.set()
    assert await wishes.disputing.dispute(ADA, "tea", NOW)
    assert await wishes.disputing.use_again(ADA, "tea")
    assert wishes.disputing.disputed.wished_of(wishes.slot) == wishes.fresh().wished_of(wishes.slot) == []
    assert not await wishes.disputing.use_again(ADA, "tea")
