"""What was acknowledged is in the very next answer: events, goods, links; in whatever order and however often they came."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from tests.journey.in_process import Inside, inside
from tests.journey.rule_shop import NOON, RuleShop, clock, rule_shop
from tests.journey.shop import ITEMS, item, view
from tests.requirement import whole_campaign

__all__ = ["clock"]

WRITES = 1_000 if whole_campaign() else 100
EVENTS = 10_000 if whole_campaign() else 2_000
PEOPLE = [f"person-{n}" for n in range(20)]
LATE_SECONDS = 300
DECLARED = {
    "views": 'total("Product Viewed")',
    "lately": 'count("Product Viewed", 600)',
    "interest": 'entropy("Product Viewed", 3600, "category")',
    "lasting": "session_seconds()",
}


async def declare(served: Inside) -> None:
    for name, value in DECLARED.items():
        body = {"purpose": "recommendations", "value": value}
        assert (await served.http.put(f"/v1/features/{name}", json=body)).status_code == 200


async def features_of(served: Inside, who: str) -> dict[str, Any]:
    answer = await served.http.post("/v1/features/query", json={"subject": {"id": who}})
    return dict(answer.json()["purposes"]["recommendations"])


async def test_every_event_that_was_answered_is_in_the_next_answer(tmp_path: Path) -> None:
    async with inside(tmp_path / "data") as served:
        await declare(served)
        await served.consent("ada", "given")
        for n in range(1, WRITES + 1):
            assert (await served.batch([view("ada", ITEMS[n % len(ITEMS)])])).json()["accepted"] == 1
            assert (await features_of(served, "ada"))["views"] == n


async def test_order_repetition_and_lateness_change_nothing_in_the_end(
    tmp_path: Path, clock: list[float]
) -> None:
    """Each event of a person has a second of its own; it comes up to five minutes late, and every tenth comes twice."""
    draw = random.Random(7)
    told = [event_of(n) for n in range(EVENTS)]
    arriving = [*told, *told[::10]]
    arriving = sorted(arriving, key=lambda each: happened(each) + draw.uniform(0, LATE_SECONDS))
    assert arriving != sorted(arriving, key=happened), "something came late"
    ends = []
    for name, events in (("in-order", told), ("as-it-came", arriving)):
        async with rule_shop(tmp_path / name, clock) as shop:
            ends.append(await end_of(shop, events))
    assert ends[0] == ends[1]
    assert {features["views"] for _, features in ends[0]} == {EVENTS // len(PEOPLE)}


def event_of(n: int) -> dict[str, Any]:
    at = NOON + n
    time = f"2030-03-17T{at // 3600 % 24:02}:{at // 60 % 60:02}:{at % 60:02}Z"
    event = view(PEOPLE[n % len(PEOPLE)], ITEMS[(7 * n) % len(ITEMS)], messageId=f"told-{n}", timestamp=time)
    event["properties"]["category"] = f"shelf-{(n // 90) % 4}"
    return event


def happened(event: dict[str, Any]) -> int:
    return int(event["messageId"].partition("-")[2])


async def end_of(shop: RuleShop, events: list[dict[str, Any]]) -> list[tuple[list[Any], dict[str, Any]]]:
    """What everybody's slate and features are when all has come."""
    served = shop.served
    await served.stock()
    await served.adopt_a_model()
    await declare(served)
    await shop.at(EVENTS + LATE_SECONDS)
    for who in PEOPLE:
        await served.consent(who, "given")
    for first in range(0, len(events), 1_000):
        assert (await served.batch(events[first : first + 1_000])).status_code == 200
    found = []
    for who in PEOPLE:
        slate = await served.decide(who, limit=30, explain=True)
        assert slate["personalised"]
        found.append((slate["items"], await features_of(served, who)))
    return found


async def test_stock_and_price_are_those_of_the_next_decision_wherever_an_item_could_stand(
    tmp_path: Path,
) -> None:
    async with inside(tmp_path / "data") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.consent("ada", "given")
        await served.batch([view("ada", item(0, 0))])
        first = (await served.decide("ada"))["items"][0]["id"]
        for stock in (0, 3, 0):
            await put(served, first, stock=stock)
            for asked in (
                {"who": "ada", "limit": 59},
                {"who": "nobody", "limit": 60},
                {"who": "nobody", "limit": 60, "context": {"category": "shelf-0"}},
                {"who": "ada", "limit": 59, "candidates": ITEMS},
                {"who": "ada", "limit": 59, "item": item(0, 0)},
            ):
                slate = await served.decide(**asked)
                shown = [each["id"] for each in slate["items"]]
                assert (first in shown) == (stock > 0), asked
        await put(served, item(4, 0), stock=0, price=100)
        await put(served, item(4, 1), stock=9, price=131)
        assert await stands_in(served) != item(4, 1), "too dear to stand in for it"
        await put(served, item(4, 1), stock=9, price=129)
        assert await stands_in(served) == item(4, 1)


async def stands_in(served: Inside) -> str:
    slate = await served.decide("nobody", item=item(4, 0))
    return str(slate["items"][0]["id"])


async def put(served: Inside, id_: str, **more: Any) -> None:
    body = {"items": [{"id": id_, "title": "chair", "category": "shelf-0", **more}]}
    assert (await served.http.put("/v1/items", json=body)).status_code == 200


async def test_a_link_joins_two_histories_and_its_end_leaves_each_its_own(tmp_path: Path) -> None:
    browser = {"anonymous_id": "browser"}
    async with inside(tmp_path / "data") as served:
        await served.stock()
        await served.adopt_a_model()
        for who in ("ada", browser):
            await served.consent(who, "given")
        await served.batch([view("ada", item(0, 0)), view(None, item(1, 1), anonymousId="browser")])
        assert (await reasons(served, "ada"), await reasons(served, browser)) == ({item(0, 0)}, {item(1, 1)})
        signed_in = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": "m1"}
        await served.batch([signed_in])
        assert await reasons(served, browser) == {item(1, 1)}, "nobody permitted linking"
        await served.consent("ada", "given", "linking")
        await served.batch([{**signed_in, "messageId": "m2"}])
        assert await reasons(served, browser) == await reasons(served, "ada")
        assert item(0, 0) in await reasons(served, browser)
        await served.consent("ada", "withdrawn", "linking")
        assert (await reasons(served, "ada"), await reasons(served, browser)) == ({item(0, 0)}, {item(1, 1)})


async def reasons(served: Inside, who: str | dict[str, str]) -> set[str]:
    """The items of the history for which something is shown."""
    slate = await served.decide(who, limit=30, explain=True)
    return {each["because"] for one in slate["items"] for each in one["reasons"] if "because" in each}
