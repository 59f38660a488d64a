"""Which items devices learn about, and that more than a model holds is said."""

from __future__ import annotations

import pytest

from federated import MAX_ITEMS
from gateway.errors import FleetRefusedError
from gateway.fleet.model_items import items_of_model
from scoring import Catalogue, Item


def catalogue_of(*items):
    found = Catalogue()
    found.upsert(items)
    return found


def test_all_that_may_be_shown_of_the_categories_that_are_named():
    catalogue = catalogue_of(
        Item("b", category="books"),
        Item("a", category="films"),
        Item("c", category="books", stock=0),
        Item("d"),
    )
    assert items_of_model(catalogue, ()) == ["b", "a", "d"]
    assert items_of_model(catalogue, ["books"]) == ["b"]
    assert items_of_model(catalogue, ["books", "films", "nothing"]) == ["b", "a"]
    assert items_of_model(catalogue, ["nothing"]) == []
    assert items_of_model(Catalogue(), ()) == []


def test_more_than_a_model_holds_is_refused_and_not_cut_off():
    catalogue = catalogue_of(*(Item(f"i{n}", category=("few", "many")[n > 0]) for n in range(MAX_ITEMS + 1)))
    with pytest.raises(FleetRefusedError, match="fleet") as refused:
        items_of_model(catalogue, ())
    assert refused.value.reason == "too_many_items"
    assert len(items_of_model(catalogue, ["many"])) == MAX_ITEMS
    assert items_of_model(catalogue, ["few"]) == ["i0"]
