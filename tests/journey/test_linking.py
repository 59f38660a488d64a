"""What linking a browser to a person must not do: be asked for twice, by events that say no, or past a person's own no."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from consent import RESTRICTION, ActorKind, stand
from tests.journey.in_process import Inside, inside
from tests.journey.shop import item, subject, view

BROWSER = {"anonymous_id": "browser"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Inside]:
    async with inside(tmp_path / "volens") as gateway:
        await gateway.stock()
        await gateway.adopt_a_model()
        for who in ("ada", "eve"):
            for purpose in ("recommendations", "linking"):
                await gateway.consent(who, "given", purpose)
        yield gateway


async def identify(served: Inside, who: str, message_id: str, **more: Any) -> dict[str, Any]:
    event = {"type": "identify", "userId": who, "anonymousId": "browser", "messageId": message_id, **more}
    answer = await served.batch([event])
    assert answer.status_code == 200
    return dict(answer.json())


async def sees(served: Inside, **whose: str) -> dict[str, Any]:
    event = {"type": "track", "event": "Product Viewed", "properties": {"product_id": item(1, 1)}, **whose}
    return dict((await served.batch([event])).json())


async def evaluate(served: Inside) -> dict[str, Any]:
    body = {
        "subject": {"type": "service", "id": "ranking"},
        "action": {"name": "recommendations"},
        "resource": {"type": "anonymous_subject", "id": "browser"},
    }
    answer = await served.http.post("/access/v1/evaluation", json=body)
    return {"decision": answer.json()["decision"], "reason": answer.json()["context"]["reason"]}


async def asked(served: Inside) -> dict[str, bool]:
    answer = await served.http.post("/v1/consents/query", json={"subject": BROWSER})
    return {each["purpose"]: each["permitted"] for each in answer.json()["purposes"]}


async def test_a_linked_browser_is_its_person_to_whoever_asks(served: Inside) -> None:
    await served.consent(BROWSER, "given")
    await identify(served, "ada", "m1")
    assert (await sees(served, anonymousId="browser"))["accepted"] == 1
    assert (await served.decide(BROWSER))["personalised"]
    assert (await evaluate(served))["decision"]
    assert (await asked(served))["recommendations"]

    await served.consent("ada", "refused")
    assert (await sees(served, anonymousId="browser"))["reasons"] == {"refused": 1}
    assert (await served.decide(BROWSER))["reason"] == "refused"
    assert await evaluate(served) == {"decision": False, "reason": "refused"}
    assert not (await asked(served))["recommendations"]


async def test_a_browser_whose_link_no_longer_holds_is_itself_again(served: Inside) -> None:
    await identify(served, "ada", "m1")
    await served.consent("ada", "refused")
    await served.consent(BROWSER, "given")
    assert not (await evaluate(served))["decision"]
    await served.consent("ada", "withdrawn", "linking")
    assert (await evaluate(served))["decision"]
    assert (await served.decide(BROWSER))["reason"] == "no_history"


async def test_an_event_of_a_device_token_is_its_linked_persons(served: Inside) -> None:
    token = (await served.http.post("/v1/device-tokens", json=BROWSER)).json()["access_token"]
    await identify(served, "ada", "m1")
    body = {"subject": BROWSER}
    answer = await served.http.post("/v1/decide", json=body, headers={"authorization": f"Bearer {token}"})
    assert answer.json()["reason"] == "no_history", "ada's consent"


async def test_an_identify_that_comes_again_links_nobody_again(served: Inside) -> None:
    await identify(served, "eve", "m1")
    await identify(served, "ada", "m2")
    assert (await identify(served, "eve", "m1"))["reasons"] == {"duplicate": 1}
    await served.consent("ada", "refused")
    assert await evaluate(served) == {"decision": False, "reason": "refused"}, "still ada's browser"


async def test_of_one_message_twice_in_a_batch_the_first_links(served: Inside) -> None:
    said = {"type": "identify", "anonymousId": "browser", "messageId": "m1"}
    await served.batch([{**said, "userId": "ada"}, {**said, "userId": "eve"}])
    await served.consent("ada", "refused")
    assert (await evaluate(served))["reason"] == "refused"


@pytest.mark.parametrize(
    "context",
    [
        {"consent": {"categoryPreferences": "garbage"}},
        {"consent": {"tcf": "garbage"}},
        {"userAgent": "Googlebot/2.1 (+http://www.google.com/bot.html)"},
    ],
)
async def test_an_event_that_is_withheld_links_nobody(served: Inside, context: dict[str, Any]) -> None:
    answer = await identify(served, "ada", "m1", context=context)
    assert answer["accepted"] == 0
    assert (await evaluate(served))["reason"] == "no_record"
    await identify(served, "ada", "m2")
    assert (await evaluate(served))["decision"]


async def test_a_later_yes_survives_that_linking_is_given_again(served: Inside) -> None:
    await served.consent(BROWSER, "refused")
    await identify(served, "ada", "m1")
    assert (await served.decide("ada"))["reason"] == "refused"
    await served.consent("ada", "given")
    await served.consent("ada", "given", "linking")
    assert (await served.decide("ada"))["reason"] == "no_history"
    await served.consent(BROWSER, "refused")
    assert (await served.decide("ada"))["reason"] == "refused", "a new no is carried over"


async def test_what_is_refused_while_the_link_does_not_hold_is_carried_when_it_does(served: Inside) -> None:
    await identify(served, "ada", "m1")
    await served.consent("ada", "withdrawn", "linking")
    await served.consent(BROWSER, "refused")
    await served.consent("ada", "given")
    await served.consent("ada", "given", "linking")
    assert (await served.decide("ada"))["reason"] == "refused"


async def test_a_header_names_a_person_in_any_script(served: Inside) -> None:
    await served.consent("ådä-用户", "given")
    headers = [
        (b"x-volens-service", b"ranking"),
        (b"x-volens-purpose", b"recommendations"),
        (b"x-volens-subject", "ådä-用户".encode()),
    ]
    assert (await served.http.get("/ext_authz", headers=headers)).status_code == 200
    broken = [*headers[:2], (b"x-volens-subject", b"\xff\xfe")]
    assert (await served.http.get("/ext_authz", headers=broken)).status_code == 400
    assert subject("ådä-用户") == {"id": "ådä-用户"}


async def test_views_of_a_person_are_their_own(served: Inside) -> None:
    assert (await served.batch([view("ada", item(1, 2))])).json()["accepted"] == 1
    assert (await served.decide("ada"))["personalised"]


async def restrict(served: Inside, who: Any, **more: Any) -> int:
    body = {"subject": subject(who), "type": "restriction", **more}
    return (await served.http.post("/v1/rights", json=body)).status_code


async def test_a_restriction_ends_the_link_and_a_login_does_not_launder_it(served: Inside) -> None:
    await identify(served, "ada", "m1")
    await sees(served, anonymousId="browser")
    assert (await served.decide(BROWSER))["personalised"]
    assert await restrict(served, BROWSER) < 300
    assert (await served.decide(BROWSER))["reason"] == "restricted"
    await identify(served, "ada", "m2")
    assert (await served.decide(BROWSER))["reason"] == "restricted"
    assert not (await evaluate(served))["decision"]
    assert (await served.decide("ada"))["personalised"], "who signed in elsewhere asked for nothing"


async def test_what_a_linked_browser_disputes_and_objects_to_is_stopped_for_its_person(
    served: Inside,
) -> None:
    await identify(served, "ada", "m1")
    await sees(served, anonymousId="browser")
    body = {"subject": BROWSER, "type": "access"}
    asked_for = (await served.http.post("/v1/rights", json=body)).json()
    assert (await served.http.get(asked_for["report"])).json()["counts_as_somebody"]
    body = {"subject": BROWSER, "type": "rectification", "item": item(1, 1)}
    assert (await served.http.post("/v1/rights", json=body)).json()["status"] == "completed"
    assert (await served.decide(BROWSER))["reason"] == "no_history"
    await served.consent(BROWSER, "refused")
    await served.consent("ada", "given")
    assert (
        await served.http.post("/v1/rights", json={"subject": BROWSER, "type": "objection"})
    ).status_code < 300
    assert (await served.decide("ada"))["reason"] == "refused"


async def test_a_browser_that_is_said_to_be_somebody_else_is_no_longer_the_first(served: Inside) -> None:
    await identify(served, "ada", "m1")
    await sees(served, anonymousId="browser")
    assert (await served.decide(BROWSER))["personalised"]
    await served.consent("eve", "withdrawn", "linking")
    await identify(served, "eve", "m2")
    assert (await served.decide(BROWSER))["reason"] == "no_record"
    assert (await sees(served, anonymousId="browser"))["accepted"] == 0
    await served.consent(BROWSER, "refused")
    assert (await served.decide("ada"))["personalised"], "what is refused there now is not hers"


async def test_a_condition_that_ran_out_is_not_used_once_more(
    served: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    await identify(served, "ada", "m1")
    await sees(served, anonymousId="browser")
    assert (await served.decide(BROWSER))["personalised"]
    services = served.services
    ada = services.identities.ref_of(known="ada", anonymous=None)
    assert ada is not None
    slot = services.people.slot_of[ada]
    people = services.people
    monkeypatch.setattr(services.enforcement, "_resolve_again", lambda _: people.mask.__setitem__(slot, 0))
    people.expires_at[slot] = services.clock.now()  # nobody has looked since
    assert (await served.decide(BROWSER))["reason"] == "no_record"


async def test_whoever_erases_a_person_does_not_lift_their_restriction(served: Inside) -> None:
    ada = served.services.identities.ref_of(known="ada", anonymous=None)
    assert ada is not None
    change = stand(RESTRICTION, True, ActorKind.PERSON, served.services.policy, served.services.clock.now())
    await served.services.desk.stand(ada, change, "portal")
    assert (await served.decide("ada"))["reason"] == "restricted"
    assert (await served.erase("ada")).status_code == 200
    assert (await served.consent("ada", "given", "analytics")).status_code == 200
    assert (await served.decide("ada"))["reason"] == "restricted"
    assert (await sees(served, userId="ada"))["accepted"] == 0

    lifted = stand(RESTRICTION, False, ActorKind.PERSON, served.services.policy, served.services.clock.now())
    await served.services.desk.stand(ada, lifted, "portal")
    assert (await served.erase("ada")).status_code == 200
    assert (await served.consent("ada", "given")).status_code == 200
    assert (await served.decide("ada"))["reason"] == "no_history", "whoever lifted it is not restricted again"


async def test_no_answer_of_many_is_older_than_an_acknowledged_withdrawal(
    served: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    permissions = served.services.permissions
    settle = permissions._settle
    withdrawing: list[asyncio.Task[None]] = []

    async def withdraw_first(who: str | None, settled: Callable[[], None]) -> None:
        if who is not None:
            assert (await served.consent(who, "withdrawn")).status_code == 200
        settled()

    def slowly(*about: Any) -> None:
        who = dict(enumerate(("ada", "eve"))).get(len(withdrawing))
        withdrawing.append(asyncio.ensure_future(withdraw_first(who, lambda: settle(*about))))

    monkeypatch.setattr(permissions, "_settle", slowly)
    questions = [
        {
            "subject": {"type": "service", "id": "ranking"},
            "action": {"name": "recommendations"},
            "resource": {"type": "data_subject", "id": who},
        }
        for who in ("ada", "eve")
    ]
    answer = await served.http.post("/access/v1/evaluations", json={"evaluations": questions})
    given = [(each["decision"], each["context"]["reason"]) for each in answer.json()["evaluations"]]
    assert given == [(False, "withdrawn_meanwhile")] * 2
    assert len(withdrawing) == 3


@pytest.mark.parametrize("sent", [True, 1, "true", ["1"], {}, "1"])
async def test_whatever_stands_for_the_signal_but_a_clear_no_is_one(served: Inside, sent: Any) -> None:
    await served.consent("ada", "given", "advertising")
    question = {
        "subject": {"type": "service", "id": "ranking"},
        "action": {"name": "advertising"},
        "resource": {"type": "data_subject", "id": "ada"},
    }
    said = {**question, "context": {"sec_gpc": sent}}
    assert not (await served.http.post("/access/v1/evaluation", json=said)).json()["decision"]
    said = {**question, "context": {"sec_gpc": "0"}}
    assert (await served.http.post("/access/v1/evaluation", json=said)).json()["decision"]


async def test_a_grant_that_comes_with_the_signal_is_not_written_for_what_the_signal_denies(
    served: Inside,
) -> None:
    body = {"subject": {"id": "ada"}, "purpose": "advertising", "status": "given", "method": "form"}
    answer = await served.http.put("/v1/consents", json=body, headers={"sec-gpc": "1"})
    assert (answer.status_code, answer.json()["reason"]) == (409, "denied_by_signal")
    assert (await served.http.put("/v1/consents", json=body)).status_code == 200
    body = {**body, "purpose": "analytics"}
    answer = await served.http.put("/v1/consents", json=body, headers={"sec-gpc": "1"})
    assert answer.status_code == 200


IDENTIFY = {"type": "identify", "anonymousId": "browser"}
SEEN = {"type": "track", "event": "Product Viewed", "anonymousId": "browser"}


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_a_shared_browser_did_belongs_to_whom_it_was_said_to_be_then(
    served: Inside, at_once: bool
) -> None:
    await served.consent(BROWSER, "given")
    events = [
        {**SEEN, "properties": {"product_id": item(1, 0)}},
        {**IDENTIFY, "userId": "ada"},
        {**SEEN, "properties": {"product_id": item(1, 1)}},
        {**IDENTIFY, "userId": "eve"},
        {**SEEN, "properties": {"product_id": item(2, 1)}},
        {**SEEN, "properties": {"product_id": item(2, 2)}},
    ]
    for part in [events] if at_once else [[event] for event in events]:
        assert (await served.batch(part)).status_code == 200
    because = {}
    for who in ("ada", "eve"):
        slate = await served.decide(who)
        reasons = [reason for each in slate["items"] for reason in each["reasons"]]
        because[who] = {each["because"] for each in reasons if "because" in each}
    assert because == {"ada": {item(1, 1)}, "eve": {item(2, 1), item(2, 2)}}


async def test_a_browser_that_nobody_was_asked_about_stays_so_until_it_is_said_to_be_somebody(
    served: Inside,
) -> None:
    events = [{**SEEN, "properties": {"product_id": item(1, 0)}}, {**IDENTIFY, "userId": "ada"}]
    answer = (await served.batch(events)).json()
    assert answer["reasons"]["no_record"] == 1
    assert (await served.decide("ada"))["reason"] == "no_history"
