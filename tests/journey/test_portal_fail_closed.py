"""The portal while the log is down: what a person ends is ended, what they give waits, and the page says which."""

from __future__ import annotations

import os
from pathlib import Path

import httpx
import pytest

from audit.disk import Disk
from gateway.portal.one_time_links import OneTimeLinks
from tests.journey.in_process import Inside, inside
from tests.journey.portal_visitor import CSRF

ORIGIN = {"origin": "http://127.0.0.1"}


async def sign_in(served: Inside, directory: Path, who: str) -> str:
    """Come in by a link; the token of the session's forms."""
    ref = served.services.identities.ref_of(known=who, anonymous=None)
    assert ref is not None
    secret = OneTimeLinks(directory, os.urandom).make(ref, expires_at=1 << 40)
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
        statuses = [
            (await served.http.post("/portal/choices", data=form, headers=ORIGIN)).status_code
            for _ in range(80)
        ]
        assert statuses[0] == 303
        assert statuses[-1] == 429
        await press(served, csrf, "/portal/choices", choice="analytics:withdraw")
        assert served.services.sequencer.size == size + statuses.count(303) + 1


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
