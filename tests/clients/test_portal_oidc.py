"""Signing in to the portal by OpenID Connect, against a provider that others wrote: `oidc-provider`, unmodified."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.clients.oidc_sign_in import at_the_provider as sign_in
from tests.clients.oidc_sign_in import running_provider, settings_for
from tests.free_port import free_port
from tests.gateway_process import Gateway, Gateways
from tests.journey.portal_visitor import Visitor
from tests.journey.shop import Shop

pytestmark = [pytest.mark.foreign]

Start = Callable[..., Gateway]


@pytest.fixture
def start(gateways: Gateways, tmp_path: Path) -> Iterator[Start]:
    """Starts a gateway whose people sign in at a provider of its own."""
    with ExitStack() as providers:

        def start(more: str = "") -> Gateway:
            port = free_port()

            def configure(directory: Path) -> None:
                settings = directory / "volens.toml"
                portal = settings_for("portal", port, tmp_path / "secret", more)
                settings.write_text(settings.read_text() + portal)

            gateway = gateways.create(configure)
            providers.enter_context(running_provider(port, f"{gateway.url}/portal/oidc/return"))
            gateway.serve()
            return gateway

        yield start


def at_the_provider(visitor: Visitor, who: str) -> str:
    """Sign in there; the address that leads back."""
    return sign_in(visitor.http, "/portal/oidc", who)


def test_who_signs_in_there_is_inside_here_and_decides_for_themselves(start: Start) -> None:
    gateway = start()
    shop, visitor = Shop(gateway), Visitor(gateway)
    assert "Sign in with your account" in visitor.read("/portal/sign-in")
    asked = parse_qs(urlsplit(visitor.http.get("/portal/oidc").headers["location"]).query)
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    assert len(asked["state"][0]) == len(asked["nonce"][0]) == 43
    answer = visitor.http.get(at_the_provider(visitor, "ada-lovelace"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/portal")
    visitor.choose("recommendations:give")
    assert shop.permits("ada-lovelace")["recommendations"]
    assert "ada-lovelace" not in gateway.log_file.read_text()


def test_the_claim_that_names_the_person_is_the_configured_one(start: Start) -> None:
    gateway = start('oidc_subject_claim = "app_user"')
    visitor = Visitor(gateway)
    visitor.http.get(at_the_provider(visitor, "bo"))
    visitor.choose("analytics:give")
    shop = Shop(gateway)
    assert shop.permits("app-bo")["analytics"]
    assert not shop.permits("bo")["analytics"]


def test_an_answer_counts_once_in_the_browser_that_asked_and_unchanged(start: Start) -> None:
    gateway = start()
    mine, theirs = Visitor(gateway), Visitor(gateway)
    back = at_the_provider(mine, "cleo")
    theirs.http.get("/portal/oidc")
    assert refused(theirs, back), "somebody else's answer"
    back = at_the_provider(mine, "cleo")
    for changed in (
        re.sub("state=[^&]+", "state=x", back),
        re.sub("code=[^&]+", "code=x", back),
        re.sub("code=[^&]+&?", "", back),
        re.sub("iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back),
        back.partition("?")[0],
    ):
        fresh = at_the_provider(mine, "cleo")
        spoilt = changed if "state=x" in changed else re.sub("state=[^&]+", state_of(fresh), changed)
        assert refused(mine, spoilt), spoilt
        assert refused(mine, fresh), "one answer for each attempt, good or bad"
    back = at_the_provider(mine, "cleo")
    assert mine.http.get(back).status_code == 303
    assert refused(Visitor(gateway), back)
    again = Visitor(gateway)
    again.http.cookies.update(mine.http.cookies)
    assert again.http.get(back).status_code == 403


def state_of(address: str) -> str:
    found = re.search("state=[^&]+", address)
    assert found
    return found[0]


def refused(visitor: Visitor, back: str) -> bool:
    """Whether the answer lets nobody in, with the page that says the same to everybody."""
    answer = visitor.http.get(back)
    return answer.status_code == 403 and "That did not work. Try again" in answer.text


def test_a_provider_that_is_gone_is_a_page_and_no_fault(start: Start, gateways: Gateways) -> None:
    def configure(directory: Path) -> None:
        (directory / "secret").write_text("x")
        settings = directory / "volens.toml"
        more = (
            f'\n[portal]\noidc_issuer = "http://127.0.0.1:{free_port()}"\noidc_client_id = "c"\n'
            'oidc_client_secret_file = "secret"\n'
        )
        settings.write_text(settings.read_text() + more)

    gateway = gateways.start(configure)
    answer = httpx.get(f"{gateway.url}/portal/oidc", timeout=90)
    assert answer.status_code == 503
    assert "It cannot be done at this moment" in answer.text
