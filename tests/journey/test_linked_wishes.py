"""What a person wishes of their slates holds in every browser that is theirs, and no sign-in or sign-out goes round it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from consent import StoreUnavailableError
from gateway.lasting.disputing import Disputing
from gateway.lasting.kept_wishes import open_wish
from privacy import SubjectRef, sealer
from tests.journey.in_process import Inside, inside
from tests.journey.rule_shop import clock, rule_shop
from tests.journey.shop import item, subject, view

__all__ = ["clock"]

BROWSER = {"anonymous_id": "browser"}
DAY = 86_400
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


async def sign_in(served: Inside, message: str = "in") -> int:
    """Ada signs in on the browser. Says how that was answered."""
    said = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": message}
    return (await served.batch([said])).status_code


def ref_of_ada(served: Inside) -> SubjectRef:
    """Her pseudonym."""
    ref = served.services.identities.ref_of(known="ada", anonymous=None)
    assert ref is not None
    return ref


def kept_items(served: Inside, slot: int) -> list[str]:
    """The items of which wishes of a person are kept."""
    people, store = served.services.people, served.services.controls._disputing._store
    cipher = sealer(people.evidence_key(slot))
    mine = (sealed for whose, sealed in store.load_disputed() if whose == people.subject_id[slot])
    opened = (open_wish(cipher, sealed) for sealed in mine)
    return [wish.item for wish in opened if wish is not None]


def is_linked(served: Inside) -> bool:
    """Whether the browser is Ada at this moment."""
    identities = served.services.identities
    browser = identities.ref_of(known=None, anonymous="browser")
    assert browser is not None
    return identities.linked_or_own(browser) == ref_of_ada(served)


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
    assert await sign_in(served) == 200
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
    assert await sign_in(served) == 200
    await served.consent("ada", "withdrawn", "linking")
    assert await wish(served, "ada", "pause")
    assert [await reason(served, each) for each in ("ada", BROWSER)] == ["restricted", "personalised"]


@pytest.mark.parametrize("who", ["ada", BROWSER], ids=["asked by name", "asked in the browser"])
async def test_a_new_beginning_forgets_what_the_browser_knew_before(served: Inside, who: Any) -> None:
    assert await sign_in(served) == 200
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
    assert await sign_in(served) == 200
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
    assert await sign_in(served) == 200
    assert top not in await shown(served, "ada") | await shown(served, BROWSER)


async def test_what_was_not_to_be_used_before_signing_in_is_not_used_afterwards(served: Inside) -> None:
    assert await wish(served, BROWSER, "do_not_use", item=item(0, 0))
    assert await reason(served, "ada") == "personalised"
    assert await sign_in(served) == 200
    assert await reason(served, "ada") == "no_history", "it is all that was known of her"


@pytest.mark.parametrize("what", ["do_not_use", "less_like_this"])
async def test_what_was_wished_while_the_link_was_off_holds_when_it_is_on_again(
    served: Inside, what: str
) -> None:
    assert await sign_in(served) == 200
    await served.consent("ada", "withdrawn", "linking")
    about = item(0, 0) if what == "do_not_use" else (await served.decide("ada"))["items"][0]["id"]
    assert await wish(served, BROWSER, what, item=about)
    assert await reason(served, "ada") == "personalised", "nobody is the browser but itself"
    assert (await served.consent("ada", "given", "linking")).status_code == 200
    assert is_linked(served)
    if what == "do_not_use":
        assert await reason(served, "ada") == "no_history", "it is all that was known of her"
    else:
        assert about not in await shown(served, "ada") | await shown(served, BROWSER)


@pytest.mark.parametrize("what", ["do_not_use", "less_like_this"])
async def test_no_link_outlives_a_sign_in_that_broke_off_before_the_wishes_were_kept(
    served: Inside, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    about = item(0, 0) if what == "do_not_use" else (await served.decide("ada"))["items"][0]["id"]
    assert await wish(served, BROWSER, what, item=about)

    async def broken(*_: object) -> None:
        raise StoreUnavailableError("the disk is full")

    with monkeypatch.context() as disk:
        disk.setattr(Disputing, "_keep", broken)
        assert await sign_in(served) == 503
        assert not is_linked(served)
    assert await sign_in(served) == 200, "the same message, sent again"
    assert is_linked(served)
    ada = served.services.people.slot_of[ref_of_ada(served)]
    assert [each for each in kept_items(served, ada) if each == about] == [about], (
        "on disk, not only in memory"
    )


async def test_a_link_that_was_made_without_the_wishes_gets_them_with_the_next_sign_in(
    served: Inside,
) -> None:
    """As the version before left it, when it broke off between the two."""
    top = (await served.decide("ada"))["items"][0]["id"]
    assert await wish(served, BROWSER, "less_like_this", item=top)
    identities = served.services.identities
    browser = identities.ref_of(known=None, anonymous="browser")
    assert browser is not None
    identities.bind(browser, ref_of_ada(served))
    assert top in await shown(served, BROWSER)
    assert await sign_in(served) == 200
    assert top not in await shown(served, "ada") | await shown(served, BROWSER)


@pytest.mark.parametrize("pause_first", [False, True], ids=["paused afterwards", "paused before"])
async def test_a_pause_keeps_no_link_whose_consent_ran_out(
    tmp_path: Path, clock: list[float], pause_first: bool
) -> None:
    async with rule_shop(tmp_path / "volens", clock) as shop:
        served = shop.served
        for who, purpose in (("ada", "recommendations"), (BROWSER, "recommendations"), ("ada", "linking")):
            assert (await served.consent(who, "given", purpose)).status_code == 200
        assert await sign_in(served) == 200
        if pause_first:
            assert await wish(served, "ada", "pause")
            assert is_linked(served)
        await shop.at(366 * DAY)
        for who in ("ada", BROWSER):
            assert (await served.consent(who, "given")).status_code == 200
        assert not is_linked(served)
        if not pause_first:
            assert await wish(served, "ada", "pause")
        assert not is_linked(served)
        assert [await reason(served, each) for each in ("ada", BROWSER)] == ["restricted", "no_history"]
        await wish(served, BROWSER, "resume")
        assert await reason(served, "ada") == "restricted", "whoever sits at the browser now is not her"


async def test_a_pause_keeps_no_link_whose_condition_means_something_else_by_now(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        for who, purpose in (("ada", "recommendations"), (BROWSER, "recommendations"), ("ada", "linking")):
            assert (await served.consent(who, "given", purpose)).status_code == 200
        assert await sign_in(served) == 200
        assert await wish(served, "ada", "pause")
        assert is_linked(served)
    policy = directory / "policy.toml"
    old, new = 'code = "lnk"\nversion = 1\n', 'code = "lnk"\nversion = 2\nlast_material_version = 2\n'
    assert policy.read_text().count(old) == 1
    policy.write_text(policy.read_text().replace(old, new))
    async with inside(directory) as served:
        assert not is_linked(served)
        assert [await reason(served, each) for each in ("ada", BROWSER)] == ["restricted", "no_history"]


async def test_nobody_new_is_linked_while_a_pause_lasts_and_who_was_stays(served: Inside) -> None:
    assert await sign_in(served) == 200
    assert await wish(served, "ada", "pause")
    other = {"type": "identify", "userId": "ada", "anonymousId": "tablet", "messageId": "other"}
    assert (await served.batch([other])).status_code == 200
    assert await sign_in(served, "once more") == 200
    assert is_linked(served)
    assert len(served.services.identities.linked_with(ref_of_ada(served))) == 1
