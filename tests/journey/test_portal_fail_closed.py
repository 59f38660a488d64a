"""The portal while the log is down: what a person ends is ended, what they give waits, and the page says which."""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx
import pytest

from audit.disk import Disk
from gateway.portal.one_time_links import KEY_FILE, OneTimeLinks
from privacy import load_or_create_key
from tests.journey.in_process import Inside, inside
from tests.journey.portal_visitor import CSRF
from tests.journey.shop import subject

ORIGIN = {"origin": "http://127.0.0.1"}


async def permitted(served: Inside, who: str | dict[str, str]) -> dict[str, bool]:
    """What is in force for somebody."""
    answer = await served.http.post("/v1/consents/query", json={"subject": subject(who)})
    return {each["purpose"]: each["permitted"] for each in answer.json()["purposes"]}


async def sign_in(served: Inside, directory: Path, who: str | dict[str, str]) -> str:
    """Come in by a link; the token of the session's forms."""
    whose = subject(who)
    ref = served.services.identities.ref_of(known=whose.get("id"), anonymous=whose.get("anonymous_id"))
    assert ref is not None
    keys = directory.with_name(directory.name + ".keys")
    key = load_or_create_key(keys / KEY_FILE, os.urandom)
    secret = OneTimeLinks(directory, key, os.urandom).make(ref, expires_at=1 << 40)
    answer = await served.http.post("/portal/sign-in", data={"code": secret}, headers=ORIGIN)
    assert answer.status_code == 303
    found = CSRF.search((await served.http.get("/portal")).text)
    assert found
    return found[1]


async def press(served: Inside, csrf: str, path: str, **form: str) -> httpx.Response:
    await served.http.post(path, data={"csrf": csrf, "notice": "2026-11-20", **form}, headers=ORIGIN)
    return await served.http.get("/portal")


async def test_what_is_ended_is_ended_and_what_is_given_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.consent("ada", "given")
        csrf = await sign_in(served, directory, "ada")

        def fail(*_: object) -> None:
            raise OSError(5, "the disk is gone")

        monkeypatch.setattr(Disk, "sync", fail)
        page = await press(served, csrf, "/portal/choices", choice="recommendations:withdraw")
        assert "Turned off. It is not used from this moment on." in page.text
        assert not (await served.decide("ada"))["personalised"]
        page = await press(served, csrf, "/portal/choices", choice="analytics:give")
        assert "It counts as soon as the proof of it is written." in page.text
        ref = served.services.identities.ref_of(known="ada", anonymous=None)
        slot = served.services.people.slot_of[ref]
        assert served.services.people.mask[slot] == 0
        monkeypatch.undo()
    async with inside(directory) as again:
        slot = again.services.people.slot_of[ref]
        assert again.services.people.mask[slot] == 1 << again.services.policy.bits["analytics"]


async def test_saying_no_twice_is_one_entry_and_turning_on_has_a_speed_limit(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        csrf = await sign_in(served, directory, "bea")
        await press(served, csrf, "/portal/choices", choice="analytics:refuse")
        size = served.services.sequencer.size
        page = await press(served, csrf, "/portal/choices", choice="analytics:refuse")
        assert "Turned off." in page.text
        assert served.services.sequencer.size == size
        form = {"csrf": csrf, "notice": "2026-11-20", "choice": "analytics:give"}
        began, taken = time.monotonic(), 0
        while (
            status := (await served.http.post("/portal/choices", data=form, headers=ORIGIN)).status_code
        ) == 303:
            taken += 1
            assert taken <= 61 + (time.monotonic() - began), "sixty at once, and one more each second"
        assert (status, taken >= 59) == (429, True)
        await press(served, csrf, "/portal/choices", choice="analytics:withdraw")
        assert served.services.sequencer.size == size + taken + 1


async def test_all_off_ends_what_waits_and_what_a_restriction_hides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        csrf = await sign_in(served, directory, "ada")

        def fail(*_: object) -> None:
            raise OSError(28, "full")

        monkeypatch.setattr(Disk, "sync", fail)
        await press(served, csrf, "/portal/choices", choice="analytics:give")
        page = await press(served, csrf, "/portal/all-off")
        assert "Everything that you can turn off is off" in page.text
        monkeypatch.undo()
    async with inside(directory) as served:
        assert not (await permitted(served, "ada"))["analytics"], "what waited for the log does not come back"

        await served.consent("bea", "given")
        body = {"subject": {"id": "bea"}, "type": "restriction"}
        await served.http.post("/v1/rights", json=body)
        csrf = await sign_in(served, directory, "bea")
        await press(served, csrf, "/portal/all-off")
        await served.http.post("/v1/rights", json={**body, "lift": True})
        assert not (await permitted(served, "bea"))["recommendations"]


async def test_all_off_leaves_nothing_to_continue_with(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.consent("ada", "given")
        csrf = await sign_in(served, directory, "ada")
        page = await press(served, csrf, "/portal/pause")
        assert "Continue as before" in page.text
        page = await press(served, csrf, "/portal/all-off")
        assert "Continue as before" not in page.text
        assert "Nothing is on that could be turned off." in page.text


async def test_a_browser_that_counts_as_somebody_is_told_so_and_its_no_counts_for_both(
    tmp_path: Path,
) -> None:
    directory = tmp_path / "volens"
    browser = {"anonymous_id": "browser"}
    async with inside(directory) as served:
        await served.consent(browser, "refused")
        await served.consent("ada", "given", "linking")
        event = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": "m1"}
        await served.batch([event])
        await served.consent("ada", "given")
        csrf = await sign_in(served, directory, browser)
        page = await served.http.get("/portal")
        assert "This browser counts as somebody who signed in on it." in page.text
        assert "Uses that are on: 1 of 7" in page.text
        await press(served, csrf, "/portal/choices", choice="recommendations:withdraw")
        assert not (await permitted(served, browser))["recommendations"]
        assert not (await permitted(served, "ada"))["recommendations"]

        await served.consent("ada", "given", "analytics")
        await press(served, csrf, "/portal/all-off")
        assert not any((await permitted(served, browser)).values())
        assert not (await permitted(served, "ada"))["analytics"]


async def test_a_browser_can_be_made_to_stand_for_itself_again(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    browser = {"anonymous_id": "browser"}
    async with inside(directory) as served:
        for purpose in ("linking", "recommendations"):
            await served.consent("ada", "given", purpose)
        event = {"type": "identify", "userId": "ada", "anonymousId": "browser", "messageId": "m1"}
        await served.batch([event])
        assert (await permitted(served, browser))["recommendations"]
        csrf = await sign_in(served, directory, browser)
        page = await press(served, csrf, "/portal/stand-alone")
        assert "This browser stands for itself from this moment on." in page.text
        assert "counts as somebody" not in page.text
        assert not (await permitted(served, browser))["recommendations"]
        assert (await permitted(served, "ada"))["recommendations"]
    async with inside(directory) as again:
        assert not (await permitted(again, browser))["recommendations"], "and after a restart"


async def test_a_session_does_not_outlive_its_hours_however_the_clock_goes(tmp_path: Path) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await sign_in(served, directory, "cleo")
        clock = served.services.clock
        read = clock._read
        clock._read = lambda: read() + 1801
        assert (await served.http.get("/portal")).status_code == 303
        clock._read = read
        assert (await served.http.get("/portal")).status_code == 303


async def test_an_error_of_ours_is_a_page_without_a_word_of_what_went_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory, expects_faults=True) as served:
        await sign_in(served, directory, "dora")

        async def fail(*_: object) -> None:
            raise RuntimeError("a secret in a message")

        monkeypatch.setattr("gateway.portal.decisions.OwnDecisions.recent", fail)
        answer = await served.http.get("/portal/why")
        assert answer.status_code == 500
        assert "A mistake of ours." in answer.text
        assert "secret" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
