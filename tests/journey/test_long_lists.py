"""A long list of people is taken in part by part: others have their turns, and what they do in between holds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from audit import LogUnavailableError
from gateway.errors import NotFoundError
from gateway.rules import cohorts
from gateway.rules.cohorts import Taken
from scoring import Effect
from scoring.segments import Membership
from tests.journey.rule_shop import RuleShop, clock, rule_shop

__all__ = ["clock"]

WHO = [f"person-{n}" for n in range(6)]
LIST = "id\n" + "".join(f"{who}\nstranger-{who}\n" for who in WHO)


@pytest.fixture
async def shop(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RuleShop]:
    """A shop with an account, and six people who permit its purpose; two rows of a list are a part."""
    monkeypatch.setattr(cohorts, "PART_ROWS", 2)
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("acme", purpose="recommendations")
        for who in WHO:
            await shop.served.consent(who, "given")
        yield shop


def members(shop: RuleShop) -> Membership:
    """Who is in which segment."""
    return shop.served.services.rules.rulebook.engine.memory.membership


async def begun(shop: RuleShop) -> asyncio.Task[Taken]:
    """A list that is being taken in: its first part is, and its last is not."""
    rules, part = shop.served.services.rules, asyncio.Event()
    record = rules.rulebook.record

    def note(effects: list[Effect]) -> None:
        record(effects)
        part.set()

    rules.rulebook.record = note
    taking = asyncio.ensure_future(rules.intake.take_in(LIST.encode(), "acme"))
    await part.wait()
    assert len(members(shop).of("acme")) < len(WHO)
    return taking


async def test_everybody_is_taken_in_once(shop: RuleShop) -> None:
    assert await (await begun(shop)) == Taken(6, 0, 6)
    assert await shop.served.services.rules.intake.take_in(LIST.encode(), "acme") == Taken(0, 6, 6)
    assert shop.entries('"joined"') == 6, "one entry for each"


async def test_who_withdraws_meanwhile_is_no_member(shop: RuleShop) -> None:
    taking = await begun(shop)
    await asyncio.gather(*(shop.served.consent(who, "withdrawn") for who in (WHO[0], WHO[-1])))
    taken = await taking
    assert (taken.present, taken.taken + taken.withheld) == (0, 12)
    assert [await shop.segments(who) for who in (WHO[0], WHO[1], WHO[-1])] == [[], ["acme"], []]


async def test_a_segment_that_is_removed_meanwhile_keeps_nobody(shop: RuleShop) -> None:
    taking = await begun(shop)
    await shop.served.services.rules.desk.remove(cohorts.DefinitionKind.SEGMENT, "acme")
    with pytest.raises(NotFoundError):
        await taking
    assert members(shop).of("acme") == []


class Held:
    """A log that takes its time."""

    def __init__(self) -> None:
        self.free = asyncio.Event()

    async def settled(self) -> None:
        """Everything is recorded, once it is free."""
        await self.free.wait()


async def test_another_segment_of_the_same_name_is_another(
    shop: RuleShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held()
    with monkeypatch.context() as slow:
        slow.setattr(shop.served.services.rules.intake, "_recorder", held)
        taking = await begun(shop)
        assert (await shop.served.http.delete("/v1/segments/acme")).status_code == 200
        await shop.put_segment("acme", purpose="recommendations")
        held.free.set()
        await asyncio.wait([taking])
    with pytest.raises(NotFoundError):
        await taking
    assert members(shop).of("acme") == [], "nobody is taken into what the list was not sent for"
    assert await shop.served.services.rules.intake.take_in(LIST.encode(), "acme") == Taken(6, 0, 6)


async def test_nobody_joins_what_the_log_cannot_take(shop: RuleShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise LogUnavailableError("full")

    monkeypatch.setattr(shop.served.services.rules.recorder._entries, "append", full)
    answer = await shop.served.http.post("/v1/segments/acme/members", content=LIST)
    assert answer.status_code == 503
    assert members(shop).of("acme") == []
