"""What a person wishes of their slates holds in every browser that is theirs, and no sign-in or sign-out goes round it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from consent import StoreUnavailableError
from privacy import SubjectRef
from tests.journey.in_process import Inside, inside
from tests.journey.shop import item, subject, view

BROWSER = {"anonymous_id": "browser"}
EARLIER, RELATED = item(1, 1), item(1, 2)
"""What was looked at in the browser before anybody signed in, and its like."""


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Inside]:
    """Ada, who permits linking, and a browser with a history of its own that nobody signed in on yet."""
    async with inside(tmp_path / "volens") as gateway:
        await gateway.stock()
        await gateway.adopt_a_model()
        for who in ("ada", BROWSER):
            await gateway.consent(who, "given")
        await gateway.consent("ada", "given", "linking")
        seen = [view("ada", item(0, 0)), view(None, EARLIER, anonymousId="browser")]
        assert (await gateway.batch(seen)).json()["accepted"] == 2
        yield gateway


async def sign_in(served: Inside) -> None:
    """Ada signs in on the browser."""
    said = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": "in"}
    assert (await served.batch([said])).status_code == 200


async def wish(served: Inside, who: Any, what: str, **more: str) -> bool:
    """Wish something. Says whether it was done."""
    answer = await served.http.post("/v1/controls", json={"subject": subject(who), "wish": what, **more})
    assert answer.status_code == 200, answer.text
    return bool(answer.json()["done"])


async def reason(served: Inside, who: Any) -> str:
    """Why somebody's next slate is as it is."""
    return str((await served.decide(who))["reason"])


async def shown(served: Inside, who: Any) -> set[str]:
    """What somebody's next slate shows."""
    return {each["id"] for each in (await served.decide(who, limit=60))["items"]}


@pytest.mark.parametrize("who", ["ada", BROWSER], ids=["asked by name", "asked in the browser"])
async def test_a_pause_holds_in_the_browser_too_and_ends_from_there(served: Inside, who: Any) -> None:
    await sign_in(served)
    assert await wish(served, who, "pause")
    assert [await reason(served, each) for each in ("ada", BROWSER)] == ["restricted", "restricted"]
    assert (await served.batch([view(None, EARLIER, anonymousId="browser")])).json()["accepted"] == 0
    assert await wish(served, who, "resume")
    assert "restricted" not in [await reason(served, each) for each in ("ada", BROWSER)]
    assert (await served.batch([view(None, EARLIER, anonymousId="browser")])).json()["accepted"] == 1
    assert [await reason(served, each) for each in ("ada", BROWSER)] == ["personalised", "personalised"]


async def test_whoever_withdrew_linking_is_not_known_in_the_browser_because_of_a_pause(
    served: Inside,
) -> None:
    await sign_in(served)
    await served.consent("ada", "withdrawn", "linking")
    assert await wish(served, "ada", "pause")
    assert [await reason(served, each) for each in ("ada", BROWSER)] == ["restricted", "personalised"]


@pytest.mark.parametrize("who", ["ada", BROWSER], ids=["asked by name", "asked in the browser"])
async def test_a_new_beginning_forgets_what_the_browser_knew_before(served: Inside, who: Any) -> None:
    await sign_in(served)
    assert await wish(served, who, "reset")
    assert [await reason(served, each) for each in ("ada", BROWSER)] == ["no_history", "no_history"]
    await served.consent("ada", "withdrawn", "linking")
    assert await reason(served, BROWSER) == "no_history", "the end of a link brings nothing back"


async def test_what_was_done_is_logged_also_if_it_failed_for_another_browser(
    served: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sign_in(served)
    disputing = served.services.controls._disputing
    reset, resets = disputing.reset, []

    async def reset_one(ref: SubjectRef, at: int) -> bool:
        resets.append(ref)
        if len(resets) > 1:
            raise StoreUnavailableError("down")
        return await reset(ref, at)

    monkeypatch.setattr(disputing, "reset", reset_one)
    body = {"subject": subject("ada"), "wish": "reset"}
    assert (await served.http.post("/v1/controls", json=body)).status_code == 503
    sequencer = served.services.sequencer
    logged = [entry for _, entry, _ in sequencer.read(0, sequencer.durable_size) if b'"act":"reset"' in entry]
    assert (len(resets), len(logged)) == (2, 1)


@pytest.mark.parametrize("what", ["do_not_use", "less_like_this"])
async def test_a_wish_about_an_item_holds_before_and_after_the_link(served: Inside, what: str) -> None:
    await sign_in(served)
    about = EARLIER if what == "do_not_use" else RELATED
    assert await wish(served, "ada", what, item=about)
    await served.consent("ada", "withdrawn", "linking")
    if what == "do_not_use":
        assert await reason(served, BROWSER) == "no_history", "the only thing that it knew is not used"
    else:
        assert RELATED not in await shown(served, BROWSER)


async def test_what_was_not_wanted_before_signing_in_is_not_wanted_afterwards(served: Inside) -> None:
    top = (await served.decide("ada"))["items"][0]["id"]
    assert await wish(served, BROWSER, "less_like_this", item=top)
    assert top in await shown(served, "ada"), "nobody signed in on the browser yet"
    await sign_in(served)
    assert top not in await shown(served, "ada") | await shown(served, BROWSER)


async def test_what_was_not_to_be_used_before_signing_in_is_not_used_afterwards(served: Inside) -> None:
    assert await wish(served, BROWSER, "do_not_use", item=item(0, 0))
    assert await reason(served, "ada") == "personalised"
    await sign_in(served)
    assert await reason(served, "ada") == "no_history", "it is all that was known of her"
