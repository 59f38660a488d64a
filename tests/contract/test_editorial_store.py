"""The contract of the editors' store, on every adapter."""

from __future__ import annotations

import pytest

from gateway.editorial.decisions import EditorialAct, EditorialDecision, approve
from gateway.editorial.store_memory import MemoryEditorial
from gateway.stores.editorial import SqlEditorial
from tests.unit.gateway.stores.backends import BACKENDS, open_database


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryEditorial()
        return
    with open_database(tmp_path) as database:
        yield SqlEditorial(database)


def decision(name: str, at: int) -> EditorialDecision:
    return EditorialDecision(
        decision_id=name * 32,
        act=EditorialAct.PIN,
        placement="home",
        items=("cup", "ä"),
        place=3,
        expires_at=at + 100,
        proposed_by="editor:anna",
        proposed_at=at,
    )


def test_decisions_come_back_in_the_order_of_their_proposal(store):
    assert list(store.load_all()) == []
    late, early, same = decision("a", 20), decision("c", 10), decision("b", 20)
    for each in (late, early, same):
        store.put(each)
    assert list(store.load_all()) == [early, late, same]


def test_a_decision_replaces_how_it_stood_before(store):
    first = decision("a", 10)
    store.put(first)
    approved = approve(first, "editor:bert", 12)
    assert approved is not None
    store.put(approved)
    assert list(store.load_all()) == [approved]
