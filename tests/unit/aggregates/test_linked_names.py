"""Devices that are linked to somebody are that person in the cube, whenever the link came; and nobody is two people in a week."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import polars as pl
import pytest

from consent import Resolution
from gateway.aggregates.cube_files import CubeFiles
from gateway.aggregates.cube_keys import CubeKeys
from gateway.aggregates.linked_names import LinkedNames
from gateway.aggregates.participation import Participation
from gateway.identities import Identities
from gateway.memory.people import People
from privacy import Length, Pseudonymiser, SubjectRef, read_catalogue, window_at

NOON = 1_795_262_400
DAY = window_at(Length.DAY, NOON)
[TODAY] = DAY.days
LINKING = 1 << 2
[RELEASE] = read_catalogue(
    b'[[releases]]\nid = "people"\nversion = 1\ntitle = "P"\nshape = "people"\nwindow = "day"\n'
    b'purpose = "analytics"\nevents = ["Product Viewed"]\nnoise = 8.0\n'
).releases


class House:
    def __init__(self, directory, worker) -> None:
        self.people = People()
        self.identities = Identities(
            Pseudonymiser(b"k" * 32), self.people, 2, lambda slot: self.people.mask[slot]
        )
        self.files = CubeFiles(directory / "cube")
        self.counted = Participation(directory / "counted", 8)
        self.keys = CubeKeys(directory / "keys", os.urandom)
        self.linked = LinkedNames(self.files, self.counted, self.keys, ["analytics"], self.identities, worker)
        self.ada, self.browser, self.bea = (self.add(name) for name in (b"a", b"b", b"c"))
        rows = {
            "person": [self.name(ref) for ref in (self.ada, self.browser, self.bea)],
            "event": ["Product Viewed"] * 3,
            "first": [NOON] * 3,
        }
        self.files.add({("analytics", TODAY, 1): rows}, 0, 3)

    def add(self, name: bytes) -> SubjectRef:
        ref = SubjectRef(name * 16)
        self.people.take_up(self.people.add(ref, 1, bytes(32)), Resolution(LINKING, 0, None, {}))
        return ref

    def name(self, ref: SubjectRef) -> int:
        return self.keys.name(ref, "analytics", NOON)

    def standing(self) -> list[int]:
        parts = self.files.files("analytics", DAY, 2)
        return sorted(name for part in parts for name in pl.read_parquet(part)["person"])

    def count(self, *whose: SubjectRef) -> None:
        [place] = self.counted.places(RELEASE, DAY)
        place.parent.mkdir(parents=True, exist_ok=True)
        pl.DataFrame({"person": [self.name(ref) for ref in whose]}).write_parquet(place)

    def in_how_many(self, ref: SubjectRef, day: date = TODAY) -> int:
        return self.counted.counted("analytics", day, self.name(ref))


@pytest.fixture
def house(tmp_path):
    with ThreadPoolExecutor(1) as worker:
        yield House(tmp_path, worker)


async def test_rows_of_a_device_become_its_owners_when_they_are_linked(house):
    await house.linked.join()
    assert len(set(house.standing())) == 3
    house.identities.bind(house.browser, house.ada)
    await house.linked.join()
    assert house.standing() == sorted([house.name(house.ada)] * 2 + [house.name(house.bea)])
    assert house.linked.people_of(house.browser) == {house.ada, house.browser}
    assert house.linked.people_of(house.bea) == {house.bea}


async def test_a_link_that_its_owner_does_not_permit_changes_nothing(house):
    house.identities.bind(house.browser, house.ada)
    house.people.take_up(house.people.slot_of[house.ada], Resolution(0, LINKING, None, {}))
    await house.linked.join()
    assert len(set(house.standing())) == 3


async def test_a_release_in_which_the_device_counted_is_one_in_which_its_owner_did(house):
    house.count(house.browser, house.bea)
    house.identities.bind(house.browser, house.ada)
    await house.linked.join()
    assert [house.in_how_many(ref) for ref in (house.ada, house.browser, house.bea)] == [1, 1, 1]
    assert sum(limit.most for limit in house.counted.limits(RELEASE, DAY)) == 8, "nobody is left out"


async def test_after_the_linking_ended_the_device_counts_no_more_this_week(house):
    house.identities.bind(house.browser, house.ada)
    await house.linked.part(house.ada)
    assert house.standing() == sorted([house.name(house.ada)] * 2 + [house.name(house.bea)])
    [left_out] = [limit for limit in house.counted.limits(RELEASE, DAY) if limit.most == 1]
    [file] = left_out.files
    assert pl.read_parquet(file)["person"].to_list() == [house.name(house.browser)]
    assert house.in_how_many(house.browser) == 0, "it is told of releases only"


async def test_linking_again_takes_up_what_came_in_between(house):
    house.identities.bind(house.browser, house.ada)
    await house.linked.join()
    await house.linked.part(house.ada)
    rows = {"person": [house.name(house.browser)], "event": ["Product Viewed"], "first": [NOON]}
    house.files.add({("analytics", TODAY, 1): rows}, 3, 4)
    await house.linked.join()
    assert house.standing().count(house.name(house.ada)) == 3
