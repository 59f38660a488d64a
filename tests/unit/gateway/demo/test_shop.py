"""The synthetic shop."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
import pytest

from gateway.demo import make_shop
from gateway.demo.shoppers import GRANTS, PROPORTIONS, REFUSALS, Choice, make_choices
from gateway.demo.wares import MOST_ITEMS, make_wares
from gateway.replay.events import MAX_EVENT_BYTES

UNTIL = datetime(2026, 1, 1, tzinfo=UTC)


def test_equal_seeds_make_equal_shops_down_to_every_message_id() -> None:
    assert make_shop(seed=7, until=UNTIL) == make_shop(seed=7, until=UNTIL)
    assert make_shop(seed=7, until=UNTIL) != make_shop(seed=8, until=UNTIL)


def test_every_event_is_well_formed_and_its_message_id_is_its_own() -> None:
    shop = make_shop(seed=1, until=UNTIL)
    ids = {ware.id for ware in shop.wares}
    people = {shopper.id for shopper in shop.shoppers}
    assert len({event["messageId"] for event in shop.events}) == len(shop.events) > 3_000
    for event in shop.events:
        assert event["type"] == "track"
        assert event["userId"] in people
        assert event["properties"]["product_id"] in ids
        assert len(msgspec.json.encode(event)) < MAX_EVENT_BYTES
        assert UNTIL - timedelta(days=29) < datetime.fromisoformat(event["timestamp"]) < UNTIL


def test_events_come_in_the_order_of_time() -> None:
    times = [event["timestamp"] for event in make_shop(seed=1, until=UNTIL).events]
    assert times == sorted(times)


def test_shoppers_have_tastes_that_show() -> None:
    shop = make_shop(seed=1, until=UNTIL)
    kind = {ware.id: (ware.category, ware.style) for ware in shop.wares}
    tastes = {shopper.id: set(shopper.tastes) for shopper in shop.shoppers}
    seen: dict[str, list[bool]] = defaultdict(list)
    for event in shop.events:
        seen[event["userId"]].append(kind[event["properties"]["product_id"]] in tastes[event["userId"]])
    shares = [np.mean(matches) for matches in seen.values()]
    assert np.mean(shares) > 0.75
    assert np.mean(shares) < 0.99


def test_all_kinds_of_people_and_events_are_there() -> None:
    shop = make_shop(seed=1, until=UNTIL)
    assert {shopper.choice for shopper in shop.shoppers} == set(Choice)
    names = Counter(event["event"] for event in shop.events)
    assert set(names) == {"Product Viewed", "Product Added", "Order Completed", "Product Shared"}
    assert names["Product Viewed"] > names["Product Added"] > names["Order Completed"]


def test_only_those_who_say_no_in_events_carry_a_claim() -> None:
    shop = make_shop(seed=1, until=UNTIL)
    choices = {shopper.id: shopper.choice for shopper in shop.shoppers}
    claiming = {event["userId"] for event in shop.events if "context" in event}
    assert claiming == {who for who, choice in choices.items() if choice is Choice.SAYS_NO_IN_EVENTS}


def test_products_are_labelled_as_made_up_and_have_their_own_titles() -> None:
    wares = make_wares(MOST_ITEMS, np.random.default_rng(1))
    assert len({ware.title for ware in wares}) == len({ware.id for ware in wares}) == MOST_ITEMS
    assert all("synthetic" in ware.as_item()["tags"] for ware in wares)
    assert all(ware.price > 0 for ware in wares)
    assert 0 < sum(ware.stock == 0 for ware in wares) < MOST_ITEMS / 10


@pytest.mark.parametrize("n_items", [0, -1, MOST_ITEMS + 1])
def test_more_products_than_words_are_refused(n_items: int) -> None:
    with pytest.raises(ValueError):
        make_wares(n_items, np.random.default_rng(1))


def test_the_first_two_people_are_the_willing_and_the_refusing_one() -> None:
    choices = make_choices(500, np.random.default_rng(3))
    assert choices[:2] == [Choice.EVERYTHING, Choice.NOTHING]
    assert make_choices(1, np.random.default_rng(3)) == [Choice.EVERYTHING]
    assert sum(PROPORTIONS.values()) == pytest.approx(1)
    assert not set(GRANTS) & set(REFUSALS)
