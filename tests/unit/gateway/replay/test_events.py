"""Events made of recorded ones."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.replay.events import event_name, iso_time, item_properties, message_id, sequence_time, track


def test_the_same_content_has_the_same_message_id_whatever_the_order_of_its_members() -> None:
    assert message_id({"a": 1, "b": {"c": 2, "d": 3}}) == message_id({"b": {"d": 3, "c": 2}, "a": 1})


@given(st.text(), st.text())
def test_different_people_never_share_a_message_id(one: str, other: str) -> None:
    ids = {track("Page", {"userId": who}, {}, None)["messageId"] for who in (one, other)}
    assert len(ids) == len({one, other})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2010-12-01T09:45:00.000", "2010-12-01T09:45:00.000Z"),
        ("2010-12-01 09:45:00+02:00", "2010-12-01T07:45:00.000Z"),
        ("2016-05-09", "2016-05-09T00:00:00.000Z"),
        ("1659304800025", "2022-07-31T22:00:00.025Z"),
        ("891717742", "1998-04-04T19:22:22.000Z"),
        ("", None),
        ("yesterday", None),
        ("nan", None),
        ("inf", None),
        ("1e300", None),
        ("0001-01-01T00:00:00+14:00", None),
    ],
)
def test_times_of_every_recorded_form(text: str, expected: str | None) -> None:
    assert iso_time(text) == expected


def test_a_sequence_keeps_its_order_as_times() -> None:
    times = [sequence_time(str(position)) for position in range(3)]
    assert times == sorted(times, key=str)
    assert times[0] == "2000-01-01T00:00:00.000Z"
    assert sequence_time("x") is None
    assert sequence_time(str(10**30)) is None


def test_recorded_names_become_the_specifications_and_others_stay() -> None:
    assert [event_name(name) for name in ("clicks", "Carts", "orders", "purchase", "order_cancelled")] == [
        "Product Viewed",
        "Product Added",
        "Order Completed",
        "Order Completed",
        "Order Cancelled",
    ]
    assert event_name("Playlist Shared") == "Playlist Shared"


def test_an_order_names_its_item_at_the_top_and_in_the_products() -> None:
    item = {"product_id": "p-1", "quantity": 2}
    assert item_properties("Order Completed", item, "o-1") == {
        "order_id": "o-1",
        "product_id": "p-1",
        "products": [item],
    }
    assert item_properties("Product Viewed", item, None) == item
