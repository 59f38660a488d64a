"""The console when something is down or somebody insists: nothing is shown that the log does not know of, and attempts have an end."""

from __future__ import annotations

import os
import time
from pathlib import Path

import httpx
import msgspec
import pytest

import gateway.officer.signing_in
import gateway.pages.forms
import gateway.wiring.console_assembly
from audit import LogUnavailableError
from gateway.directory.init_directory import initialise
from gateway.officer.accounts import Accounts
from gateway.officer.application import INSIDE
from gateway.officer.one_time_codes import code_at
from gateway.officer.passwords import Passwords
from gateway.settings.reading import load_settings
from tests.journey.in_process import Inside, inside

PASSWORD = "correct horse battery staple"
SECRET = b"12345678901234567890"
ORIGIN = {"origin": "http://127.0.0.1"}
PAGES = [path for method, path, _ in INSIDE if method == "GET" and "{" not in path]


async def enrolled(directory: Path) -> None:
    """Make a directory with one officer."""
    initialise(directory)
    accounts = Accounts(load_settings(directory).keys_dir, os.urandom)
    accounts.invite("vera", expires_at=0)
    found = accounts.find("vera")
    assert found is not None
    kept = await Passwords().keep(PASSWORD)
    accounts.keep(msgspec.structs.replace(found, password=kept, secret=SECRET))


def code() -> str:
    """The code of the next half minute: it is accepted already, and stays so the longest."""
    return code_at(SECRET, int(time.time()) // 30 + 1)


async def sign_in(served: Inside, **said: str) -> httpx.Response:
    """Come in."""
    form = {"name": "vera", "password": PASSWORD, "code": code(), **said}
    return await served.http.post("/officer/sign-in", data=form, headers=ORIGIN)


@pytest.fixture
def stopped_watch(monkeypatch: pytest.MonkeyPatch) -> None:
    """No time passes for what is allowed a minute: checking a password takes longer on a slow machine."""
    for place in (gateway.pages.forms, gateway.officer.signing_in, gateway.wiring.console_assembly):
        monkeypatch.setattr(place, "monotonic", lambda: 1.0)


def refuse(monkeypatch: pytest.MonkeyPatch, served: Inside) -> None:
    """Let the log take nothing more."""

    def append(entry: bytes, sealed: bytes = b"", *, reserved: bool = False) -> int:
        raise LogUnavailableError("no room")

    monkeypatch.setattr(served.services.sequencer, "append", append)


async def test_what_the_log_cannot_note_is_not_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await enrolled(tmp_path / "data")
    async with inside(tmp_path / "data") as served:
        assert (await sign_in(served)).status_code == 303
        shown = {path: await served.http.get(path) for path in PAGES}
        assert {path: answer.status_code for path, answer in shown.items()} == dict.fromkeys(PAGES, 200)
        with monkeypatch.context() as patched:
            refuse(patched, served)
            for path in PAGES:
                answer = await served.http.get(path)
                assert answer.status_code == 503, path
                assert "Every look must be in the log" in answer.text
                assert "<table" not in answer.text
        assert (await served.http.get("/officer")).status_code == 200


async def test_nobody_comes_in_and_nothing_is_approved_while_the_log_takes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await enrolled(tmp_path / "data")
    async with inside(tmp_path / "data") as served:
        with monkeypatch.context() as patched:
            refuse(patched, served)
            refused = await sign_in(served)
            assert refused.status_code == 503
            assert "set-cookie" not in refused.headers
        assert (await served.http.get("/officer")).status_code == 303


async def test_attempts_of_one_address_have_an_end(tmp_path: Path, stopped_watch: None) -> None:
    await enrolled(tmp_path / "data")
    async with inside(tmp_path / "data") as served:
        tried = [await sign_in(served, name=f"nobody-{n}") for n in range(12)]
        assert {each.status_code for each in tried[:10]} == {403}
        assert tried[-1].status_code == 429
        assert (await sign_in(served)).status_code == 429


async def test_under_one_name_five_attempts_count_and_the_page_does_not_say_so(
    tmp_path: Path, stopped_watch: None
) -> None:
    await enrolled(tmp_path / "data")
    async with inside(tmp_path / "data") as served:
        wrong = [await sign_in(served, password="wrong horse battery") for _ in range(5)]
        right = await sign_in(served)
        assert right.status_code == 403
        assert {each.text for each in wrong} == {right.text}


async def test_refusals_are_in_the_log_without_a_name_and_cannot_fill_it(
    tmp_path: Path, stopped_watch: None
) -> None:
    await enrolled(tmp_path / "data")
    async with inside(tmp_path / "data") as served:
        before = served.services.sequencer.size
        for n in range(10):
            await sign_in(served, name=f"nobody-{n}")
        await served.services.sequencer.wait_durable()
        entries = [entry for _, entry, _ in served.services.sequencer.read(before, 100)]
        refused = [entry for entry in entries if b"officer_refused" in entry]
        assert len(refused) == 6
        assert not any(b"nobody" in entry for entry in entries)


async def test_over_https_the_cookie_is_bound_to_the_host(tmp_path: Path) -> None:
    await enrolled(tmp_path / "data")
    settings = tmp_path / "data" / "volens.toml"
    settings.write_text(
        settings.read_text().replace("[server]", '[server]\npublic_url = "https://privacy.shop.example"', 1)
    )
    async with inside(tmp_path / "data") as served:
        form = {"name": "vera", "password": PASSWORD, "code": code()}
        came = await served.http.post(
            "/officer/sign-in", data=form, headers={"origin": "https://privacy.shop.example"}
        )
        assert came.status_code == 303
        cookie = came.headers["set-cookie"]
        assert cookie.startswith("__Host-volens_officer=")
        for part in ("Secure", "HttpOnly", "Path=/", "SameSite=strict"):
            assert part.lower() in cookie.lower()
        assert "domain" not in cookie.lower()


async def test_a_console_that_is_switched_off_is_not_there(tmp_path: Path) -> None:
    await enrolled(tmp_path / "data")
    settings = tmp_path / "data" / "volens.toml"
    settings.write_text(settings.read_text() + "\n[officer]\nenabled = false\n")
    async with inside(tmp_path / "data") as served:
        assert (await served.http.get("/officer/sign-in")).status_code == 404


async def test_where_a_provider_says_who_comes_there_is_no_password(tmp_path: Path) -> None:
    await enrolled(tmp_path / "data")
    (tmp_path / "secret").write_text("the secret\n")
    settings = tmp_path / "data" / "volens.toml"
    provider = f'oidc_issuer = "http://127.0.0.1:9"\noidc_client_id = "volens"\noidc_client_secret_file = "{tmp_path}/secret"\n'
    settings.write_text(f"{settings.read_text()}\n[officer]\n{provider}")
    async with inside(tmp_path / "data") as served:
        page = (await served.http.get("/officer/sign-in")).text
        assert 'href="/officer/oidc"' in page
        assert 'type="password"' not in page
        assert (await sign_in(served)).status_code == 404
        assert (await served.http.get("/officer/enrol")).status_code == 200
