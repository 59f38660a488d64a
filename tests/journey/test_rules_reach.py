"""How far rules reach, and where they end: purposes, groups, withdrawals, a log that is down, a dry run."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import gateway.rules.rulebook
from tests.journey.rule_shop import NOON, clock, offer, rule_shop
from tests.journey.test_rules import MANY_VIEWS, REMINDER, VIEWED, by_the_second, views

__all__ = ["clock"]

WRONG: dict[str, tuple[dict[str, Any], str, str]] = {
    "an event of another purpose": ({"on": ["Experiment Viewed"]}, "on", "event_outside_purpose"),
    "a field of another purpose": ({"when": 'event.price == "x"'}, "when", "field_outside_purpose"),
    "a counted event of another purpose": ({"when": 'count("Signed Up", 9) > 1'}, "when", "event_outside_purpose"),
    "a counted field of another purpose": (
        {"when": 'count("Product Viewed", 9, "price") > 1'}, "when", "field_outside_purpose",
    ),
    "an included field of another purpose": ({"include": ["price"]}, "include", "field_outside_purpose"),
    "an included field that is called as one of ours": ({"on": ["Page"], "include": ["name"]}, "include", "name_is_ours"),
    "a notification for another purpose": (
        {"action": {"kind": "notification", "name": "t"}}, "action/kind", "purpose_does_not_notify",
    ),
    "an offer without a budget": ({"action": {"kind": "offer", "name": "o"}}, "action/budget", "only_and_always_of_offers"),
    "an unknown purpose": ({"purpose": "nothing"}, "purpose", "unknown_purpose"),
    "a text compared with a number": ({"when": "event.category > 3"}, "when", "neither_true_nor_false"),
    "more than is ever counted": ({"when": 'count("Product Viewed", 300) > 1000'}, "when", "beyond_what_is_counted"),
    "what nothing can be divided by": ({"when": "1 / 0 > 1"}, "when", "neither_true_nor_false"),
    "no condition at all": ({"when": "1 + 1"}, "when", "neither_true_nor_false"),
    "no expression": ({"when": "count("}, "when", "not_an_expression"),
    "a group that there is not": ({"group": "acme"}, "group", "segment_outside_purpose"),
    "a segment that there is not": ({"when": 'in_segment("acme")'}, "when", "segment_outside_purpose"),
}  # fmt: skip


async def test_what_reads_outside_its_purpose_cannot_be_saved(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        for what, (change, where, code) in WRONG.items():
            answer = await shop.served.http.put("/v1/rules/wrong", json={**MANY_VIEWS, **change})
            assert answer.status_code == 422, what
            found = [(each["pointer"], each["code"]) for each in answer.json()["errors"]]
            assert (f"#/{where}", code) in found, (what, found)
        assert (await shop.served.http.get("/v1/rules")).json() == {"rules": []}


async def test_numbers_are_divided(tmp_path: Path, clock: list[float]) -> None:
    """Half of all views are of hats: as CEL divides, a share of whole numbers needs `double`."""
    half = 'double(count("Product Viewed", 300, "category", "hats")) / double(count("Product Viewed", 300)) >= 0.5'
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_rule("hats", **{**MANY_VIEWS, "when": half})
        await shop.put_rule(
            "late", **{**MANY_VIEWS, "when": '100 / (count("Product Viewed", 300) - 1) == 50'}
        )
        await shop.served.consent("ada", "given")
        await shop.did("ada", "Product Viewed", product_id="p", category="shoes")
        assert (await shop.numbers("hats"))["matches"] == 0
        assert (await shop.numbers("late"))["unreadable"] == 1, "nothing is divided by zero"
        for category in ("hats", "hats"):
            await shop.did("ada", "Product Viewed", product_id="p", category=category)
        assert ((await shop.numbers("hats"))["matches"], (await shop.numbers("late"))["matches"]) == (1, 1)


async def test_a_target_account_looks_at_pricing(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock, let_notifications_see_pages) as shop:
        await shop.put_segment("acme", purpose="notifications")
        for who in ("ada", "bea", "eve"):
            await shop.served.consent(who, "given", "notifications")
        listed = "id\nada\nbea\nstranger\n"
        headers = {"content-type": "text/csv"}
        answer = await shop.served.http.post("/v1/segments/acme/members", content=listed, headers=headers)
        assert answer.json() == {"taken": 2, "present": 0, "withheld": 1}
        shown = (await shop.served.http.get("/v1/segments/acme")).json()
        assert shown["size"] is None, "a segment of two is too small to be told"
        await shop.put_rule(
            "account",
            purpose="notifications",
            on=["Page"],
            group="acme",
            when='count("Page", 300) >= 3 && count("Page", 300, "name", "pricing") >= 1',
            action={"kind": "notification", "name": "call"},
        )
        await shop.did("ada", "Page", name="home")
        await shop.did("eve", "Page", name="pricing")
        await shop.did("bea", "Page", name="docs")
        await shop.did("bea", "Page", name="docs")
        assert (await shop.numbers("account"))["fires"] == 0, "nobody of the account saw the prices"
        await shop.served.consent("bea", "withdrawn", "notifications")
        await shop.did("ada", "Page", name="pricing")
        assert (await shop.numbers("account"))["fires"] == 0, "what bea did does not count any more"
        await shop.did("ada", "Page", name="home")
        numbers = await shop.numbers("account")
        assert (numbers["matches"], numbers["fires"]) == (1, 1), "ada alone is told"


async def test_a_withdrawal_reaches_windows_offers_and_timers(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock, by_the_second) as shop:
        for purpose in ("recommendations", "notifications"):
            await shop.served.consent("ada", "given", purpose)
        await shop.put_rule("many", **MANY_VIEWS)
        await shop.put_rule("basket", **REMINDER)
        await views(shop, "ada", 0, 1, 2)
        await shop.did("ada", "Product Added", product_id="p")
        for status in ("withdrawn", "given"):
            await shop.served.consent("ada", status)
        await views(shop, "ada", 3)
        assert (await shop.numbers("many"))["fires"] == 0, "the window was forgotten"
        await views(shop, "ada", 4, 5, 6)
        assert await shop.offers("ada") == ["breakfast"]
        await shop.served.consent("ada", "withdrawn", "notifications")
        await shop.served.consent("ada", "given", "notifications")
        await shop.at(2 + 900)
        await shop.tick()
        assert (await shop.numbers("basket"))["fires"] == 0, "the timer was forgotten"
        await shop.served.consent("ada", "withdrawn")
        assert await shop.offers("ada") == []
        await shop.served.erase("ada")
        memory = shop.served.services.rules.rulebook.engine.memory
        assert len(memory.traces) == 0
        assert b"breakfast" not in memory.pack(NOON)


async def test_a_consent_that_ran_out_lets_no_timer_fire(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock, by_the_second) as shop:
        await shop.served.consent("ada", "given", "notifications")
        await shop.put_rule("basket", **REMINDER)
        year = 365 * 86_400
        await shop.at(year - 60)
        await shop.did("ada", "Product Added", product_id="p")
        await shop.at(year + 840)
        await shop.tick()
        assert (await shop.numbers("basket"))["suppressed"] == {"not_permitted": 1}
        assert shop.entries('"o":"suppressed.not_permitted"') == 1


async def test_what_the_log_cannot_take_has_not_happened(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given")
        await shop.put_rule("one", **{**MANY_VIEWS, "when": "true", "action": offer(budget=1)})
        sequencer, rules = shop.served.services.sequencer, shop.served.services.rules
        record = rules.recorder.record

        def while_it_is_full(effects: Any) -> None:
            record(effects)
            sequencer._space.short = True
            rules.recorder.flush()
            sequencer._space.short = False

        rules.rulebook.record = while_it_is_full
        await shop.did("ada", VIEWED, product_id="p", category="c")
        assert await shop.offers("ada") == []
        rules.rulebook.record = record
        await shop.did("ada", VIEWED, product_id="p", category="c")
        assert await shop.offers("ada") == ["breakfast"]
        assert (await shop.numbers("one"))["fires"] == 1
        assert rules.recorder.outcomes.balanced()


async def test_a_dry_run_says_what_the_rule_would_have_done_and_does_nothing(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock, by_the_second) as shop:
        for n, who in enumerate(("ada", "bea", "cleo")):
            await shop.served.consent(who, "given")
            await shop.served.consent(who, "given", "notifications")
            await views(shop, who, *range(10 * n, 10 * n + 5))
            await shop.did(who, "Product Added", product_id="p")
        await shop.served.consent("cleo", "withdrawn")
        await shop.at(3600)
        await shop.put_rule("many", **{**MANY_VIEWS, "action": offer(budget=1)}, enabled=False)
        await shop.put_rule("basket", **REMINDER, enabled=False)
        before = shop.served.services.sequencer.size
        tried = (await shop.served.http.post("/v1/rules/many/dry-run", json={"hours": 2})).json()
        assert tried["signals"] == 2 * 6
        assert (tried["matches"], tried["fires"], tried["people"]) == (2, 1, 1)
        assert tried["suppressed"] == {"budget": 1}
        tried = (await shop.served.http.post("/v1/rules/basket/dry-run", json={})).json()
        assert tried["fires"] == 3, "absences are part of it"
        await shop.at(9 * 3600)
        tried = (await shop.served.http.post("/v1/rules/basket/dry-run", json={})).json()
        assert (tried["fires"], tried["suppressed"]) == (3, {}), (
            "each timer at its time, whenever that is looked at"
        )
        await shop.at(3600)
        assert await shop.offers("ada") == []
        assert shop.served.services.sequencer.size == before
        await shop.at(3 * 86_400)
        tried = (await shop.served.http.post("/v1/rules/many/dry-run", json={"hours": 24})).json()
        assert (tried["records"], tried["signals"]) == (0, 0)


async def test_success_is_counted_once_and_within_its_time(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        success = {"event": "Order Completed", "within_seconds": 600}
        rule = {**MANY_VIEWS, "when": "true", "conversion": success, "max_per_person": 1}
        await shop.put_rule("one", **rule)
        for who in ("ada", "bea"):
            await shop.served.consent(who, "given")
            await shop.did(who, VIEWED, product_id="p", category="c")
        bought = {"products": [{"product_id": "p"}]}
        await shop.at(600)
        await shop.did("ada", "Order Completed", **bought)
        await shop.did("ada", "Order Completed", **bought)
        await shop.at(601)
        await shop.did("bea", "Order Completed", **bought)
        await shop.did("bea", VIEWED, product_id="p", category="c")
        numbers = await shop.numbers("one")
        assert (numbers["fires"], numbers["conversions"]) == (2, 1)
        assert numbers["suppressed"] == {"per_person": 1}


async def test_a_rule_that_the_policy_covers_no_more_is_kept_and_not_in_force(
    tmp_path: Path, clock: list[float]
) -> None:
    directory = tmp_path / "volens"
    async with rule_shop(directory, clock) as shop:
        await shop.served.consent("ada", "given")
        await shop.put_rule("many", **MANY_VIEWS)
    policy = directory / "policy.toml"
    head, mark, tail = policy.read_text().partition('[purposes.fields."Product Viewed"]')
    policy.write_text(head + mark + tail.replace('category = "string:128"\n', "", 1))
    async with rule_shop(directory, clock) as shop:
        (shown,) = (await shop.served.http.get("/v1/rules")).json()["rules"]
        assert not shown["in_force"]
        assert {"where": "when", "code": "field_outside_purpose"} in shown["findings"]


async def test_a_rule_counts_from_when_it_was_saved_and_ends_when_it_is_removed(
    tmp_path: Path, clock: list[float]
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given")
        await views(shop, "ada", 0, 1, 2)
        saved = await shop.put_rule("many", **MANY_VIEWS)
        assert (saved["version"], saved["in_force"]) == (1, True)
        await views(shop, "ada", 3)
        assert (await shop.numbers("many"))["matches"] == 0
        saved = await shop.put_rule("many", **MANY_VIEWS, title="again")
        assert saved["version"] == 2
        await views(shop, "ada", 4, 5, 6)
        assert (await shop.numbers("many"))["matches"] == 1
        assert (await shop.served.http.delete("/v1/rules/many")).json() == {"deleted": True}
        assert (await shop.served.http.get("/v1/rules/many")).status_code == 404
        assert len(shop.served.services.rules.rulebook.engine.memory.traces) == 0
        assert shop.entries('"act":"rule_saved many"') == 2
        assert shop.entries('"act":"rule_removed many"') == 1


async def test_a_segment_that_a_rule_reads_stays(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("keen", purpose="recommendations", when='total("Product Viewed") > 1')
        await shop.put_rule("many", **{**MANY_VIEWS, "when": 'in_segment("keen")'})
        refused = await shop.served.http.delete("/v1/segments/keen")
        assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "is_read_by_others")
        await shop.served.consent("ada", "given")
        await views(shop, "ada", 0)
        assert await shop.offers("ada") == []
        await views(shop, "ada", 1)
        assert await shop.offers("ada") == ["breakfast"]


async def test_segments_read_one_another_and_never_in_a_circle(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("viewers", purpose="recommendations", when='total("Product Viewed") > 0')
        await shop.put_segment("buyers", purpose="recommendations", when='in_segment("viewers")')
        await shop.put_segment("answered", purpose="recommendations", when='in_segment("buyers")')
        circle = {"purpose": "recommendations", "when": 'in_segment("answered")'}
        refused = await shop.served.http.put("/v1/segments/viewers", json=circle)
        assert (refused.status_code, refused.json()["errors"]) == (
            422,
            [{"pointer": "#/when", "code": "reads_itself"}],
        )
        await shop.served.consent("ada", "given")
        await views(shop, "ada", 0)
        assert await shop.segments("ada") == ["answered", "buyers", "viewers"]


@pytest.mark.parametrize(
    "listed", ["id,name\nlovelace,Ada\n", "email\na@b\n", "", 'id\n"lovelace\n', "id\nlovelace,x\n"]
)
async def test_a_list_with_more_than_ids_is_refused(tmp_path: Path, clock: list[float], listed: str) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.put_segment("acme", purpose="notifications")
        answer = await shop.served.http.post("/v1/segments/acme/members", content=listed)
        assert answer.status_code == 400
        assert "lovelace" not in answer.text


async def test_without_a_rule_nothing_is_shown_or_remembered(tmp_path: Path, clock: list[float]) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        await shop.served.consent("ada", "given")
        await views(shop, "ada", 0)
        services = shop.served.services
        assert services.enforcement._whole == 0
        assert services.rules.rulebook.pack() == b""
        assert clock[0] == NOON
        await asyncio.sleep(0)


def let_notifications_see_pages(directory: Path) -> None:
    """Let notifications know which pages were looked at."""
    policy = directory / "policy.toml"
    head, mark, tail = policy.read_text().partition('id = "notifications"')
    added = '[purposes.fields."Page"]\nname = "string:128"\n\n[purposes.fields."Product Added"]'
    policy.write_text(head + mark + tail.replace('[purposes.fields."Product Added"]', added, 1))


async def test_what_was_in_force_before_it_was_judged_stays_in_force(
    tmp_path: Path, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound beyond what is counted was saved by a version that took it; no start stops what runs."""
    guarded = 'count("Product Viewed", 300) >= 1 && count("Product Viewed", 300) <= 2000'
    segment = {"purpose": "recommendations", "when": guarded}
    async with rule_shop(tmp_path / "volens", clock) as shop:
        with monkeypatch.context() as formerly:
            formerly.setattr(gateway.rules.rulebook, "beyond_what_is_counted", lambda _: [])
            await shop.put_segment("humans", **segment)
            await shop.put_rule("many", **{**MANY_VIEWS, "when": guarded})
        await shop.served.consent("ada", "given")
        await shop.did("ada", "Product Viewed", product_id="p")
        assert await shop.segments("ada") == ["humans"]
    async with rule_shop(tmp_path / "volens", clock) as shop:
        assert await shop.segments("ada") == ["humans"]
        for path in ("/v1/segments/humans", "/v1/rules/many"):
            shown = (await shop.served.http.get(path)).json()
            assert (shown["in_force"], shown["findings"]) == (True, [])
        answer = await shop.served.http.put("/v1/segments/humans", json=segment)
        assert answer.json()["errors"] == [{"pointer": "#/when", "code": "beyond_what_is_counted"}]
        assert await shop.segments("ada") == ["humans"], "refused, it changes nothing"
