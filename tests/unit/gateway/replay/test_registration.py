"""Items and people of a recording."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.replay import (
    BadLine,
    Recorded,
    ReplayError,
    items_of,
    read_items,
    register_items,
    register_missing_items,
    subjects_of,
)
from gateway.replay import registration as module
from gateway.replay.model import Fault
from tests.unit.gateway.replay.stub_gateway import StubGateway

ENTRIES: list[Recorded | BadLine] = [
    Recorded(1, {"userId": "u", "properties": {"product_id": "a", "name": "A", "price": 2.5}}),
    BadLine(2, Fault.NOT_JSON),
    Recorded(3, {"userId": "u", "properties": {"product_id": "a", "name": "Other", "category": "c"}}),
    Recorded(
        4, {"anonymousId": "u", "properties": {"products": [{"product_id": "b"}, {"product_id": 7}, 1]}}
    ),
    Recorded(5, {"userId": None, "anonymousId": "x", "properties": None}),
]


def test_each_item_is_found_once_with_its_first_description() -> None:
    assert items_of(ENTRIES) == {
        "a": {"id": "a", "title": "A", "price": 2.5, "category": "c"},
        "b": {"id": "b"},
    }


def test_each_subject_is_found_once_and_anonymous_ones_stay_apart() -> None:
    assert subjects_of(ENTRIES) == [{"id": "u"}, {"anonymous_id": "u"}, {"anonymous_id": "x"}]


def test_items_are_registered_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ITEMS_IN_A_REQUEST", 2)
    gateway = StubGateway()
    steps: list[int] = []
    assert register_items([{"id": str(i)} for i in range(5)], gateway.client(), steps.append) == 5
    assert steps == [2, 2, 1]
    assert list(gateway.items) == ["0", "1", "2", "3", "4"]


def test_an_item_that_the_catalogue_holds_is_left_as_it_is() -> None:
    gateway = StubGateway()
    gateway.items = {"a": {"id": "a", "title": "the shop's own"}}
    assert register_missing_items(items_of(ENTRIES), gateway.client()) == 1
    assert gateway.items == {"a": {"id": "a", "title": "the shop's own"}, "b": {"id": "b"}}


def test_an_item_table_gives_titles_and_prices(tmp_path: Path) -> None:
    file = tmp_path / "items.csv"
    file.write_text('item_id,title,median_price_gbp,n\na,"A, b",0.85,1\nb,,soon,2\n,x,1,3\nragged\n')
    assert read_items(file) == [{"id": "a", "title": "A, b", "price": 0.85}, {"id": "b"}]
    file.write_text("title\nx\n")
    with pytest.raises(ReplayError, match="item_id"):
        read_items(file)
