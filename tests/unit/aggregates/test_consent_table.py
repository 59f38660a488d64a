"""How people stand on purposes, as rows: everybody once, whatever they allow, and nobody who is gone."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import polars as pl
import pytest

from consent import Resolution
from gateway.aggregates import consent_table
from gateway.aggregates.consent_table import ConsentTable
from gateway.aggregates.cube_keys import CubeKeys
from gateway.identities import Identities
from gateway.memory.people import People
from privacy import Length, Pseudonymiser, SubjectRef, read_catalogue, window_at

BITS = {"analytics": 0, "recommendations": 1, "linking": 2}
DAY = window_at(Length.DAY, 1_795_219_200)
TEXT = b"""[[releases]]
id = "stand"
version = 1
title = "S"
shape = "consents"
window = "day"
purposes = ["analytics", "recommendations", "unheard-of"]
noise = 5.0
"""
[RELEASE] = read_catalogue(TEXT).releases


class House:
    def __init__(self, directory) -> None:
        self.people = People()
        self.identities = Identities(
            Pseudonymiser(b"k" * 32), self.people, 2, lambda slot: self.people.mask[slot]
        )
        self.directory = directory / "aggregates"
        self.keys = CubeKeys(directory / "keys", os.urandom)

    def add(self, name: bytes, allowed: int, refused: int = 0) -> SubjectRef:
        ref = SubjectRef(name * 16)
        slot = self.people.add(ref, 1, bytes(32))
        self.people.take_up(slot, Resolution(allowed, refused, None, {}))
        return ref

    async def rows(self) -> set[tuple[int, str]]:
        with ThreadPoolExecutor(1) as worker:
            table = ConsentTable(self.directory, self.keys, self.people, self.identities, BITS, worker)
            path = await table.write(RELEASE, DAY, "table-x")
        found = pl.read_parquet(path)
        assert set(found["first"]) <= {DAY.begin}
        assert path.stat().st_mode & 0o077 == 0
        return set(zip(found["person"], found["f.consents"], strict=True))

    def name(self, ref: SubjectRef) -> int:
        return self.keys.name(ref, "consents", DAY.begin)


@pytest.fixture
def house(tmp_path) -> House:
    return House(tmp_path)


async def test_everybody_is_there_with_what_they_allow_and_refuse(house):
    both, one, none = house.add(b"a", 0b11), house.add(b"b", 0b01, 0b10), house.add(b"c", 0)
    assert await house.rows() == {
        (house.name(both), "everybody"),
        (house.name(both), "analytics|allowed"),
        (house.name(both), "recommendations|allowed"),
        (house.name(one), "everybody"),
        (house.name(one), "analytics|allowed"),
        (house.name(one), "recommendations|refused"),
        (house.name(none), "everybody"),
    }


async def test_a_device_is_its_owner_while_they_permit_linking(house):
    owner, device = house.add(b"a", 0b100), house.add(b"d", 0b01)
    house.identities.bind(device, owner)
    assert await house.rows() == {(house.name(owner), "everybody")}
    house.people.deny(house.people.slot_of[owner], 0b100)
    assert len(await house.rows()) == 3, "from now on they are two"


async def test_nobody_is_a_table_too_and_many_come_page_by_page(house, monkeypatch):
    assert await house.rows() == set()
    monkeypatch.setattr(consent_table, "_PAGE", 2)
    for number in range(5):
        house.add(bytes([65 + number]), 0)
    assert len(await house.rows()) == 5
