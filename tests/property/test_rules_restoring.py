"""What rules remember after a start from the files is what was in memory, whatever people did and whichever rules came and went."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import gateway.bootstrap
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from tests.journey.in_process import Inside
from tests.journey.rule_shop import NOON, RuleShop, offer, rule_shop
from tests.journey.shop import ITEMS
from tests.journey.standing import copied, keep_small
from tests.requirement import whole_campaign

VIEWED, ADDED, BOUGHT = "Product Viewed", "Product Added", "Order Completed"
RULES: dict[str, dict[str, Any]] = {
    "many": {
        "purpose": "recommendations",
        "on": [VIEWED],
        "when": 'count("Product Viewed", 300, "category") > 1 || total("Product Viewed") > 4',
        "action": offer(budget=3, valid_seconds=600),
    },
    "left": {
        "purpose": "recommendations",
        "on": [ADDED],
        "when": 'session_count("Product Viewed") > 0 || item_total("Product Viewed") > 1',
        "absence": {"seconds": 300, "unless": [ADDED, BOUGHT]},
        "action": {"kind": "webhook", "name": "left"},
        "cooldown_seconds": 100,
    },
    "keen-left": {
        "purpose": "recommendations",
        "on": [VIEWED, ADDED],
        "when": 'in_segment("keen")',
        "absence": {"seconds": 200, "unless": [BOUGHT]},
        "action": {"kind": "webhook", "name": "keen-left"},
    },
    "told": {
        "purpose": "notifications",
        "on": [ADDED],
        "when": 'seconds_since("Order Completed") > 60',
        "action": {"kind": "notification", "name": "told"},
    },
}
SEGMENTS: dict[str, dict[str, Any]] = {
    "keen": {"purpose": "recommendations", "when": 'count("Product Viewed", 120) > 1'},
}

who = st.sampled_from(["ada", "bea"])
STEPS = st.one_of(
    st.tuples(st.just("given"), who, st.sampled_from(["recommendations", "notifications"])),
    st.tuples(st.just("withdrawn"), who, st.sampled_from(["recommendations", "notifications"])),
    st.tuples(st.just("did"), who, st.sampled_from([VIEWED, VIEWED, ADDED, BOUGHT]), st.sampled_from("ab")),
    st.tuples(st.just("did"), who, st.sampled_from([VIEWED, VIEWED, ADDED, BOUGHT]), st.sampled_from("ab")),
    st.tuples(st.just("did"), who, st.sampled_from([VIEWED, VIEWED, ADDED, BOUGHT]), st.sampled_from("ab")),
    st.tuples(st.just("put"), st.sampled_from(sorted(RULES))),
    st.tuples(st.just("drop"), st.sampled_from(sorted(RULES))),
    st.tuples(st.just("disable"), st.sampled_from(sorted(RULES))),
    st.tuples(st.just("wish"), who, st.sampled_from(["reset", "do_not_use"])),
    st.tuples(st.just("segment"), st.booleans()),
    st.tuples(st.just("later"), st.sampled_from([1, 59, 150, 301])),
    st.tuples(st.just("erase"), who),
    st.tuples(st.just("snapshot")),
)
BEGIN = [
    *[
        ("given", each, purpose)
        for each in ("ada", "bea")
        for purpose in ("recommendations", "notifications")
    ],
    ("segment", True),
    *[("put", rule) for rule in sorted(RULES)],
]
A_LIFE = [
    ("did", "ada", VIEWED, "a"), ("did", "ada", VIEWED, "a"), ("did", "ada", ADDED, "a"), ("snapshot",),
    ("put", "many"), ("did", "ada", VIEWED, "b"), ("did", "bea", ADDED, "a"), ("later", 301), ("drop", "left"),
    ("did", "bea", VIEWED, "a"), ("put", "left"), ("did", "bea", ADDED, "a"),
]  # fmt: skip

SAVED_AGAIN = [
    ("did", "ada", VIEWED, "a"), ("did", "ada", VIEWED, "a"), ("snapshot",), ("put", "many"), ("did", "bea", VIEWED, "a"),
]  # fmt: skip

WISHES = [
    ("did", "ada", VIEWED, "a"), ("did", "ada", VIEWED, "a"), ("did", "ada", ADDED, "a"), ("later", 1),
    ("did", "bea", VIEWED, "a"), ("did", "bea", ADDED, "a"), ("snapshot",), ("did", "bea", VIEWED, "b"), ("later", 1),
    ("wish", "ada", "reset"), ("wish", "bea", "do_not_use"), ("later", 1), ("did", "ada", VIEWED, "b"),
]  # fmt: skip
WISHED_BEFORE = [
    ("did", "ada", VIEWED, "a"), ("wish", "ada", "reset"), ("later", 1), ("did", "ada", VIEWED, "a"), ("did", "ada", ADDED, "a"),
    ("snapshot",), ("did", "ada", VIEWED, "a"),
]  # fmt: skip
DISABLED = [
    *[("did", each, VIEWED, "a") for each in ("ada", "ada", "bea", "bea")], ("disable", "many"), ("disable", "told"),
    ("later", 601), *[("did", "ada", VIEWED, "a")] * 3, ("put", "many"), *[("did", "ada", VIEWED, "b")] * 3,
]  # fmt: skip


def remembered(served: Inside) -> dict[str, Any]:
    """What rules remember of each person, and what is counted whoever it was about."""
    rulebook, people = served.services.rules.rulebook, served.services.people
    packed = msgspec.msgpack.decode(rulebook.engine.pack(0), strict=False)
    empty = ([0, {}, {}, {}], [[], {}, {}, {}, ""])
    known = {
        (bit, people.ref_of[slot]): (trace, [[each[:3] for each in standing[0]], *standing[1:]])
        for bit, slot, trace, standing in packed[0]
    }
    numbers = {rule: (each[1], each[4]) for rule, each in packed[1].items() if each[1] or each[4]}
    return {"people": {key: each for key, each in known.items() if each != empty}, "numbers": numbers}


class Life:
    """One gateway with rules, and two people."""

    def __init__(self, shop: RuleShop) -> None:
        self.shop = shop
        self.now = 0.0

    def may_be_put(self, rule: str) -> bool:
        """Whether what a rule reads is there."""
        held = self.shop.served.services.rules.rulebook.held
        return rule != "keen-left" or ("segment", "keen") in held

    async def rule(self, what: str, name: str) -> None:
        """Save a rule, remove it, or disable it if it is there."""
        http = self.shop.served.http
        if what == "drop":
            assert (await http.delete(f"/v1/rules/{name}")).status_code in {200, 404}
        elif what == "put" or (await http.get(f"/v1/rules/{name}")).status_code == 200:
            body = {**RULES[name], "enabled": what == "put"}
            answer = await http.put(f"/v1/rules/{name}", json=body)
            assert answer.status_code == (200 if self.may_be_put(name) else 422)

    async def step(self, what: str, *more: Any) -> None:
        """Do one thing; it must be answered."""
        http = self.shop.served.http
        match what:
            case "given" | "withdrawn":
                answer = await self.shop.served.consent(more[0], what, more[1])
                assert answer.status_code in {200, 409}
            case "did":
                await self.shop.did(more[0], more[1], product_id=ITEMS[0], category=more[2])
            case "put" | "drop" | "disable":
                await self.rule(what, more[0])
            case "wish":
                about = {"item": ITEMS[1]} if more[1] == "do_not_use" else {}
                wish = {"subject": {"id": more[0]}, "wish": more[1], **about}
                assert (await http.post("/v1/controls", json=wish)).status_code == 200
            case "segment" if more[0]:
                await self.shop.put_segment("keen", **SEGMENTS["keen"])
            case "segment":
                assert (await http.delete("/v1/segments/keen")).status_code in {200, 404, 422}
            case "later":
                self.now += more[0]
                await self.shop.at(self.now)
                await self.shop.tick()
            case "erase":
                body = {"subject": {"id": more[0]}, "type": "erasure"}
                assert (await http.post("/v1/rights", json=body)).status_code == 200
            case "snapshot":
                await self.shop.settled()
                await self.shop.served.services.keeper.write()


@settings(max_examples=200 if whole_campaign() else 3)
@given(steps=st.lists(STEPS, min_size=8, max_size=30))
@example(steps=A_LIFE)
@example(steps=SAVED_AGAIN)
@example(steps=WISHES)
@example(steps=WISHED_BEFORE)
@example(steps=DISABLED)
def test_a_start_from_the_files_leads_to_what_rules_remembered(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[Any, ...]]
) -> None:
    with pytest.MonkeyPatch.context() as patched:
        clock = [float(NOON)]
        patched.setattr(gateway.bootstrap, "Clock", lambda: Clock(lambda: clock[0]))
        directory = tmp_path_factory.mktemp("rules") / "volens"
        asyncio.run(live_and_compare(directory, [*BEGIN, *steps], clock))


async def live_and_compare(directory: Path, steps: list[tuple[Any, ...]], clock: list[float]) -> None:
    await asyncio.to_thread(initialise, directory)
    await asyncio.to_thread(keep_small, directory)
    async with rule_shop(directory, clock) as shop:
        await shop.served.stock()
        life = Life(shop)
        for step in steps:
            await life.step(*step)
        await shop.settled()
        lived = remembered(shop.served)
        if steps[len(BEGIN) :] == DISABLED:
            assert lived["numbers"]["many"][0] == 3, (
                "what was given of a budget stays given while a rule is disabled"
            )
        if steps[len(BEGIN) :] == A_LIFE:
            assert len(lived["people"]) == 4
            assert {rule for rule, _ in lived["numbers"].items()} >= {"many", "told"}
        for snapshot in (True, False):
            to = directory.with_name(f"copy-{snapshot}")
            async with copied(directory, to, snapshot=snapshot) as again:
                assert remembered(again) == lived, f"with the snapshot: {snapshot}"
