"""Declared features over HTTP: of a person, their session, and what is left of them after a dispute or a withdrawal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from privacy import DAY_SECONDS
from tests.journey.rule_shop import RuleShop, clock, rule_shop
from tests.journey.shop import ITEMS
from tests.journey.test_rules import MANY_VIEWS, VIEWED, views

__all__ = ["clock"]

DECLARED = {
    "interest": 'entropy("Product Viewed", 3600, "category")',
    "views": 'session_count("Product Viewed")',
    "lasting": "session_seconds()",
    "buyer": 'total("Order Completed") > 0',
}


async def declare(shop: RuleShop, **values: str) -> None:
    for name, value in values.items():
        said = {"purpose": "recommendations", "value": value}
        answer = await shop.served.http.put(f"/v1/features/{name}", json=said)
        assert answer.status_code == 200, answer.text


async def values_of(shop: RuleShop, who: str) -> dict[str, Any]:
    answer = await shop.served.http.post("/v1/features/query", json={"subject": {"id": who}})
    return dict(answer.json()["purposes"].get("recommendations", {}))


async def test_depth_on_one_topic_and_rapid_switching_are_told_apart(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await declare(shop, **DECLARED)
        for who in ("focused", "switching"):
            await shop.served.consent(who, "given")
        await views(shop, "focused", *range(12), category="shoes")
        await shop.did("focused", VIEWED, product_id="p", category="hats")
        for second, category in enumerate(["shoes", "hats", "bags", "belts"] * 3, start=20):
            await views(shop, "switching", second, category=category)
        focused, switching = await values_of(shop, "focused"), await values_of(shop, "switching")
        assert focused["interest"] < 0.5
        assert switching["interest"] > 1.5
        assert (focused["views"], focused["lasting"], focused["buyer"]) == (13, 31, False)
        await shop.at(31 + 1800)
        assert (await values_of(shop, "switching"))["views"] == 0, "the session is over"
        assert (await values_of(shop, "stranger")) == {}
        await shop.served.consent("focused", "withdrawn")
        assert (await values_of(shop, "focused")) == {}


async def test_one_profile_has_all_that_is_known_under_the_purpose_that_it_is_known_for(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await declare(shop, views='total("Product Viewed")')
        await shop.put_segment("keen", purpose="recommendations", when='total("Product Viewed") >= 2')
        await shop.served.consent("ada", "given")
        await views(shop, "ada", 0, 1, category="shoes")
        about = {"subject": {"id": "ada"}}
        known = await profile_of(shop)
        assert known["recommendations"]["permitted"]
        assert known["recommendations"]["features"] == {"views": 2}
        assert [each["segment"] for each in known["recommendations"]["segments"]] == ["keen"]
        assert all(not known[purpose]["features"] for purpose in known if purpose != "recommendations")
        asked = (await shop.served.http.post("/v1/consents/query", json=about)).json()["purposes"]
        assert {each["purpose"]: each["permitted"] for each in asked} == {
            purpose: each["permitted"] for purpose, each in known.items()
        }
        await shop.served.consent("ada", "withdrawn")
        left = (await profile_of(shop))["recommendations"]
        assert (left["permitted"], left["features"], left["segments"], left["offers"]) == (False, {}, [], [])
        refused = await shop.served.http.post(
            "/v1/profiles/query", json=about, headers=await only(shop, "decide")
        )
        assert refused.status_code == 403


async def profile_of(shop: RuleShop) -> dict[str, Any]:
    """What is known of ada, by purpose."""
    answer = await shop.served.http.post("/v1/profiles/query", json={"subject": {"id": "ada"}})
    assert answer.status_code == 200, answer.text
    return {each["purpose"]: each for each in answer.json()["purposes"]}


async def only(shop: RuleShop, scope: str) -> dict[str, str]:
    """A token that may do nothing else."""
    given = (shop.served.credentials["client_id"], shop.served.credentials["client_secret"])
    form = {"grant_type": "client_credentials", "scope": scope}
    answer = await shop.served.http.post("/oauth/token", auth=given, data=form)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


async def test_what_a_feature_reads_outside_its_purpose_is_refused(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        wrong = {
            'entropy("Product Viewed", 60, "price")': "field_outside_purpose",
            'total("Nothing")': "event_outside_purpose",
            'count("Product Viewed", 60, "category")': "reads_an_event",
            "event.category": "reads_an_event",
            "[1]": "no_simple_value",
        }
        for value, code in wrong.items():
            said = {"purpose": "recommendations", "value": value}
            answer = await shop.served.http.put("/v1/features/wrong", json=said)
            assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, code), value
        assert (await shop.served.http.get("/v1/features/wrong")).status_code == 404


async def test_a_feature_survives_a_restart_and_goes_with_its_definition(
    tmp_path: Path, clock: list[float]
) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock) as shop:
        await declare(shop, views='total("Product Viewed")')
        await shop.served.consent("ada", "given")
        await views(shop, "ada", 0, 1)
    (directory / "snapshot" / "state").unlink()
    async with rule_shop(directory, clock) as shop:
        assert await values_of(shop, "ada") == {"views": 2}
        (listed,) = (await shop.served.http.get("/v1/features")).json()["features"]
        assert (listed["id"], listed["in_force"]) == ("views", True)
        assert (await shop.served.http.delete("/v1/features/views")).status_code == 200
        assert await values_of(shop, "ada") == {}
        assert len(shop.served.services.rules.rulebook.engine.memory.traces) == 0


async def test_what_a_person_disputes_counts_no_more(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.stock()
        await shop.served.consent("ada", "given")
        await declare(shop, views='total("Product Viewed")')
        await shop.put_rule("many", **MANY_VIEWS)
        for _ in range(3):
            await shop.did("ada", VIEWED, product_id=ITEMS[0], category="shoes")
        body = {"subject": {"id": "ada"}, "type": "rectification", "item": ITEMS[0]}
        assert (await shop.served.http.post("/v1/rights", json=body)).status_code == 200
        await shop.did("ada", VIEWED, product_id=ITEMS[0], category="shoes")
        assert await values_of(shop, "ada") == {"views": 0}
        await shop.at(60)  # nothing counts that may be of before: a purpose sees coarse times
        await shop.did("ada", VIEWED, product_id=ITEMS[0], category="shoes")
        await shop.did("ada", VIEWED, product_id=ITEMS[1], category="shoes")
        assert await values_of(shop, "ada") == {"views": 1}
        assert (await shop.numbers("many"))["fires"] == 0
        tried = await shop.served.http.post("/v1/rules/many/dry-run", json={})
        assert tried.json()["signals"] == 1


def keep_for_thirty_days(directory: Path) -> None:
    policy = directory / "policy.toml"
    policy.write_text(policy.read_text().replace("retention_days = 395", "retention_days = 30"))


async def test_what_was_kept_long_enough_counts_no_more_and_leaves_its_segment(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock, keep_for_thirty_days) as shop:
        await declare(shop, ever='total("Product Viewed")')
        segment = {"purpose": "recommendations", "when": 'total("Product Viewed") >= 2'}
        assert (await shop.served.http.put("/v1/segments/keen", json=segment)).status_code == 200
        for who in ("early", "always"):
            await shop.served.consent(who, "given")
            await views(shop, who, 0, 1, category="shoes")
        await shop.settled()
        await shop.at(20 * DAY_SECONDS)
        await shop.did("always", VIEWED, product_id="p")
        await shop.did("always", VIEWED, product_id="p")
        rules = shop.served.services.rules.rulebook
        members = rules.engine.memory.membership
        assert (await values_of(shop, "always"), len(members.of("keen"))) == ({"ever": 4}, 2)
        await shop.at(31 * DAY_SECONDS)
        await shop.served.running.retention.look()
        await shop.settled()
        assert (await values_of(shop, "always"), await values_of(shop, "early")) == ({"ever": 2}, {"ever": 0})
        assert len(members.of("keen")) == 1
        await shop.at(60 * DAY_SECONDS)
        await shop.served.running.retention.look()
        assert len(rules.engine.memory.traces) == 0
        assert members.of("keen") == []
