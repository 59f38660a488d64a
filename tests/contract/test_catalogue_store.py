"""The contract of the catalogue's store, on every adapter; and both agree with the catalogue in memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.catalogue.store_memory import MemoryCatalogue
from gateway.stores.catalogue import SqlCatalogue
from scoring import Catalogue, CatalogueFullError, Item
from tests.unit.gateway.stores.backends import BACKENDS, open_database

CUP = Item(id="cup", title="A cup", category="kitchen", tags=("blue", "ceramic"), price=4.5, stock=3)
PAN = Item(id="pan")


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    if request.param == "memory":
        yield MemoryCatalogue(max_items=5)
        return
    with open_database(tmp_path) as database:
        yield SqlCatalogue(database, max_items=5)


def test_numbers_are_given_in_order_from_nought(store):
    assert list(store.load_all()) == []
    assert store.upsert([PAN, CUP]) == [0, 1]
    assert list(store.load_all()) == [("pan", PAN), ("cup", CUP)]
    assert store.upsert([]) == []


def test_an_item_is_replaced_as_a_whole_and_keeps_its_number(store):
    store.upsert([PAN, CUP])
    plain = Item(id="cup", blocked=True)
    assert store.upsert([Item(id="lid"), plain]) == [2, 1]
    assert list(store.load_all())[1] == ("cup", plain)


def test_the_last_of_two_with_one_id_stays(store):
    assert store.upsert([PAN, CUP, Item(id="pan", title="Second")]) == [0, 1, 0]
    assert next(store.load_all()) == ("pan", Item(id="pan", title="Second"))


def test_a_deleted_item_keeps_its_number_for_ever(store):
    store.upsert([PAN, CUP])
    assert store.delete("cup")
    assert not store.delete("cup")
    assert not store.delete("nothing")
    assert store.upsert([Item(id="lid")]) == [2]
    assert list(store.load_all()) == [("pan", PAN), ("cup", None), ("lid", Item(id="lid"))]
    assert store.upsert([CUP]) == [1]
    assert list(store.load_all())[1] == ("cup", CUP)


def test_a_full_catalogue_takes_nothing_of_the_call(store):
    store.upsert([Item(id=f"i{n}") for n in range(4)])
    before = list(store.load_all())
    with pytest.raises(CatalogueFullError):
        store.upsert([Item(id="i0", title="new"), Item(id="i4"), Item(id="i5")])
    assert list(store.load_all()) == before
    assert store.upsert([Item(id="i4")]) == [4]


STEPS = st.lists(
    st.tuples(st.booleans(), st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6)), max_size=10
)


@given(STEPS)
def test_what_was_stored_gives_the_catalogue_that_was_shown(steps):
    with tempfile.TemporaryDirectory() as directory, open_database(Path(directory)) as database:
        stores, shown = (SqlCatalogue(database), MemoryCatalogue()), Catalogue()
        for at, (puts, ids) in enumerate(steps):
            if puts:
                items = [Item(id=each, title=str(at)) for each in ids]
                numbers = shown.upsert(items)
                assert [store.upsert(items) for store in stores] == [numbers, numbers]
            else:
                gone = shown.delete(ids[0])
                assert [store.delete(ids[0]) for store in stores] == [gone, gone]
        for store in stores:
            loaded = Catalogue()
            loaded.load(store.load_all())
            assert (loaded.ids, loaded.items, loaded.index_of) == (shown.ids, shown.items, shown.index_of)
