"""Rules over HTTP: windows at their edge, budgets, caps, timers across a restart, and what a withdrawal leaves."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.journey.rule_shop import NOON, RuleShop, clock, offer, rule_shop

__all__ = ["clock"]

VIEWED = "Product Viewed"
MANY_VIEWS = {
    "purpose": "recommendations",
    "on": [VIEWED],
    "when": 'count("Product Viewed", 300, "category") > 3',
    "action": offer(),
}
REMINDER = {
    "purpose": "notifications",
    "on": ["Product Added"],
    "when": "true",
    "absence": {"seconds": 900, "unless": ["Product Added", "Product Removed", "Order Completed"]},
    "action": {"kind": "notification", "name": "basket"},
}


async def views(shop: RuleShop, who: str, *seconds: int, category: str = "shoes") -> None:
    for second in seconds:
        await shop.at(second)
        await shop.did(who, VIEWED, product_id="p", category=category)


@pytest.mark.parametrize(("fourth", "fires"), [(299, 1), (300, 0), (301, 0)])
async def test_more_than_three_views_in_five_minutes_is_exact(
    tmp_path: Path, clock: list[float], fourth: int, fires: int
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given")
        await shop.put_rule("many", **MANY_VIEWS)
        await views(shop, "ada", 0, 60, 120)
        assert (await shop.numbers("many"))["fires"] == 0
        await views(shop, "ada", fourth)
        assert (await shop.numbers("many"))["fires"] == fires
        assert await shop.offers("ada") == ["breakfast"] * fires
        assert shop.entries('"k":"rule"', '"o":"fired"') == fires


async def test_it_fires_once_and_per_category(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given")
        await shop.put_rule("many", **MANY_VIEWS)
        await views(shop, "ada", 0, 1, category="shoes")
        await views(shop, "ada", 2, 3, category="hats")
        assert (await shop.numbers("many"))["matches"] == 0
        await views(shop, "ada", 4, 5, 6, 7, category="shoes")
        assert (await shop.numbers("many"))["matches"] == 1


async def test_a_budget_holds_under_fifty_at_once(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        people = [f"person-{n}" for n in range(50)]
        await asyncio.gather(*(shop.served.consent(who, "given") for who in people))
        await shop.put_rule("few", **{**MANY_VIEWS, "when": "true", "action": offer(budget=7)})
        await asyncio.gather(*(shop.did(who, VIEWED, product_id="p", category="c") for who in people))
        numbers = await shop.numbers("few")
        assert (numbers["fires"], numbers["suppressed"]) == (7, {"budget": 43})
        assert sum([len(await shop.offers(who)) for who in people]) == 7
        assert shop.entries('"o":"fired"') == 7
        assert shop.entries('"o":"suppressed.budget"') == 43


async def test_a_budget_holds_across_a_crash_and_a_withdrawal(tmp_path: Path, clock: list[float]) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock) as shop:
        await shop.put_rule("few", **{**MANY_VIEWS, "when": "true", "action": offer(budget=2)})
        for who in ("ada", "bea"):
            await shop.served.consent(who, "given")
            await shop.did(who, VIEWED, product_id="p", category="c")
        await shop.served.consent("ada", "withdrawn")
        assert await shop.offers("ada") == []
    (directory / "snapshot" / "state").unlink()
    async with rule_shop(directory, clock) as shop:
        assert await shop.offers("bea") == ["breakfast"]
        await shop.served.consent("cleo", "given")
        await shop.did("cleo", VIEWED, product_id="p", category="c")
        assert (await shop.numbers("few"))["suppressed"] == {"budget": 1}


async def test_notifications_keep_to_the_cap_under_a_hundred_at_once(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given", "notifications")
        said = {"purpose": "notifications", "on": ["Product Added"], "when": "true"}
        for n in range(4):
            action = {"kind": "notification", "name": f"t{n}"}
            await shop.put_rule(f"rule-{n}", **said, action=action, cooldown_seconds=600 if n == 3 else 0)
        await asyncio.gather(*(shop.did("ada", "Product Added", product_id="p") for _ in range(25)))
        numbers = [await shop.numbers(f"rule-{n}") for n in range(4)]
        assert sum(each["fires"] for each in numbers) == 2
        assert sum(each["suppressed"].get("cap", 0) for each in numbers) == 98
        assert shop.entries('"o":"suppressed.cap"') == 98


async def test_a_person_is_not_notified_once_more_as_a_device_of_theirs(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        http, added = (
            shop.served.http,
            {"type": "track", "event": "Product Added", "properties": {"product_id": "p"}},
        )
        device = {
            "subject": {"anonymous_id": "browser"},
            "purpose": "notifications",
            "status": "given",
            "method": "form",
        }
        assert (await http.put("/v1/consents", json=device)).status_code == 200
        for purpose in ("notifications", "linking"):
            await shop.served.consent("ada", "given", purpose)
        await shop.put_rule(
            "told", purpose="notifications", on=["Product Added"], when="true",
            action={"kind": "notification", "name": "told"},
        )  # fmt: skip
        for n in range(2):
            await shop.served.batch([{**added, "anonymousId": "browser", "messageId": f"before-{n}"}])
        assert (await shop.numbers("told"))["fires"] == 2, "a browser of nobody who is known"
        known = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": "it-is-her"}
        await shop.served.batch([known])
        await shop.did("ada", "Product Added", product_id="p")
        assert (await shop.numbers("told"))["fires"] == 2, "it was her"
        await shop.served.consent("ada", "withdrawn", "linking")
        await shop.did("ada", "Product Added", product_id="p")
        assert (await shop.numbers("told"))["fires"] == 3, "and is not known to have been any more"


async def test_nobody_is_notified_at_night(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given", "notifications")
        await shop.put_rule("now", **{**REMINDER, "absence": None})
        await shop.at(10 * 3600 + 1)  # 22:00:01
        await shop.did("ada", "Product Added", product_id="p")
        await shop.at(20 * 3600)  # 08:00
        await shop.did("ada", "Product Added", product_id="p")
        assert await shop.numbers("now") == {
            "matches": 2, "fires": 1, "conversions": 0, "unreadable": 0, "suppressed": {"quiet_hours": 1},
        }  # fmt: skip


@pytest.mark.parametrize("snapshot", [True, False])
async def test_a_left_basket_is_noticed_across_a_restart(
    tmp_path: Path, clock: list[float], *, snapshot: bool
) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock, by_the_second) as shop:
        for who in ("ada", "bea", "cleo"):
            await shop.served.consent(who, "given", "notifications")
        await shop.put_rule("basket", **REMINDER)
        await shop.at(30)
        for who in ("ada", "bea", "cleo"):
            await shop.did(who, "Product Added", product_id="p")
        await shop.at(60)
        await shop.did("bea", "Order Completed", products=[{"product_id": "p"}])
    clock[0] = NOON + 420
    if not snapshot:
        (directory / "snapshot" / "state").unlink()
    async with rule_shop(directory, clock) as shop:
        await shop.at(600)
        await shop.served.consent("cleo", "withdrawn", "notifications")
        await shop.at(929)
        await shop.tick()
        assert (await shop.numbers("basket"))["fires"] == 0
        await shop.at(930)
        await shop.tick()
        await shop.tick()
        assert (await shop.numbers("basket"))["fires"] == 1
        assert (await shop.numbers("basket"))["suppressed"] == {}
        assert shop.served.services.rules.rulebook.engine.memory.timers == 0
    async with rule_shop(directory, clock) as shop:
        await shop.tick()
        assert (await shop.numbers("basket"))["fires"] == 1, "and not once more after a restart"


async def test_segments_are_joined_and_left_within_one_request(tmp_path: Path, clock: list[float]) -> None:
    directory = tmp_path / "volens"
    keen = {"purpose": "recommendations", "when": 'count("Product Viewed", 60) >= 2'}
    async with rule_shop(directory, clock) as shop:
        await shop.served.consent("ada", "given")
        await shop.put_segment("keen", **keen)
        await views(shop, "ada", 0)
        assert await shop.segments("ada") == []
        await views(shop, "ada", 1)
        assert await shop.segments("ada") == ["keen"]
        assert shop.entries('"o":"joined"', '"source":"segment/keen"') == 1
    async with rule_shop(directory, clock) as shop:
        assert await shop.segments("ada") == ["keen"]
        await shop.at(61)
        assert await shop.segments("ada") == []
        assert shop.entries('"o":"left"') == 1
        await views(shop, "ada", 62, 63)
        await shop.served.consent("ada", "withdrawn")
        await shop.served.consent("ada", "given")
        assert await shop.segments("ada") == []


def by_the_second(directory: Path) -> None:
    """Let notifications know the time to the second."""
    policy = directory / "policy.toml"
    head, mark, tail = policy.read_text().partition('id = "notifications"')
    policy.write_text(head + mark + tail.replace('time = "minute"', 'time = "second"', 1))
