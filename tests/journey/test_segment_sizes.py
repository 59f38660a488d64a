"""How many there are in a segment: those who belong to it at the moment of the question, whoever looked at them last."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

import gateway.rules.roll_call
from gateway.rules.roll_call import RECENT_SECONDS
from scoring.segments import MIN_COHORT
from tests.journey.rule_shop import RuleShop, clock, rule_shop

__all__ = ["clock"]

WHO = [f"person-{n}" for n in range(MIN_COHORT + 1)]


async def everybody_views(shop: RuleShop) -> None:
    """Everybody permits it, and looks at something now."""
    for who in WHO:
        await shop.served.consent(who, "given")
        await shop.did(who, "Product Viewed", product_id="p")


async def sizes(shop: RuleShop) -> dict[str, int | None]:
    """The sizes of all segments, asked together and one by one."""
    listed = (await shop.served.http.get("/v1/segments")).json()["segments"]
    found = {each["id"]: each["size"] for each in listed}
    for name, size in found.items():
        assert (await shop.served.http.get(f"/v1/segments/{name}")).json()["size"] == size
    return found


async def test_who_left_or_joined_by_time_alone_is_counted_right(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("keen", purpose="recommendations", when='count("Product Viewed", 60) >= 1')
        await shop.put_segment(
            "lapsed", purpose="recommendations", when='seconds_since("Product Viewed") >= 60'
        )
        await everybody_views(shop)
        assert await sizes(shop) == {"keen": len(WHO), "lapsed": None}
        await shop.at(59)
        assert await sizes(shop) == {"keen": len(WHO), "lapsed": None}
        await shop.at(59 + RECENT_SECONDS - 1)
        assert await sizes(shop) == {"keen": len(WHO), "lapsed": None}, "all were looked at just now"
        assert shop.entries('"left"') == 0
        await shop.at(59 + RECENT_SECONDS)
        for path in ("/v1/segments", "/v1/segments/keen"):
            assert (await shop.served.http.head(path)).status_code == 405, "a head moves nobody"
        assert shop.entries('"left"') == 0
        assert await sizes(shop) == {"keen": None, "lapsed": len(WHO)}, (
            "nobody did anything: the minute is over"
        )
        assert shop.entries('"left"') == len(WHO), "each has an entry, and only one"
        await shop.did(WHO[0], "Product Viewed", product_id="p")
        assert await sizes(shop) == {"keen": None, "lapsed": len(WHO) - 1}
    async with rule_shop(tmp_path / "volens", clock) as shop:
        assert await sizes(shop) == {"keen": None, "lapsed": len(WHO) - 1}, "a restart changes nothing"


async def test_a_segment_that_was_changed_counts_by_its_new_condition(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("some", purpose="recommendations", when='total("Product Viewed") >= 1')
        await everybody_views(shop)
        assert await sizes(shop) == {"some": len(WHO)}
        changed = await shop.put_segment(
            "some", purpose="recommendations", when='total("Product Viewed") >= 2'
        )
        assert changed["size"] is None
        await shop.served.consent(WHO[0], "withdrawn")
        changed = await shop.put_segment(
            "some", purpose="recommendations", when='total("Product Viewed") >= 1'
        )
        assert changed["size"] == len(WHO) - 1, "nobody is looked at who does not permit it"


async def test_a_look_that_is_broken_off_was_none(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("keen", purpose="recommendations", when='count("Product Viewed", 60) >= 1')
        await everybody_views(shop)
        await shop.at(60)
        roll_call = shop.served.services.rules.roll_call
        bits = frozenset(shop.served.services.rules.rulebook.engine.definitions.bits)
        monkeypatch.setattr(gateway.rules.roll_call, "LOOP_SECONDS", 0)
        look = asyncio.create_task(roll_call.hold(bits))
        await asyncio.sleep(0)
        look.cancel()
        with pytest.raises(asyncio.CancelledError):
            await look
        await shop.settled()
        assert shop.entries('"left"') < len(WHO)
        assert await sizes(shop) == {"keen": None}
        assert shop.entries('"left"') == len(WHO)


async def test_all_who_ask_at_once_are_answered_alike(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("keen", purpose="recommendations", when='count("Product Viewed", 60) >= 1')
        await everybody_views(shop)
        await shop.at(60)
        answers = await asyncio.gather(*(shop.served.http.get("/v1/segments/keen") for _ in range(20)))
        assert {each.json()["size"] for each in answers} == {None}
        assert shop.entries('"left"') == len(WHO)
