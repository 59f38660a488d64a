"""The contract of the fleet's store, on every adapter."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from gateway.fleet.store_memory import MemoryFleet
from gateway.fleet.values import Device, ModelState, PartTaken, PublishedModel, Round, RoundState
from gateway.stores.fleet import SqlFleet
from gateway.stores.records import SqlRecords
from privacy import SubjectRef
from tests.unit.gateway.stores.backends import BACKENDS, RING, open_database

ADA, BEA = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryFleet()
        return
    with open_database(tmp_path) as database:
        yield SqlFleet(database)


def device(name: str, at: int, of: SubjectRef = ADA) -> Device:
    return Device(
        device=name.encode() * 32,
        subject=of,
        node_key=f"ecdsa-sha2-nistp384 {name}",
        signing_key=name.encode() * 32,
        enrolled_at=at,
        enrolled_index=at + 1,
        receipt=b"r" * 32,
    )


def part(round_id: int, name: str, place: int, of: SubjectRef = ADA) -> PartTaken:
    return PartTaken(
        round_id=round_id,
        device=name.encode() * 32,
        subject=of,
        status="included",
        salt=b"s" * 16,
        place=place,
    )


def model(version: int, state: ModelState) -> PublishedModel:
    return PublishedModel(
        name="items",
        version=version,
        state=state,
        round_id=version,
        bundle=b"\0\n",
        log_index=9,
        published_at=3,
    )


OPEN = Round(round_id=1, state=RoundState.OPEN, opened_at=5, manifest=b"{}", opened_index=7)


def test_devices_come_back_in_the_order_of_their_enrolment(store):
    assert list(store.devices()) == []
    late, early = device("x", 20), device("y", 10, BEA)
    store.put_device(late)
    store.put_device(early)
    assert list(store.devices()) == [early, late]


def test_a_device_ends_once(store):
    store.put_device(device("x", 1))
    store.put_device(device("y", 2))
    store.end_devices([b"x" * 32, b"?" * 32], 30)
    store.end_devices([b"x" * 32], 40)
    store.end_devices([], 50)
    assert [each.ended_at for each in store.devices()] == [30, None]


def test_a_round_replaces_how_it_stood_and_keeps_what_became_of_whom(store):
    store.put_round(OPEN)
    closed = replace(OPEN, state=RoundState.CLOSED, record=b"{}", closed_index=9, spent_micro_rho=2**40)
    parts = [part(1, "y", 1, BEA), part(1, "x", 0)]
    store.put_round(closed, parts)
    assert list(store.rounds()) == [closed]
    assert [each.place for each in store.parts_in(1)] == [0, 1]
    assert list(store.parts_of(BEA)) == [parts[0]]
    assert list(store.parts_in(2)) == []


def test_versions_stand_as_they_were_put_together(store):
    store.put_models([model(1, ModelState.CURRENT)])
    store.put_models([model(2, ModelState.CURRENT), model(1, ModelState.RETIRED)])
    assert [(each.version, each.state) for each in store.models()] == [(1, "retired"), (2, "current")]


def test_an_erasure_takes_a_persons_devices_and_parts_along_and_nothing_else(tmp_path):
    with open_database(tmp_path) as database:
        store = SqlFleet(database)
        for each in (device("x", 1), device("y", 2, BEA)):
            store.put_device(each)
        store.put_round(OPEN, [part(1, "x", 0), part(1, "y", 1, BEA)])
        SqlRecords(database, RING).erase(ADA, now=9)
        assert [each.subject for each in store.devices()] == [BEA]
        assert [each.subject for each in store.parts_in(1)] == [BEA]
        assert list(store.rounds()) == [OPEN]
