"""What others do who came from the same place: told of enough people only, and of sites, never of pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from scoring.features.traces import MIN_PEOPLE
from tests.journey.rule_shop import RuleShop, clock, offer, rule_shop

__all__ = ["clock"]

PAGE = "https://news.example.org/letters/{}?subscriber=ann-{}"
RULE = {
    "purpose": "recommendations",
    "on": ["Product Viewed"],
    "when": f'people("Product Viewed", "referrer") >= {MIN_PEOPLE}',
    "action": offer("readers-like-it"),
}


def let_recommendations_see_referrers(directory: Path) -> None:
    """As docs/rules.md says."""
    path = directory / "policy.toml"
    before = '[purposes.fields."Product Viewed"]\nproduct_id = "id:128"\n'
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, before + 'referrer = "string:2048 site"\n', 1))


async def views(shop: RuleShop, who: str, product: str, referrer: str) -> None:
    """Somebody who came from somewhere looks at something."""
    await shop.did(who, "Product Viewed", product_id=product, referrer=referrer)


async def test_enough_people_from_the_same_site_are_a_proof_and_fewer_are_nobody(
    tmp_path: Path, clock: list[float]
) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock, let_recommendations_see_referrers) as shop:
        items = {"items": [{"id": "cup"}, {"id": "hat"}]}
        assert (await shop.served.http.put("/v1/items", json=items)).status_code == 200
        await shop.put_rule("readers", **RULE)
        readers = [f"reader-{n}" for n in range(MIN_PEOPLE)]
        for who in (*readers, "other", "nowhere", "again", "late"):
            await shop.served.consent(who, "given")
        for n, who in enumerate(readers[:-1]):
            await views(shop, who, "cup", PAGE.format(n, n))
        await views(shop, "other", "cup", "https://search.example.com/")
        await views(shop, "nowhere", "cup", "ann@example.org")
        assert [await shop.offers(who) for who in (readers[3], "other", "nowhere")] == [[], [], []]
        await views(shop, readers[-1], "hat", PAGE.format(9, 9))
        assert await shop.offers(readers[-1]) == [], "nobody else looked at that"
        await views(shop, readers[-1], "cup", PAGE.format(10, 10))
        assert await shop.offers(readers[-1]) == ["readers-like-it"]
        await views(shop, "other", "cup", "https://search.example.com/")
        assert await shop.offers("other") == [], "who came from elsewhere is not told"
        await shop.served.consent(readers[0], "withdrawn")
        await views(shop, "late", "cup", PAGE.format(11, 11))
        assert await shop.offers("late") == ["readers-like-it"], "four and this one are five"
        for who in readers[1:3]:
            await shop.served.consent(who, "withdrawn")
        await views(shop, "again", "cup", PAGE.format(12, 12))
        assert await shop.offers("again") == [], "whoever withdraws is in no number any more"
    async with rule_shop(directory, clock) as shop:
        await views(shop, "nowhere", "cup", PAGE.format(13, 13))
        assert await shop.offers("nowhere") == ["readers-like-it"], (
            "a restart changes nothing: there are five again"
        )
    for file in directory.rglob("*"):
        assert not file.is_file() or b"subscriber" not in file.read_bytes(), "a page was kept"


async def test_a_policy_that_does_not_let_the_field_pass_refuses_the_rule(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        answer = await shop.served.http.put("/v1/rules/readers", json=RULE)
        assert answer.json()["errors"] == [{"pointer": "#/when", "code": "field_outside_purpose"}]


@pytest.mark.parametrize(
    "when", ['people("Product Viewed", "referrer", "x") > 1', 'people("Product Viewed", 60) > 1']
)
async def test_people_are_not_asked_for_otherwise(tmp_path: Path, clock: list[float], when: str) -> None:
    async with rule_shop(tmp_path / "volens", clock, let_recommendations_see_referrers) as shop:
        answer = await shop.served.http.put("/v1/rules/readers", json={**RULE, "when": when})
        assert answer.json()["errors"] == [{"pointer": "#/when", "code": "not_an_expression"}]
