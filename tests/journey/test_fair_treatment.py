"""Are groups treated alike? What sets them apart has a purpose of its own, and is of no use to any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from scoring.segments import MIN_COHORT
from tests.journey.in_process import Inside
from tests.journey.rule_shop import RuleShop, clock, offer, rule_shop
from tests.journey.shop import ITEMS, view
from tests.journey.test_learning import EXPLORING, click

__all__ = ["clock"]

PURPOSE = """
[[purposes]]
id = "equal-treatment"
code = "equ"
version = 1
legal_basis = "consent"
dpv = "https://w3id.org/dpv#ResearchAndDevelopment"
time = "hour"
retention_days = 395
max_consent_age_days = 365
gpc_sensitive = true
minors_allowed = false
destinations = []

[purposes.texts.en]
title = "Equal treatment"
text = "We use the group that you tell us to see whether its members are treated like everybody else."

[purposes.texts.de]
title = "Gleichbehandlung"
text = "Wir prüfen mit der Gruppe, die Sie uns nennen, ob ihre Mitglieder wie alle anderen behandelt werden."

[purposes.texts.fr]
title = "Égalité de traitement"
text = "Le groupe que vous nous indiquez nous sert à voir si ses membres sont traités comme les autres."

[purposes.fields."Group Told"]
group = "string:16"
"""
GROUPS = {"blue": 22, "green": 25}


def with_a_purpose_of_its_own(directory: Path) -> None:
    """As docs/learning.md says; and a placement that learns."""
    for name, more in (("policy.toml", PURPOSE), ("volens.toml", EXPLORING)):
        path = directory / name
        path.write_text(path.read_text() + more)


async def told(shop: RuleShop) -> None:
    """People of two groups tell which; all are shown something, and every second of one, every fifth of the other, answers."""
    await shop.served.stock()
    await shop.served.adopt_a_model()
    named = {"purpose": "equal-treatment", "when": 'count("Group Told", 2678400, "group", "blue") > 0'}
    await shop.put_segment("blue", **named)
    for group, n in GROUPS.items():
        for person in range(n):
            who = f"{group}-{person}"
            for purpose in ("recommendations", "model-improvement", "equal-treatment"):
                await shop.served.consent(who, "given", purpose)
            await shop.did(who, "Group Told", group=group)
            await shop.served.batch([view(who, each) for each in ITEMS[:2]])
            if person % (2 if group == "blue" else 5) == 0:
                await answers(shop.served, who)
            else:
                await shop.served.decide(who)


async def answers(served: Inside, who: str) -> None:
    """Somebody is shown something, and clicks on the first of it."""
    slate = await served.decide(who)
    answer = await served.batch([click(who, slate["items"][0]["id"], slate["decision_id"])])
    assert answer.json()["accepted"] == 1


async def treatment(shop: RuleShop) -> dict[str, Any]:
    """How one group fares."""
    answer = await shop.served.http.get("/v1/segments/blue/treatment")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_group_is_compared_with_everybody_else(tmp_path: Path, clock: list[float]) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock, with_a_purpose_of_its_own) as shop:
        await told(shop)
        found = await treatment(shop)
        assert found["personal"]["members"] == {"people": 20, "share": 1.0}
        assert found["personal"]["others"] == {"people": 20, "share": 1.0}
        assert found["answered"]["members"] == {"people": 20, "share": 0.5}
        assert found["answered"]["others"] == {"people": 20, "share": 0.2}
        assert found["answered"]["ratio"] == 2.5
        assert found["answered"]["verdict"] == "too_few", "no interval below fifty people"
        await shop.served.consent("blue-0", "withdrawn", "model-improvement")
        assert (await treatment(shop))["answered"]["members"] == {"people": 20, "share": 0.5}, (
            "ten of twenty-one: one person more or less is not seen"
        )
        for person in (2, 4):
            await shop.served.consent(f"blue-{person}", "withdrawn", "model-improvement")
        before = await treatment(shop)
        assert before["answered"]["verdict"] == "too_few"
        assert before["answered"]["members"] is None, "what they answered is not known: nineteen are left"
        assert before["personal"]["members"] == {"people": 20, "share": 1.0}
    async with rule_shop(directory, clock) as shop:
        assert await treatment(shop) == before, "a restart changes nothing"
        for person in range(1, 22 - MIN_COHORT + 2):
            await shop.served.consent(f"blue-{person}", "withdrawn", "equal-treatment")
        for each in (await treatment(shop)).values():
            assert each == {
                "members": None, "others": None, "ratio": None, "low": None, "high": None, "verdict": "too_few",
            }  # fmt: skip


async def test_what_sets_a_group_apart_is_of_no_other_use(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock, with_a_purpose_of_its_own) as shop:
        await shop.put_segment("blue", purpose="equal-treatment", when='total("Group Told") > 0')
        for purpose, when in (
            ("recommendations", 'in_segment("blue")'),
            ("recommendations", 'count("Group Told", 60) > 0'),
            ("notifications", 'in_segment("blue")'),
        ):
            on = ["Product Added"]
            rule = {"purpose": purpose, "on": on, "when": when, "action": offer()}
            answer = await shop.served.http.put("/v1/rules/unequal", json=rule)
            assert answer.status_code == 422, "no rule of another purpose reads it"
        for purpose, event in (("recommendations", "Product Viewed"), ("experiments", "Experiment Viewed")):
            await shop.put_segment(purpose, purpose=purpose, when=f'total("{event}") > 0')
            answer = await shop.served.http.get(f"/v1/segments/{purpose}/treatment")
            assert answer.status_code == 422, purpose
            assert answer.json()["errors"] == [{"pointer": "#/purpose", "code": "not_of_its_own"}]
        assert (await shop.served.http.get("/v1/segments/nobody/treatment")).status_code == 404
