"""Offers that come with a slate: those that the person holds, under purposes they permit, with their rule, and in the evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from audit import LogUnavailableError, decode_entry
from gateway.decision_path import DecisionPath
from gateway.own_slates.opened import open_decision
from tests.journey.rule_shop import RuleShop, clock, offer, rule_shop

__all__ = ["clock"]

VIEWED = "Product Viewed"
SHOWN = {"offer": "breakfast", "reasons": [{"kind": "rule", "rule": "many"}]}


async def hold(shop: RuleShop, who: str, purpose: str = "recommendations") -> None:
    """Let somebody hold an offer under a purpose."""
    await shop.served.consent(who, "given", purpose)
    said = {"purpose": purpose, "on": [VIEWED], "when": "true", "action": offer(valid_seconds=3600)}
    await shop.put_rule("many", **said)
    await shop.did(who, VIEWED, product_id="p", category="c")


def told(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The offers of an answer, without what differs from rule to rule."""
    return [{name: each[name] for name in ("offer", "reasons")} for each in answer["offers"]]


async def test_what_a_person_holds_comes_with_the_slate_and_stands_in_its_entry(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await hold(shop, "ada")
        answer = await shop.served.decide("ada", offers=True)
        assert told(answer) == [SHOWN]
        assert answer["offers"][0]["purpose"] == "recommendations"
        assert answer["offers"][0]["valid_until"] == int(clock[0]) + 3600
        services, index = shop.served.services, answer["audit"]["index"]
        ref = services.identities.ref_of(known="ada", anonymous=None)
        assert ref is not None
        key = services.people.evidence_key(services.people.slot_of[ref])
        records = services.sequencer.read(0, index + 1)
        payload = open_decision(AESGCM(key), *records[index][1:])
        assert payload is not None
        assert [(each.offer, each.rule) for each in payload.offers] == [("breakfast", "many")]
        fired = [at for at, entry, _ in records if decode_entry(entry).outcome.value == "fired"]
        assert len(fired) == 1
        assert fired[0] < index


async def test_who_does_not_ask_or_holds_nothing_is_offered_nothing(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await hold(shop, "ada")
        assert "offers" not in await shop.served.decide("ada")
        assert "offers" not in await shop.served.decide("ada", offers=False)
        assert (await shop.served.decide("nobody", offers=True))["offers"] == []
        await shop.at(3600)
        assert (await shop.served.decide("ada", offers=True))["offers"] == []


async def test_it_is_the_purpose_of_the_rule_that_counts_and_signals_narrow_it(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await hold(shop, "ada", "advertising")
        answer = await shop.served.decide("ada", offers=True)
        assert (answer["personalised"], told(answer)) == (False, [SHOWN])
        narrowed = await shop.served.decide("ada", offers=True, signals={"gpc": True})
        assert narrowed["offers"] == []
        await shop.served.consent("ada", "withdrawn", "advertising")
        assert (await shop.served.decide("ada", offers=True))["offers"] == []


async def test_an_offer_that_is_withdrawn_while_its_entry_is_written_does_not_leave(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await hold(shop, "ada", "advertising")
        services = shop.served.services
        ref = services.identities.ref_of(known="ada", anonymous=None)
        assert ref is not None
        slot, bit = services.people.slot_of[ref], services.policy.bits["advertising"]
        record, denied = DecisionPath._record, []

        def deny_meanwhile(self: DecisionPath, *group: Any) -> None:
            record(self, *group)
            if not denied:
                denied.append(True)
                services.people.deny(slot, 1 << bit)

        monkeypatch.setattr(DecisionPath, "_record", deny_meanwhile)
        before = services.sequencer.size
        answer = await shop.served.decide("ada", offers=True)
        assert denied
        assert answer["offers"] == []
        assert answer["audit"]["index"] > before, "it was answered again, with an entry of its own"


async def test_without_evidence_nothing_is_offered(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await hold(shop, "ada")
        await shop.settled()

        def refuse(*_: object, **__: object) -> int:
            raise LogUnavailableError("full")

        monkeypatch.setattr(shop.served.services.sequencer._commit, "append_many", refuse)
        answer = await shop.served.decide("ada", offers=True)
        assert (answer["audit"], answer["offers"]) == (None, [])
