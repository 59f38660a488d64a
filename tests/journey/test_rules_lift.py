"""A rule with a holdout: what it brought, over HTTP, across a start from the files and a withdrawal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.journey.rule_shop import RuleShop, clock, offer, rule_shop

__all__ = ["clock"]

PEOPLE = [f"person-{n}" for n in range(60)]
RULE = {
    "purpose": "recommendations",
    "on": ["Product Viewed"],
    "when": "true",
    "action": offer(budget=1000),
    "conversion": {"event": "Product Added", "within_seconds": 3600},
    "holdout": 0.4,
}


async def lift(shop: RuleShop) -> dict[str, Any]:
    answer = await shop.served.http.get("/v1/rules/half")
    return dict(answer.json()["lift"])


async def test_lift_is_told_against_people_whom_the_rule_leaves_out(
    tmp_path: Path, clock: list[float]
) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock) as shop:
        await shop.put_rule("half", **RULE)
        for who in PEOPLE:
            await shop.served.consent(who, "given")
            await shop.did(who, "Product Viewed", product_id="p")
        await shop.settled()
        has_offer = {who for who in PEOPLE if await shop.offers(who)}
        assert 9 <= len(has_offer) <= 58, "of 60 at 0.6 each: otherwise once in 10**11"
        buying = [*sorted(has_offer)[:9], *sorted(set(PEOPLE) - has_offer)[:2]]
        for who in buying:
            await shop.did(who, "Product Added", product_id="p")
        found = await lift(shop)
        assert found["acted"] == {"people": len(has_offer), "successes": 9}
        assert found["held_out"] == {"people": 60 - len(has_offer), "successes": 2}
        assert (found["verdict"], found["interval"]) == ("too_few", None)
        assert shop.entries('"o":"suppressed.holdout"') == 60 - len(has_offer)
        numbers = await shop.numbers("half")
        assert (numbers["fires"], numbers["conversions"]) == (len(has_offer), 9)
    (directory / "snapshot" / "state").unlink()
    async with rule_shop(directory, clock) as shop:
        assert await lift(shop) == found, "it follows from the log"
        await shop.did(buying[0], "Product Viewed", product_id="p")
        await shop.did(buying[-1], "Product Viewed", product_id="p")
        assert (await lift(shop))["acted"] == found["acted"], "everybody stays where they are"
        await shop.served.consent(buying[0], "withdrawn")
        await shop.served.consent(buying[-1], "withdrawn")
        after = await lift(shop)
        assert after["acted"] == {"people": len(has_offer) - 1, "successes": 8}
        assert after["held_out"] == {"people": 59 - len(has_offer), "successes": 1}


async def test_a_holdout_needs_what_counts_as_success(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        body = {**RULE, "conversion": None}
        refused = await shop.served.http.put("/v1/rules/half", json=body)
        assert refused.status_code == 422
        assert refused.json()["errors"] == [{"pointer": "#/holdout", "code": "nothing_to_compare"}]
        for share in (-0.1, 0.6, "a"):
            assert (
                await shop.served.http.put("/v1/rules/half", json={**RULE, "holdout": share})
            ).status_code == 422
        await shop.put_rule("whole", **{**RULE, "holdout": 0})
        assert (await shop.served.http.get("/v1/rules/whole")).json()["lift"] is None
