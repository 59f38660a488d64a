"""An officer signs in at a provider that others wrote, and is inside with a code of their app and not without."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
import pytest

from tests.clients.oidc_sign_in import at_the_provider, running_provider, settings_for
from tests.free_port import free_port
from tests.gateway_process import Gateways
from tests.journey.officer_visitor import Officer, details, wrong_code

pytestmark = [pytest.mark.foreign]

ARRIVAL = re.compile(r'name="arrival" value="([^"]+)"')


def test_the_provider_says_who_and_the_app_shows_the_rest(gateways: Gateways, tmp_path: Path) -> None:
    port = free_port()

    def configure(directory: Path) -> None:
        settings = directory / "volens.toml"
        officer = settings_for("officer", port, tmp_path / "secret")
        settings.write_text(settings.read_text() + officer)

    gateway = gateways.create(configure)
    with running_provider(port, f"{gateway.url}/officer/oidc/return"):
        gateway.serve()
        vera = Officer(gateway, "vera").enrol()
        assert "Sign in with your organisation's account" in vera.read("/officer/sign-in")

        def arrive(who: str) -> httpx.Response:
            vera.http = vera.browser()
            return vera.http.get(at_the_provider(vera.http, "/officer/oidc", who))

        assert arrive("mallory").status_code == 403, "known there, and no officer here"
        page = arrive("vera")
        assert page.status_code == 200
        assert "Welcome, vera" in page.text
        assert vera.http.get("/officer").headers["location"] == "/officer/sign-in", "not inside yet"
        assert "did not say that it has seen a second factor" in page.text
        chosen = vera.send("/officer/language", {"language": "de", "back": "/officer/oidc/return"})
        assert chosen.headers["location"] == "/officer/oidc/return"
        assert ARRIVAL.findall(vera.page("/officer/oidc/return")) == ARRIVAL.findall(page.text)
        found = ARRIVAL.search(page.text)
        assert found
        wrong = {"arrival": found[1], "code": wrong_code(vera.secret)}
        assert vera.send("/officer/oidc/finish", {"arrival": "x", "code": vera.code()}).status_code == 403
        assert vera.send("/officer/oidc/finish", wrong).status_code == 403
        assert vera.send("/officer/oidc/finish", wrong, origin="https://evil.example").status_code == 403
        inside = vera.send("/officer/oidc/finish", {"arrival": found[1], "code": vera.code()})
        assert (inside.status_code, inside.headers["location"]) == (303, "/officer")
        assert "vera" in vera.page("/officer")
        again = vera.browser().post(
            "/officer/oidc/finish", data={"arrival": found[1]}, headers={"origin": gateway.url}
        )
        assert again.headers["location"] == "/officer/sign-in", "an arrival is its browser's"
    gateway.stop()
    acts = [each for each in details(gateway.directory) if each.get("act") == "officer_signed_in"]
    assert [each.get("by") for each in acts] == ["oidc"]
