"""Who is under eighteen is not profiled, whoever said so and whatever was consented to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from consent import ActorKind, AgeBand, Status
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, subject, view

BROWSER = {"anonymous_id": "tablet"}


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Inside]:
    async with inside(tmp_path / "volens") as gateway:
        await gateway.stock()
        await gateway.adopt_a_model()
        yield gateway


async def lives(served: Inside, who: str) -> None:
    for purpose in ("recommendations", "linking"):
        await served.consent(who, "given", purpose)
    await served.batch([view(who, ITEMS[0])])
    assert (await served.decide(who))["personalised"]


async def say(
    served: Inside, who: Any, band: str, scope: str = "consent:write"
) -> tuple[int, dict[str, Any]]:
    """What an app with this scope is answered."""
    body = {"subject": subject(who), "age_band": band}
    headers = {"authorization": f"Bearer {await served.token(scope)}"}
    answer = await served.http.put("/v1/consents/age-band", json=body, headers=headers)
    return answer.status_code, answer.json()


async def test_from_the_answer_on_nothing_is_profiled_and_consents_bring_nothing_back(
    served: Inside,
) -> None:
    await lives(served, "kim")
    before = served.services.sequencer.size
    status, answer = await say(served, "kim", "13-15")
    assert (status, answer["changed"], answer["age_band"]) == (200, True, "13-15")
    assert answer["audit"]["index"] >= before
    slate = await served.decide("kim")
    assert (slate["personalised"], slate["reason"], len(slate["items"])) == (False, "minor", 10)
    assert (await served.batch([view("kim", ITEMS[1])])).json()["reasons"] == {"minor": 1}
    assert (await served.consent("kim", "given")).status_code == 200
    assert (await served.decide("kim"))["reason"] == "minor"
    prompts = await served.http.post("/v1/prompts", json={"subject": subject("kim")})
    assert {each["reason"] for each in prompts.json()["prompts"] if not each["permitted"]} >= {"minor"}
    assert (await say(served, "kim", "13-15"))[1] == {"age_band": "13-15", "changed": False, "audit": None}


async def test_an_app_makes_nobody_older_and_an_administrator_may(served: Inside) -> None:
    await lives(served, "lou")
    await say(served, "lou", "0-12")
    status, problem = await say(served, "lou", "18+")
    assert (status, problem["reason"]) == (409, "lifts_a_protection")
    assert problem["type"].endswith("consent-change-refused")
    assert (await served.decide("lou"))["reason"] == "minor"
    status, answer = await say(served, "lou", "18+", "consent:write admin")
    assert (status, answer["changed"]) == (200, True)
    assert (await served.decide("lou"))["reason"] == "no_history", "what was known before is forgotten"


async def test_what_was_allowed_as_a_minor_is_asked_anew_also_when_an_administrator_lifts_it(
    served: Inside,
) -> None:
    await lives(served, "max")
    await say(served, "max", "0-12")
    await served.consent("max", "given", "analytics")
    await say(served, "max", "13-15")
    assert (await say(served, "max", "18+", "consent:write admin"))[0] == 200
    answer = await served.http.post("/v1/consents/query", json={"subject": subject("max")})
    found = {each["purpose"]: each["permitted"] for each in answer.json()["purposes"]}
    assert (found["recommendations"], found["analytics"]) == (True, False)


async def test_what_the_person_said_themselves_they_take_back(served: Inside) -> None:
    await lives(served, "mia")
    ages = served.services.ages
    mia = served.services.identities.ref_of(known="mia", anonymous=None)
    assert mia is not None
    assert await ages.state(mia, AgeBand.OLDER_TEEN, ActorKind.PERSON, "portal")
    assert (await say(served, "mia", "18+"))[0] == 409
    written = await ages.state(mia, AgeBand.ADULT, ActorKind.PERSON, "portal")
    assert [event.status for event in written.events] == [Status.INVALIDATED]  # type: ignore[union-attr]


async def test_a_tablet_of_a_child_makes_nobody_an_adult_by_signing_in(served: Inside) -> None:
    await lives(served, "noa")
    await say(served, BROWSER, "0-12")
    link = {"type": "identify", "userId": "noa", "anonymousId": "tablet", "messageId": "m"}
    await served.batch([link])
    assert (await served.decide("noa"))["reason"] == "minor"


async def test_it_holds_for_the_person_when_it_is_said_of_their_browser(served: Inside) -> None:
    await lives(served, "ola")
    link = {"type": "identify", "userId": "ola", "anonymousId": "tablet", "messageId": "m"}
    await served.batch([link])
    assert (await served.decide("ola"))["personalised"]
    await say(served, BROWSER, "16-17")
    assert (await served.decide("ola"))["reason"] == "minor"


async def test_it_lasts_over_a_restart(tmp_path: Path) -> None:
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await lives(served, "pat")
        await say(served, "pat", "13-15")
    async with inside(tmp_path / "volens") as served:
        assert (await served.decide("pat"))["reason"] == "minor"


@pytest.mark.parametrize(
    "body",
    [
        {"age_band": "18+"},
        {"subject": {"id": "x"}, "age_band": "12"},
        {"subject": {"id": "x"}, "age_band": "2011-03-04"},
        {"subject": {"id": "x"}, "age_band": 15},
        {"subject": {"id": "x", "anonymous_id": "x"}, "age_band": "18+"},
        {"subject": {"id": "x"}, "age_band": "13-15", "birth_date": "2011-03-04"},
    ],
    ids=str,
)
async def test_anything_else_is_a_problem_that_says_nothing_back(served: Inside, body: Any) -> None:
    answer = await served.http.put("/v1/consents/age-band", json=body)
    assert answer.status_code == 422
    assert "2011-03-04" not in answer.text
    assert (await served.decide("x"))["reason"] == "no_record"


async def test_without_the_scope_nothing_is_said_of_anybodys_age(served: Inside) -> None:
    assert (await say(served, "kim", "13-15", "consent:read decide events:write"))[0] == 403
