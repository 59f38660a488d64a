"""What rules remember of a person rests on no field whose condition has ended: not in memory, not after a start."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.directory.policy_file import IN_FORCE_FILE
from gateway.rights.own_records import RecordOpener
from scoring import ITEM_MASK
from tests.journey.rule_shop import RuleShop, clock, offer, rule_shop
from tests.journey.shop import ITEMS
from tests.journey.standing import copied, standing
from tests.property.test_rules_restoring import remembered

MUNICH = {"latitude": 48.1, "longitude": 11.6}
NEAR = {
    "purpose": "recommendations",
    "on": ["Product Viewed"],
    "when": 'count("Product Viewed", 3600, "location", "N48E011") >= 2',
    "action": offer(),
}
YEAR_SECONDS = 365 * 86_400.0

__all__ = ["clock"]


async def look(shop: RuleShop, **more: Any) -> None:
    """Ada looks at an item."""
    await shop.did("ada", "Product Viewed", product_id=ITEMS[0], **more)
    await shop.settled()


async def allow(shop: RuleShop, *purposes: str) -> None:
    for purpose in purposes:
        assert (await shop.served.consent("ada", "given", purpose)).status_code == 200


async def test_a_withdrawn_condition_takes_along_what_rules_counted_by_it(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_rule("near", **NEAR)
        await allow(shop, "recommendations", "location")
        await look(shop, location=MUNICH)
        assert "N48E011" in str(remembered(shop.served))
        await shop.served.services.keeper.write()
        assert (await shop.served.consent("ada", "withdrawn", "location")).status_code == 200
        assert "N48E011" not in str(remembered(shop.served))
        await look(shop, location=MUNICH)
        assert await shop.offers("ada") == []
        for snapshot in (True, False):
            to = tmp_path / f"copy-{snapshot}"
            async with copied(tmp_path / "volens", to, snapshot=snapshot) as again:
                assert "N48E011" not in str(remembered(again)), f"with the snapshot: {snapshot}"
        await allow(shop, "location")
        await look(shop, location=MUNICH)
        assert await shop.offers("ada") == [], "what was seen before the withdrawal counts no more"
        await look(shop, location=MUNICH)
        assert await shop.offers("ada") == ["breakfast"]


async def test_a_condition_that_ran_out_while_nobody_looked_takes_it_along_as_well(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_rule("near", **NEAR)
        await allow(shop, "location")
        await shop.at(YEAR_SECONDS - 3600)
        await allow(shop, "recommendations")
        await look(shop, location=MUNICH)
        await shop.served.services.keeper.write()
        clock[0] += 7200
        for snapshot in (True, False):
            to = tmp_path / f"copy-{snapshot}"
            async with copied(tmp_path / "volens", to, snapshot=snapshot) as again:
                await again.consent("ada", "given")  # whoever is asked about is looked at
                assert "N48E011" not in str(remembered(again)), f"with the snapshot: {snapshot}"


async def test_a_persons_own_report_shows_what_is_still_held(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await allow(shop, "recommendations", "location")
        await look(shop, location=MUNICH)
        assert (await shop.served.consent("ada", "withdrawn", "location")).status_code == 200
        services = shop.served.services
        ref = services.identities.ref_of(known="ada", anonymous=None)
        opener = RecordOpener(services.sequencer, services.people, services.enforcement)
        own = await opener.open(ref)
        assert [signal.fields.get("location") for signal in own.signals] == ["N48E011"]


async def test_what_was_learnt_from_an_event_that_the_purpose_sees_no_more_is_gone_after_the_start(
    tmp_path: Path, clock: list[float]
) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock) as shop:
        await shop.served.stock()
        await allow(shop, "recommendations")
        await look(shop)
        await shop.did("ada", "Product Added", product_id=ITEMS[1])
        await shop.served.services.keeper.write()
    policy = directory / "policy.toml"
    head, _, tail = policy.read_text().partition('[purposes.fields."Product Viewed"]')
    await asyncio.to_thread(policy.write_text, head + tail.partition("\n\n")[2])
    async with rule_shop(directory, clock) as shop:
        [ada] = standing(shop.served)["people"].values()
        assert [item & ITEM_MASK for item, *_ in ada["history"]] == [1]


async def test_what_rules_remember_stays_with_its_purpose_when_two_change_places(
    tmp_path: Path, clock: list[float]
) -> None:
    directory = tmp_path / "volens"
    counted = {"on": ["Product Viewed"], "when": 'count("Product Viewed", 3600) > 8', "action": offer()}
    async with rule_shop(directory, clock) as shop:
        for purpose in ("recommendations", "analytics"):
            await shop.put_rule(f"by-{purpose}", purpose=purpose, **counted)
        await allow(shop, "analytics")
        await look(shop)
        await allow(shop, "recommendations")
        assert [bit for bit, _ in remembered(shop.served)["people"]] == [1]
        await shop.served.services.keeper.write()
    policy = directory / "policy.toml"
    head, first, second, *rest = policy.read_text().split("[[purposes]]")
    await asyncio.to_thread(policy.write_text, "[[purposes]]".join([head, second, first, *rest]))
    await asyncio.to_thread((directory / IN_FORCE_FILE).unlink)  # with it the start would be refused
    async with rule_shop(directory, clock) as shop:
        recommendations = shop.served.services.policy.bits["recommendations"]
        assert recommendations == 1
        assert not remembered(shop.served)["people"], "of hers, nothing was seen for them"
