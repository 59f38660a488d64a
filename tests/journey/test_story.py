"""The story of one person after the other, told over HTTP to a real gateway: consent before scoring, proof after."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.gateway_process import Gateways
from tests.journey.shop import ITEMS, SHELVES, Shop, item, train_often, view

HISTORY = 19
"""Below twenty items no older item moves, so a new one adds exactly its addend."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """One shop with a trained model. Every test brings people of its own; nobody in them trains the model."""
    gateways = Gateways(tmp_path_factory.mktemp("story"))
    try:
        opened = Shop(gateways.start(train_often))
        opened.stock()
        opened.train()
        yield opened
    finally:
        gateways.close()


def scores(answer: dict[str, Any]) -> dict[str, int]:
    return {each["id"]: each["score"] for each in answer["items"]}


def reason_of(answer: dict[str, Any], id_: str) -> dict[str, Any]:
    (entry,) = [each for each in answer["items"] if each["id"] == id_]
    reason = entry["reasons"][0]
    return dict(reason)


def test_without_consent_there_is_a_full_slate_a_reason_and_an_entry(shop: Shop) -> None:
    answer = shop.decide("nobody-we-know")
    assert (answer["personalised"], answer["reason"], len(answer["items"])) == (False, "no_record", 10)
    assert answer["audit"]["index"] >= 0
    assert shop.batch([view("nobody-we-know", ITEMS[0])])["reasons"] == {"no_record": 1}


def test_a_grant_lets_events_through_and_the_slate_follows_them(shop: Shop) -> None:
    receipt = shop.consent("ada", "given")
    assert receipt["audit"]["index"] >= 0
    assert shop.decide("ada")["reason"] == "no_history"
    shop.see("ada", item(2, 0))
    answer = shop.decide("ada", 5)
    assert answer["personalised"]
    assert {each["id"] for each in answer["items"]} <= {item(2, k) for k in range(12)}
    assert item(2, 0) not in scores(answer), "what was just seen is not shown again"


def test_another_purpose_of_the_same_person_personalises_nothing(shop: Shop) -> None:
    shop.consent("bea", "given", "analytics")
    shop.see("bea", item(1, 0))
    assert shop.decide("bea")["reason"] == "no_consent"
    shop.consent("bea", "given")
    assert shop.decide("bea")["reason"] == "no_history", "an event seen under analytics is no history"


def test_with_one_item_of_history_the_score_is_the_addend(shop: Shop) -> None:
    shop.consent("cleo", "given")
    shop.see("cleo", item(3, 4))
    related = [each for each in shop.decide("cleo", 60)["items"] if each["reasons"][0]["kind"] == "history"]
    assert len(related) >= 5
    for each in related:
        assert each["reasons"] == [{"kind": "history", "because": item(3, 4), "addend": each["score"]}]


def walk(shop: Shop, who: str, start: int, stamps: list[dict[str, str]]) -> int:
    """Let somebody look at one item after the other, and compare every slate with the one before.

    Returns:
        How many related items gained what was stated.
    """
    shop.consent(who, "given")
    shop.batch([view(who, item(start % SHELVES, start), **stamps[0])])
    before = shop.decide(who, len(ITEMS))
    cases = 0
    for step, stamp in enumerate(stamps[1:], 1):
        seen = item((start + step // 4) % SHELVES, start + step)
        shop.batch([view(who, seen, **stamp)])
        after = shop.decide(who, len(ITEMS))
        assert seen not in scores(after)
        if after["model"] != before["model"]:  # a training came in between: the two cannot be compared
            before = after
            continue
        for id_, score in scores(after).items():
            stated = reason_of(after, id_)
            if stated.get("because") == seen:
                assert score - scores(before)[id_] == stated["addend"] > 0
                cases += 1
            else:
                assert score >= scores(before)[id_]
        before = after
    return cases


def test_every_event_moves_the_very_next_slate_by_exactly_the_stated_addend(shop: Shop) -> None:
    now = datetime.now(UTC)
    stamps = [{"timestamp": (now - timedelta(seconds=100 - k)).isoformat()} for k in range(HISTORY)]
    assert sum(walk(shop, f"mover-{person}", person, stamps) for person in range(12)) >= 1_000


def test_events_of_one_and_the_same_second_do_so_too(shop: Shop) -> None:
    stamp = {"timestamp": datetime.now(UTC).replace(microsecond=0).isoformat()}
    assert sum(walk(shop, f"hasty-{person}", person, [stamp] * HISTORY) for person in range(3)) >= 200


def test_after_a_withdrawal_the_next_decision_knows_nothing_and_a_new_grant_starts_empty(shop: Shop) -> None:
    shop.consent("dora", "given")
    shop.see("dora", item(0, 0), item(0, 1))
    assert shop.decide("dora")["personalised"]
    assert shop.consent("dora", "withdrawn")["audit"] is not None
    refused = shop.decide("dora")
    assert (refused["personalised"], refused["reason"]) == (False, "refused")
    assert [each["id"] for each in refused["items"]] == [each["id"] for each in shop.decide("x")["items"]]
    assert shop.batch([view("dora", item(0, 2))])["reasons"] == {"refused": 1}
    shop.consent("dora", "given")
    assert shop.decide("dora")["reason"] == "no_history", "the profile is gone from memory"
    shop.see("dora", item(4, 0))
    again = shop.decide("dora", 60)
    assert {reason_of(again, id_).get("because") for id_ in scores(again)} <= {item(4, 0), None}


@pytest.mark.parametrize(
    ("signals", "headers"), [({"gpc": True}, {}), ({"gpc": "1"}, {}), ({}, {"Sec-GPC": "1"})]
)
def test_gpc_denies_what_is_sensitive_to_it_and_nothing_else(
    shop: Shop, signals: dict[str, Any], headers: dict[str, str]
) -> None:
    who = f"gwen-{len(signals)}-{len(headers)}-{signals}"
    shop.consent(who, "given", "advertising")
    assert shop.batch([view(who, ITEMS[0])])["accepted"] == 1
    assert shop.batch([view(who, ITEMS[1])], **{"Sec-GPC": "1"})["reasons"] == {"signal": 1}
    shop.consent(who, "given")
    shop.see(who, ITEMS[0])
    body = {"subject": {"id": who}, "signals": signals}
    answer = shop.server.post("/v1/decide", json=body, headers=headers).json()
    assert answer["personalised"], "recommendations are not sensitive to GPC in this policy"


def claim(**categories: bool) -> dict[str, Any]:
    return {"context": {"consent": {"categoryPreferences": categories}}}


def test_an_event_that_claims_less_passes_less_and_only_this_once(shop: Shop) -> None:
    shop.consent("hana", "given")
    assert shop.batch([view("hana", ITEMS[3], **claim(Personalisation=False))])["reasons"] == {"signal": 1}
    assert shop.decide("hana")["reason"] == "no_history"
    assert shop.batch([view("hana", ITEMS[3], **claim(Personalisation=True))])["accepted"] == 1


def test_an_event_that_claims_more_passes_no_more(shop: Shop) -> None:
    everything = claim(Personalisation=True, Analytics=True, Advertising=True)
    assert shop.batch([view("ida", ITEMS[3], **everything)])["reasons"] == {"no_record": 1}
    shop.consent("ida", "refused")
    assert shop.batch([view("ida", ITEMS[3], **everything)])["reasons"] == {"refused": 1}
    assert not any(shop.permits("ida").values())


def test_a_claim_that_cannot_be_read_denies(shop: Shop) -> None:
    shop.consent("ines", "given")
    unreadable = {"context": {"consent": {"categoryPreferences": "all of them"}}}
    assert shop.batch([view("ines", ITEMS[3], **unreadable)])["accepted"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/decide", {"subject": {"id": "jo"}}),
        ("POST", "/v1/consents/query", {"subject": {"id": "jo"}}),
        ("PUT", "/v1/consents", {"subject": {"id": "jo"}, "purpose": "recommendations", "status": "given", "method": "t"}),
        ("POST", "/v1/rights", {"subject": {"id": "jo"}, "type": "erasure"}),
        ("PUT", "/v1/items", {"items": []}),
        ("POST", "/v1/device-tokens", {"anonymous_id": "jo"}),
        ("GET", "/log/tile/entries/000.p/1", None),
        ("GET", "/v1/destinations", None),
    ],
)  # fmt: skip
def test_a_browser_key_neither_reads_nor_grants_nor_erases(
    shop: Shop, method: str, path: str, body: dict[str, Any] | None
) -> None:
    answer = shop.browser.request(method, path, json=body)
    assert answer.status_code in (401, 403), answer.text
    assert shop.decide("jo")["reason"] == "no_record"


def test_a_browser_key_confirms_nobody_and_links_nobody(shop: Shop) -> None:
    for purpose in ("recommendations", "linking"):
        shop.consent("kim", "given", purpose)
    events = [
        view("kim", item(1, 1)),
        {"type": "identify", "userId": "kim", "anonymousId": "kim-browser", "messageId": "kim-1"},
        {"type": "alias", "userId": "kim", "previousId": "kim-browser", "messageId": "kim-2"},
        view(None, item(1, 2), anonymousId="kim-browser"),
    ]
    answer = shop.browser.post("/v1/batch", json={"batch": events}).json()
    assert answer["accepted"] == 0
    assert shop.decide("kim")["reason"] == "no_history"


def device_client(shop: Shop, anonymous: str) -> httpx.Client:
    answer = shop.server.post("/v1/device-tokens", json={"anonymous_id": anonymous})
    assert answer.status_code == 200, answer.text
    headers = {"authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=shop.gateway.url, headers=headers, timeout=90)


def test_a_device_token_asks_about_its_own_person_and_nothing_else(shop: Shop) -> None:
    shop.consent({"anonymous_id": "lea"}, "given")
    assert shop.batch([view(None, item(2, 1), anonymousId="lea")])["accepted"] == 1
    with device_client(shop, "lea") as device:
        own = device.post("/v1/decide", json={"subject": {"anonymous_id": "lea"}})
        assert own.status_code == 200
        assert own.json()["personalised"]
        for stranger in ({"anonymous_id": "mia"}, {"id": "lea"}, {"id": "ada"}):
            assert device.post("/v1/decide", json={"subject": stranger}).status_code == 403
        for path in ("/v1/device-tokens", "/v1/consents/query", "/v1/rights", "/v1/batch"):
            body = {"subject": {"anonymous_id": "lea"}, "anonymous_id": "lea", "type": "erasure", "batch": []}
            assert device.post(path, json=body).status_code in (400, 401, 403, 422), path
        assert shop.permits({"anonymous_id": "lea"})["recommendations"], "nothing of that was carried out"


@pytest.mark.parametrize("kind", ["identify", "alias"])
def test_a_link_holds_only_while_linking_is_permitted(shop: Shop, kind: str) -> None:
    who, browser = f"nora-{kind}", f"nora-browser-{kind}"
    other = {"anonymousId": browser} if kind == "identify" else {"previousId": browser}
    ask = {"type": kind, "userId": who, **other}
    shop.consent(who, "given")
    shop.batch([{**ask, "messageId": f"{who}-1"}])
    unlinked = [view(None, item(0, 3), anonymousId=browser)]
    assert shop.batch(unlinked)["reasons"] == {"no_record": 1}
    shop.consent(who, "given", "linking")
    shop.batch([{**ask, "messageId": f"{who}-2"}])
    assert shop.batch([view(None, item(0, 3), anonymousId=browser)])["accepted"] == 1
    assert shop.decide(who)["personalised"]
    shop.consent(who, "withdrawn", "linking")
    assert shop.batch([view(None, item(0, 4), anonymousId=browser)])["reasons"] == {"no_record": 1}


def linked(shop: Shop, who: str, browser: str) -> None:
    for purpose in ("recommendations", "linking"):
        shop.consent(who, "given", purpose)
    shop.batch([{"type": "identify", "userId": who, "anonymousId": browser, "messageId": f"link-{who}"}])


def test_a_login_launders_no_refusal(shop: Shop) -> None:
    shop.consent({"anonymous_id": "olga-browser"}, "refused")
    linked(shop, "olga", "olga-browser")
    assert not shop.permits("olga")["recommendations"]
    assert shop.decide("olga")["reason"] == "refused"
    assert shop.batch([view("olga", ITEMS[0])])["reasons"] == {"refused": 1}


def test_a_refusal_of_the_browser_after_the_link_holds_for_its_person_too(shop: Shop) -> None:
    linked(shop, "pia", "pia-browser")
    shop.see("pia", item(0, 5))
    shop.consent({"anonymous_id": "pia-browser"}, "refused")
    assert shop.batch([view(None, item(0, 6), anonymousId="pia-browser")])["reasons"] == {"refused": 1}
    assert shop.decide("pia")["reason"] == "refused"


def test_erasure_leaves_nobody_behind(shop: Shop) -> None:
    linked(shop, "rosa", "rosa-browser")
    shop.see("rosa", item(0, 5))
    assert shop.decide("rosa")["personalised"]
    done = shop.erase("rosa")
    assert (done["status"], done["audit"]["index"] >= 0) == ("completed", True)
    assert shop.decide("rosa")["reason"] == "no_record"
    assert not any(shop.permits("rosa").values())
    assert shop.batch([view("rosa", ITEMS[0])])["reasons"] == {"no_record": 1}
    assert shop.erase("rosa")["status"] == "completed", "twice is as good as once"
    for purpose in ("recommendations", "linking"):
        shop.consent("rosa", "given", purpose)
    assert shop.decide("rosa")["reason"] == "no_history"
    browsed = shop.batch([view(None, item(0, 6), anonymousId="rosa-browser")])
    assert browsed["reasons"] == {"no_record": 1}, "the link is erased too"


def test_somebody_never_known_is_erased_with_the_same_words(shop: Shop) -> None:
    assert shop.erase("never-seen")["status"] == "completed"
    assert shop.decide("never-seen")["reason"] == "no_record"


def test_a_message_counts_once_however_often_it_comes(shop: Shop) -> None:
    shop.consent("sara", "given")
    event = view("sara", ITEMS[7])
    assert shop.batch([event, event])["reasons"] == {"duplicate": 1}
    assert shop.batch([event])["reasons"] == {"duplicate": 1}


def test_a_field_that_no_rule_takes_is_dropped_and_counted_without_repeating_its_name(shop: Shop) -> None:
    shop.consent("fay", "given")
    shop.batch(
        [
            view(
                "fay",
                item(1, 1),
                properties={"product_id": item(1, 1), "revenue": 7, "fay@canary.example": 1},
            )
        ]
    )
    page = shop.server.get("/metrics").text
    assert 'volens_fields_dropped_total{field="revenue",purpose="recommendations"}' in page
    assert 'volens_fields_dropped_total{field="other",purpose="recommendations"}' in page
    assert "canary" not in page


def test_every_event_and_decision_met_one_outcome(shop: Shop) -> None:
    before, asked_before = shop.outcomes("event"), shop.outcomes("decision")
    shop.consent("tara", "given")
    answer = shop.batch(
        [view("tara", ITEMS[1]), view("unknown", ITEMS[1]), {"type": "track"}, view("tara", ITEMS[2])]
    )
    shop.decide("tara")
    shop.decide("unknown")
    assert answer["accepted"] + answer["withheld"] == 4
    assert sum(shop.outcomes("event").values()) - sum(before.values()) == 4
    assert sum(shop.outcomes("decision").values()) - sum(asked_before.values()) == 2
