"""What linking a browser to a person must not do: be asked for twice, by events that say no, or past a person's own no."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

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
