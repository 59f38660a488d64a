"""Once a day, of enough people, and one alarm for one beginning."""

from __future__ import annotations

import math

from gateway.memory.people import People
from gateway.ops.narrowing import DAYS, Narrowing
from privacy import SubjectRef
from scoring import Catalogue, History, Item

DAY = 86_400
SHELVES, PER_SHELF = 5, 20


class World:
    """Thirty people with histories of a few categories, and a watch."""

    def __init__(self, people: int = 30) -> None:
        self.history, self.catalogue, self.people = History(), Catalogue(), People()
        self.catalogue.upsert(
            [Item(id=f"i{k}", category=f"c{k // PER_SHELF}") for k in range(SHELVES * PER_SHELF)]
        )
        for n in range(people):
            self.people.add(SubjectRef(n.to_bytes(16, "big")), n, bytes(32))
        self.told = 0
        self.watch = Narrowing(self.history, self.catalogue, self.people, self.tell)

    def tell(self) -> None:
        self.told += 1

    def see(self, categories: int) -> None:
        """Everybody's history is of so many categories, evenly."""
        for slot in self.people.slots():
            self.history.clear(slot)
            for k in range(20):
                self.history.add(slot, (k % categories) * PER_SHELF + k // categories, k + 1)


def test_it_looks_once_a_day() -> None:
    world = World()
    world.see(5)
    for at in (5, 10, DAY - 1, DAY, DAY + 7, 3 * DAY, DAY):
        world.watch.look(at)
    assert list(world.watch.means) == [0.0, 0.0, 0.0]
    for day in range(4, 90):
        world.watch.look(day * DAY)
    assert len(world.watch.means) == DAYS


def test_of_few_people_nothing_is_known() -> None:
    world = World(people=19)
    world.see(1)
    world.watch.look(0)
    assert math.isnan(world.watch.last)
    assert math.isnan(World().watch.last), "and before anybody looked"


def test_one_beginning_is_one_alarm() -> None:
    world = World()
    for day, categories in enumerate([5] * 8 + [4] * 8 + [3] * 8 + [2] * 8 + [1] * 8):
        world.see(categories)
        world.watch.look(day * DAY)
    assert world.watch.last == 1.0
    assert (world.told, world.watch.alarms) == (1, 1)
    for day in range(40, 80):
        world.see(5)
        world.watch.look(day * DAY)
    assert (world.told, world.watch.last) == (1, 0.0)
