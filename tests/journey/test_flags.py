"""Flags over OFREP: who permits experiments is shared out, who does not gets the default, and every personal answer has
evidence."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from audit import decode_entry
from tests.journey.in_process import Inside, inside

PURPOSE = "experiments"
CHECKOUT = {
    "type": "string",
    "variants": {"control": "blue", "green": "green"},
    "default": "control",
    "rules": [
        {
            "split": {
                "salt": "checkout-1",
                "weights": {"control": 0.5, "green": 0.5},
                "experiment": {
                    "id": "checkout",
                    "hypothesis": "Green sells more.",
                    "baseline": "control",
                    "metrics": [
                        {"name": "orders", "event": "Order Completed", "once": True},
                        {"name": "revenue", "event": "Order Completed", "field": "revenue"},
                        {"name": "clicks", "event": "Product Clicked", "role": "guardrail"},
                    ],
                },
            }
        }
    ],
}
PAIRS = 32
"""Of a device and a person: two that are shared out apart are in the same arm by chance, all of them once in 4 * 10**9."""
BANNER = {"type": "boolean", "variants": {"on": True, "off": False}, "default": "off"}


def rollout(coverage: float) -> dict[str, Any]:
    """A rollout that has come so far."""
    split = {"salt": "rollout", "weights": {"on": 1.0}, "coverage": coverage}
    return {**BANNER, "rules": [{"split": split}]}


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Inside]:
    async with inside(tmp_path / "shop") as served:
        yield served


async def put(served: Inside, key: str, flag: dict[str, Any], status: int = 200) -> httpx.Response:
    answer = await served.http.put(f"/v1/flags/{key}", json=flag)
    assert answer.status_code == status, answer.text
    return answer


async def evaluate(served: Inside, key: str, who: str, status: int = 200, **context: Any) -> dict[str, Any]:
    body = {"context": {"targetingKey": who, **context}}
    answer = await served.http.post(f"/ofrep/v1/evaluate/flags/{key}", json=body)
    assert answer.status_code == status, answer.text
    return dict(answer.json())


async def all_flags(served: Inside, who: str | None, **headers: str) -> httpx.Response:
    body = {"context": {} if who is None else {"targetingKey": who}}
    return await served.http.post("/ofrep/v1/evaluate/flags", json=body, headers=headers)


async def willing(served: Inside, *people: str | dict[str, str]) -> None:
    for who in people:
        assert (await served.consent(who, "given", PURPOSE)).status_code == 200


async def results(served: Inside, experiment: str = "checkout") -> dict[str, Any]:
    answer = await served.http.get(f"/v1/experiments/{experiment}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["results"])


def units(found: dict[str, Any]) -> dict[str, int]:
    return {arm["arm"]: arm["units"] for arm in found["arms"]}


def entries(served: Inside) -> list[Any]:
    sequencer = served.services.sequencer
    return [decode_entry(entry) for _, entry, _ in sequencer.read(0, sequencer.durable_size)]


async def test_who_permits_experiments_is_shared_out_and_the_answer_has_its_entry(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    people = [f"person-{n}" for n in range(40)]
    await willing(shop, *people)
    found = [await evaluate(shop, "checkout-button", who) for who in people]
    assert {each["reason"] for each in found} == {"SPLIT"}
    assert {each["variant"]: each["value"] for each in found} == {"control": "blue", "green": "green"}
    again = [await evaluate(shop, "checkout-button", who) for who in people]
    assert [each["variant"] for each in again] == [each["variant"] for each in found]
    by_index = entries(shop)
    for each in found:
        assert each["metadata"]["experiment"] == "checkout"
        assert by_index[each["metadata"]["auditIndex"]].outcome.value == "permitted"


@pytest.mark.parametrize(
    ("status", "why"), [(None, "no_record"), ("refused", "refused"), ("withdrawn", "refused")]
)
async def test_who_does_not_permit_them_gets_the_default_and_the_reason(
    shop: Inside, status: str | None, why: str
) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    if status == "withdrawn":
        await willing(shop, "ann")
    if status is not None:
        await shop.consent("ann", status, PURPOSE)
    found = await evaluate(shop, "checkout-button", "ann")
    assert (found["value"], found["variant"], found["reason"]) == ("blue", "control", "DISABLED")
    assert (found["metadata"]["consent"], found["metadata"]["why"]) == ("withheld", why)
    assert sum(units(await results(shop)).values()) == 0, "nobody was exposed"
    outcome = entries(shop)[found["metadata"]["auditIndex"]].outcome
    assert outcome.value == f"denied.{why}"


async def test_a_flag_without_rules_needs_nobodys_consent_and_leaves_no_entry(shop: Inside) -> None:
    await put(shop, "banner", BANNER)
    before = shop.services.sequencer.size
    found = await evaluate(shop, "banner", "ann")
    assert found == {"key": "banner", "value": False, "variant": "off", "reason": "STATIC", "metadata": {}}
    await put(shop, "banner", {**BANNER, "enabled": False})
    assert (await evaluate(shop, "banner", "ann"))["reason"] == "DISABLED"
    assert shop.services.sequencer.size == before + 1, "the change of the flag"


async def test_a_ramp_lets_nobody_leave_and_cannot_be_taken_back(shop: Inside) -> None:
    people = [f"person-{n}" for n in range(60)]
    await willing(shop, *people)
    on: set[str] = set()
    for coverage in (0.05, 0.5, 1.0):
        await put(shop, "new-search", rollout(coverage))
        now = {who for who in people if (await evaluate(shop, "new-search", who))["variant"] == "on"}
        assert on <= now
        on = now
    assert on == set(people)
    refused = await put(shop, "new-search", rollout(0.5), status=422)
    assert refused.json()["reason"] == "ramp_falls"


async def test_conditions_read_the_context_and_only_what_the_settings_allow(shop: Inside) -> None:
    rule = {"when": "context.platform == 'ios' && context.app_version >= 12", "variant": "on"}
    await put(shop, "wallet", {**BANNER, "rules": [rule]})
    await willing(shop, "ann")
    found = await evaluate(shop, "wallet", "ann", platform="ios", app_version=12)
    assert (found["value"], found["reason"]) == (True, "TARGETING_MATCH")
    for context in (
        {"platform": "ios"},
        {"platform": "web", "app_version": 12},
        {"platform": "ios", "app_version": "x"},
    ):
        assert (await evaluate(shop, "wallet", "ann", **context))["value"] is False
    for when, reason in [
        ("context.email == 'x'", "field_not_allowed"),
        ("subject.id == 'x'", "condition"),
        ("context.", "condition"),
        ("__import__('os')", "condition"),
    ]:
        answer = await put(shop, "wallet", {**BANNER, "rules": [{"when": when, "variant": "on"}]}, status=422)
        assert answer.json()["reason"] == reason


async def test_what_people_need_to_use_a_page_is_never_overridden(shop: Inside) -> None:
    await put(shop, "motion", {**rollout(1.0), "gives_way_to": ["prefers_reduced_motion"]})
    await willing(shop, "ann")
    assert (await evaluate(shop, "motion", "ann"))["value"] is True
    assert (await evaluate(shop, "motion", "ann", prefers_reduced_motion=True))["value"] is False


async def test_errors_have_the_form_that_clients_read(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    missing = await evaluate(shop, "nothing", "ann", status=404)
    assert missing["errorCode"] == "FLAG_NOT_FOUND"
    nobody = await shop.http.post("/ofrep/v1/evaluate/flags/checkout-button", json={"context": {}})
    assert (nobody.status_code, nobody.json()["errorCode"]) == (400, "TARGETING_KEY_MISSING")
    for context in (
        {"targetingKey": 7},
        {"targetingKey": "a" * 300},
        {"targetingKey": "a", "anonymous": "yes"},
    ):
        odd = await shop.http.post("/ofrep/v1/evaluate/flags", json={"context": context})
        assert (odd.status_code, odd.json()["errorCode"]) == (400, "INVALID_CONTEXT")
    for content in (b"{", b"[]", b'{"context":1}', b"[" * 100):
        broken = await shop.http.post("/ofrep/v1/evaluate/flags", content=content)
        assert (broken.status_code, broken.json()["errorCode"]) == (400, "PARSE_ERROR")
        assert broken.json()["errorDetails"]


async def test_numbers_keep_their_kind_on_the_wire(shop: Inside) -> None:
    await put(shop, "ratio", {"type": "float", "variants": {"one": 1}, "default": "one"})
    await put(shop, "limit", {"type": "integer", "variants": {"one": 1}, "default": "one"})
    await put(shop, "theme", {"type": "object", "variants": {"a": {"rows": [1, 2]}}, "default": "a"})
    texts = [
        (await shop.http.post(f"/ofrep/v1/evaluate/flags/{key}", json={})).text
        for key in ("ratio", "limit", "theme")
    ]
    assert '"value": 1.0,' in texts[0]
    assert '"value": 1,' in texts[1]
    assert '"value": {"rows": [1, 2]}' in texts[2]
    for kind, value in [("boolean", 1), ("integer", 1.5), ("integer", True), ("string", 1), ("float", "x")]:
        refused = await put(shop, "odd", {"type": kind, "variants": {"a": value}, "default": "a"}, status=422)
        assert refused.json()["reason"] == "value_type"


async def test_all_flags_come_with_one_entry_and_an_etag_that_lasts(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    await put(shop, "banner", BANNER)
    await put(shop, "new-search", rollout(1.0))
    await willing(shop, "ann")
    before = shop.services.sequencer.size
    answer = await all_flags(shop, "ann")
    assert shop.services.sequencer.size == before + 1
    assert answer.headers["cache-control"] == "private, no-store"
    found = {each["key"]: each for each in answer.json()["flags"]}
    assert [found[key]["reason"] for key in ("checkout-button", "banner", "new-search")] == [
        "SPLIT",
        "STATIC",
        "SPLIT",
    ]
    (stream,) = answer.json()["eventStreams"]
    assert stream["endpoint"]["requestUri"].startswith("/ofrep/v1/stream?ch=")
    assert sum(units(await results(shop)).values()) == 0, "a page that fetches flags has used none of them"
    same = await all_flags(shop, "ann", **{"if-none-match": answer.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    await shop.consent("ann", "withdrawn", PURPOSE)
    other = await all_flags(shop, "ann", **{"if-none-match": answer.headers["etag"]})
    assert other.status_code == 200
    assert other.json()["metadata"]["consent"] == "withheld"
    assert {each["key"]: each["value"] for each in other.json()["flags"]} == {
        "banner": False,
        "checkout-button": "blue",
        "new-search": False,
    }


async def test_whoever_holds_a_dead_channel_is_told_of_the_new_one(shop: Inside) -> None:
    await put(shop, "banner", BANNER)
    await willing(shop, "ann")
    assert (await shop.consent("ann", "given", "analytics")).status_code == 200
    first = await all_flags(shop, "ann")
    await shop.consent("ann", "withdrawn", "analytics")
    second = await all_flags(shop, "ann", **{"if-none-match": first.headers["etag"]})
    assert second.status_code == 200, "304 would leave the page with an address that is no more"
    assert second.json()["flags"] == first.json()["flags"]
    assert second.json()["eventStreams"] != first.json()["eventStreams"]


async def test_without_anybody_the_flags_about_people_say_so(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    await put(shop, "banner", BANNER)
    answer = await all_flags(shop, None)
    assert [each.get("errorCode", each.get("reason")) for each in answer.json()["flags"]] == [
        "STATIC",
        "TARGETING_KEY_MISSING",
    ]


async def test_a_use_is_an_exposure_once_and_what_follows_is_counted(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    await willing(shop, "ann")
    await shop.batch([event("ann", "Order Completed", revenue=30)])
    variant = (await evaluate(shop, "checkout-button", "ann"))["variant"]
    size = shop.services.sequencer.size
    await evaluate(shop, "checkout-button", "ann")
    assert shop.services.sequencer.size == size + 1, "the second use is no second exposure"
    await shop.batch(
        [event("ann", "Order Completed", revenue=30), event("ann", "Product Clicked", product_id="item-1")]
    )
    found = await results(shop)
    assert units(found) == {"control": 0, "green": 0} | {variant: 1}
    trials = shop.services.flags.feed.trials
    assert len(trials) > 3
    revenue = next(each for each in found["metrics"] if each["metric"] == "revenue")
    assert sorted([revenue["mean"], revenue["baseline_mean"]]) == [0, 37.5], "30 lies in the middle of 25-50"


async def test_many_uses_at_once_are_one_exposure(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    await willing(shop, "ann")
    size = shop.services.sequencer.size
    found = await asyncio.gather(*[evaluate(shop, "checkout-button", "ann") for _ in range(30)])
    assert len({each["variant"] for each in found}) == 1
    assert shop.services.sequencer.size == size + 30 + 1
    assert sum(units(await results(shop)).values()) == 1


def event(who: str, name: str, **properties: Any) -> dict[str, Any]:
    return {"type": "track", "userId": who, "event": name, "properties": properties}


async def test_an_app_tells_of_a_use_but_puts_nobody_into_another_arm(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    await willing(shop, "ann", "bob")
    found = {each["key"]: each for each in (await all_flags(shop, "ann")).json()["flags"]}
    arm = found["checkout-button"]["variant"]
    other = {"control": "green", "green": "control"}[arm]
    await shop.batch([event("ann", "Experiment Viewed", experiment_id="checkout", variation_id=other)])
    report = await results(shop)
    assert (sum(units(report).values()), report["left_out"]["misplaced_exposures"]) == (0, 1)
    await shop.batch([event("ann", "Experiment Viewed", experiment_id="checkout", variation_id=arm)])
    assert units(await results(shop))[arm] == 1


async def test_who_withdraws_leaves_the_numbers_and_is_counted_as_gone(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    await willing(shop, "ann", "bob", "cat")
    for who in ("ann", "bob", "cat"):
        await evaluate(shop, "checkout-button", who)
    assert sum(units(await results(shop)).values()) == 3
    await shop.consent("ann", "withdrawn", PURPOSE)
    found = await results(shop)
    assert sum(units(found).values()) == 2
    assert sum(arm["withdrawn"] for arm in found["arms"]) == 1
    assert (await shop.erase("bob")).status_code == 200
    assert sum(units(await results(shop)).values()) == 1


async def test_what_experiments_know_survives_a_restart_and_a_withdrawal_too(tmp_path: Path) -> None:
    async with inside(tmp_path / "shop") as shop:
        await put(shop, "checkout-button", CHECKOUT)
        await willing(shop, "ann", "bob", "cat")
        arms = {
            who: (await evaluate(shop, "checkout-button", who))["variant"] for who in ("ann", "bob", "cat")
        }
        await shop.batch([event("bob", "Order Completed", revenue=30)])
        await shop.consent("ann", "withdrawn", PURPOSE)
        before = await results(shop)
    async with inside(tmp_path / "shop") as shop:
        assert await results(shop) == before
        assert (await evaluate(shop, "checkout-button", "bob"))["variant"] == arms["bob"]
        size = shop.services.sequencer.size
        await evaluate(shop, "checkout-button", "cat")
        assert shop.services.sequencer.size == size + 1, "the exposure from before the restart is known"


@pytest.mark.parametrize("linking", [True, False])
async def test_a_variant_stays_through_a_sign_in_where_linking_is_permitted(
    shop: Inside, linking: bool
) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    kept = []
    for n in range(PAIRS):
        device, person = {"anonymous_id": f"device-{n}"}, f"person-{n}"
        await willing(shop, device, person)
        if linking:
            await shop.consent(person, "given", "linking")
        before = (await evaluate(shop, "checkout-button", f"device-{n}", anonymous=True))["variant"]
        await shop.batch([{"type": "identify", "userId": person, "anonymousId": f"device-{n}", "traits": {}}])
        after = (await evaluate(shop, "checkout-button", person))["variant"]
        kept.append(before == after)
    assert all(kept) is linking
    assert sum(units(await results(shop)).values()) == (PAIRS if linking else 2 * PAIRS)


async def test_a_device_asks_for_its_person_and_for_nobody_else(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    device = {"anonymous_id": "device-1"}
    await willing(shop, device)
    token = (await shop.http.post("/v1/device-tokens", json={"anonymous_id": "device-1"})).json()[
        "access_token"
    ]
    own = {"authorization": f"Bearer {token}"}
    path = "/ofrep/v1/evaluate/flags/checkout-button"
    for context in ({"targetingKey": "device-1"}, {}):
        answer = await shop.http.post(path, json={"context": context}, headers=own)
        assert answer.json()["reason"] == "SPLIT"
    stranger = await shop.http.post(path, json={"context": {"targetingKey": "ann"}}, headers=own)
    assert stranger.status_code == 403
    by_key = httpx.AsyncClient(transport=shop.http._transport, base_url="http://127.0.0.1")
    assert (await by_key.post(path, json={}, headers={"x-api-key": token})).json()["reason"] == "SPLIT"
    assert (await by_key.post(path, json={})).status_code == 401
    assert (await by_key.put("/v1/flags/x", json=BANNER, headers=own)).status_code == 403


async def test_a_change_that_would_move_somebody_is_refused(shop: Inside) -> None:
    await put(shop, "checkout-button", CHECKOUT)
    split = CHECKOUT["rules"][0]["split"]  # type: ignore[index]

    def changed(**more: Any) -> dict[str, Any]:
        return {**CHECKOUT, "rules": [{"split": {**split, **more}}]}

    moved = await put(shop, "checkout-button", changed(weights={"control": 0.1, "green": 0.9}), status=422)
    assert moved.json()["reason"] == "split_changed"
    resalted = await put(shop, "checkout-button", changed(salt="other"), status=422)
    assert resalted.json()["reason"] == "split_changed"
    taken = await put(shop, "another", CHECKOUT, status=422)
    assert taken.json()["reason"] == "experiment_taken"
    secret = {"name": "m", "event": "Order Completed", "field": "email"}
    peeking = await put(
        shop,
        "another",
        changed(experiment={**split["experiment"], "id": "b", "metrics": [secret]}),
        status=422,
    )
    assert peeking.json()["reason"] == "metric_not_allowed"
    assert (await shop.http.get("/v1/flags")).json()["flags"][0]["key"] == "checkout-button"
    assert (await shop.http.delete("/v1/flags/checkout-button")).status_code == 200
    assert (await shop.http.get("/v1/flags/checkout-button")).status_code == 404
