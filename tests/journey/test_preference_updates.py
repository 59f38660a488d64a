"""What the consent banner of somebody else tells by `Segment Consent Preference Updated`: a no is kept, a yes grants nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, subject, view

UPDATED = "Segment Consent Preference Updated"
_numbers = iter(range(10_000))


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Inside]:
    async with inside(tmp_path / "volens") as gateway:
        await gateway.stock()
        await gateway.adopt_a_model()
        yield gateway


async def update(served: Inside, whose: dict[str, Any], key: str = "", **preferences: bool) -> dict[str, Any]:
    event = {
        "type": "track", "event": UPDATED, "messageId": f"update-{next(_numbers)}", **whose,
        "context": {"consent": {"version": 2, "categoryPreferences": preferences}},
    }  # fmt: skip
    if not key:
        answer = await served.batch([event])
    else:
        auth = (served.credentials[key], "")
        token = served.http.headers.pop("authorization")
        answer = await served.http.post("/v1/batch", json={"batch": [event]}, auth=auth)
        served.http.headers["authorization"] = token
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def permits(served: Inside, who: Any) -> dict[str, bool]:
    answer = await served.http.post("/v1/consents/query", json={"subject": subject(who)})
    return {each["purpose"]: each["permitted"] for each in answer.json()["purposes"]}


async def history(served: Inside, who: str) -> list[tuple[str, str, str]]:
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    events = await served.services.desk._run(served.services.desk._ledger.history_of, ref)
    return [(event.purpose, event.status.value, event.evidence.value) for event in events]


async def test_a_no_takes_the_purposes_away_with_the_next_question_and_is_recorded_once(
    served: Inside,
) -> None:
    for purpose in ("recommendations", "analytics"):
        await served.consent("ada", "given", purpose)
    await served.batch([view("ada", ITEMS[0])])
    assert (await served.decide("ada"))["personalised"]
    for _ in range(3):
        answer = await update(served, {"userId": "ada"}, Personalisation=False, Analytics=True)
        assert answer["accepted"] == 0, "the event itself is for no purpose"
    slate = await served.decide("ada")
    assert (slate["personalised"], slate["reason"]) == (False, "refused")
    assert (await permits(served, "ada"))["analytics"]
    told = [each for each in await history(served, "ada") if each[2] == "cmp_asserted"]
    assert sorted(told) == [
        ("model-improvement", "refused", "cmp_asserted"),
        ("recommendations", "withdrawn", "cmp_asserted"),
    ]


async def test_a_yes_grants_nothing_and_lifts_nothing(served: Inside) -> None:
    everything = {"Personalisation": True, "Analytics": True, "Advertising": True}
    await update(served, {"userId": "bea"}, **everything)
    assert not any((await permits(served, "bea")).values())
    await served.consent("bea", "refused")
    await update(served, {"userId": "bea"}, **everything)
    assert (await served.decide("bea"))["reason"] == "refused"


async def test_what_a_browsers_key_tells_is_not_kept(served: Inside) -> None:
    await served.consent({"anonymous_id": "tab"}, "given")
    await update(served, {"anonymousId": "tab"}, "write_key", Personalisation=False)
    assert (await permits(served, {"anonymous_id": "tab"}))["recommendations"]
    await update(served, {"anonymousId": "tab"}, "server_key", Personalisation=False)
    assert not (await permits(served, {"anonymous_id": "tab"}))["recommendations"]


async def test_an_app_that_has_it_from_the_person_may_lift_it_and_a_banner_may_not_lift_the_apps(
    served: Inside,
) -> None:
    await update(served, {"userId": "cleo"}, Personalisation=False)
    assert (await served.consent("cleo", "given")).status_code == 200
    await served.consent("cleo", "withdrawn")
    body = {"subject": {"id": "cleo"}, "purpose": "recommendations", "status": "given", "method": "banner"}
    weak = await served.http.put("/v1/consents", json={**body, "evidence": "cmp_asserted"})
    assert (weak.status_code, weak.json()["reason"]) == (409, "lifts_a_denial")
    assert (
        await served.http.put("/v1/consents", json={**body, "evidence": "user_action"})
    ).status_code == 422


async def test_nobody_is_made_known_by_an_update_that_says_no_to_nothing(served: Inside) -> None:
    before = len(served.services.people.slot_of)
    await update(served, {"userId": "dora"}, Personalisation=True)
    await update(served, {"userId": "dora"})
    await served.batch([{"type": "track", "event": UPDATED, "userId": "dora", "context": {"consent": "no"}}])
    await served.batch([{"type": "track", "event": UPDATED, "userId": 7, "context": []}])
    assert len(served.services.people.slot_of) == before


async def test_a_no_that_is_told_again_does_not_undo_what_the_person_decided_since(served: Inside) -> None:
    told = {
        "type": "track", "event": UPDATED, "messageId": "told-twice", "userId": "fay",
        "context": {"consent": {"categoryPreferences": {"Personalisation": False}}},
    }  # fmt: skip
    await served.batch([told])
    assert (await served.decide("fay"))["reason"] == "refused"
    await served.consent("fay", "given")
    assert (await served.batch([told])).json()["reasons"] == {"duplicate": 1}
    assert (await permits(served, "fay"))["recommendations"]
    await served.batch([{**told, "messageId": "another"}])
    assert not (await permits(served, "fay"))["recommendations"]


async def test_an_empty_user_id_names_nobody_and_the_no_is_the_browsers(served: Inside) -> None:
    browser = {"anonymous_id": "tab"}
    await served.consent(browser, "given", "recommendations")
    await update(served, {"userId": "", "anonymousId": "tab"}, Personalisation=False)
    assert not (await permits(served, browser))["recommendations"]


@pytest.mark.parametrize("named", [7, ["ada"], False, "x" * 300])
async def test_a_user_id_that_cannot_be_read_is_not_taken_for_the_browser(
    served: Inside, named: object
) -> None:
    browser = {"anonymous_id": "tab"}
    await served.consent(browser, "given", "recommendations")
    await update(served, {"userId": named, "anonymousId": "tab"}, Personalisation=False)
    assert (await permits(served, browser))["recommendations"]
