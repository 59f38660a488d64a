"""Off to a provider and back: whoever cannot show that they began the attempt is nobody."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.oidc import ATTEMPT_SECONDS, Attempts
from gateway.pages.own_address import OwnAddress
from gateway.pages.provider_sign_in import ProviderSignIn, open_provider_sign_in
from gateway.settings.portal import PortalSettings
from tests.unit.gateway.pages.openid_material import (
    CLAIMS,
    DESCRIBED,
    ISSUER,
    KEY,
    NOW,
    PATH,
    provider,
    signed,
)

ADDRESS = OwnAddress("https://us.example", "room")


@pytest.fixture
def answers() -> dict[str, Any]:
    return {PATH: DESCRIBED, "/jwks": {"keys": [KEY.as_dict(private=False)]}}


@pytest.fixture
def elsewhere(answers: dict[str, Any]) -> ProviderSignIn:
    return ProviderSignIn(provider(answers), Attempts(os.urandom), ADDRESS, "/back")


def asked(cookie: str = "", **query: str | list[str]) -> Request:
    headers = [(b"host", b"us.example"), (b"cookie", cookie.encode())]
    said = urlencode(query, doseq=True).encode()
    return Request(
        {"type": "http", "method": "GET", "path": "/back", "headers": headers, "query_string": said}
    )


async def begun(elsewhere: ProviderSignIn, answers: dict[str, Any]) -> tuple[str, str]:
    """Go, and let the provider vouch for somebody; the cookie, and the state that comes back."""
    away = await elsewhere.go(asked(), now=NOW)
    said = parse_qs(urlsplit(away.headers["location"]).query)
    assert said["redirect_uri"] == ["https://us.example/back"]
    token = signed({**CLAIMS, "nonce": said["nonce"][0]}).decode()
    answers["/token"] = httpx.Response(200, json={"id_token": token})
    cookie = away.headers["set-cookie"]
    assert "samesite=lax" in cookie.lower()
    return cookie.partition(";")[0], said["state"][0]


async def test_whoever_began_comes_back_as_whom_the_provider_names(
    elsewhere: ProviderSignIn, answers: dict[str, Any]
) -> None:
    cookie, state = await begun(elsewhere, answers)
    shown = await elsewhere.come_back(asked(cookie, state=state, code="c", iss=ISSUER), now=NOW)
    assert shown is not None
    assert shown.subject == CLAIMS["sub"]
    again = await elsewhere.come_back(asked(cookie, state=state, code="c", iss=ISSUER), now=NOW)
    assert again is None, "an attempt is used up"
    response = Response()
    elsewhere.forget(response)
    assert response.headers["set-cookie"].startswith(cookie.partition("=")[0] + '=""')


@pytest.mark.parametrize(
    ("wrong", "late"),
    [
        ({"state": "x"}, 0),
        ({"state": []}, 0),
        ({"code": []}, 0),
        ({"code": ["c", "d"]}, 0),
        ({"iss": "https://evil.example"}, 0),
        ({}, ATTEMPT_SECONDS),
    ],
)
async def test_an_answer_to_something_else_is_nobodys(
    elsewhere: ProviderSignIn, answers: dict[str, Any], wrong: dict[str, Any], late: int
) -> None:
    cookie, state = await begun(elsewhere, answers)
    query = {"state": state, "code": "c", "iss": ISSUER, **wrong}
    assert await elsewhere.come_back(asked(cookie, **query), now=NOW + late) is None


async def test_another_browser_cannot_end_the_attempt(
    elsewhere: ProviderSignIn, answers: dict[str, Any]
) -> None:
    _, state = await begun(elsewhere, answers)
    assert await elsewhere.come_back(asked(state=state, code="c", iss=ISSUER), now=NOW) is None


async def test_a_code_that_the_provider_does_not_know_is_nobodys(
    elsewhere: ProviderSignIn, answers: dict[str, Any]
) -> None:
    cookie, state = await begun(elsewhere, answers)
    answers["/token"] = httpx.Response(400)
    assert await elsewhere.come_back(asked(cookie, state=state, code="c", iss=ISSUER), now=NOW) is None


def test_where_none_is_configured_there_is_none() -> None:
    assert open_provider_sign_in(PortalSettings(), ADDRESS, "/back", os.urandom) is None
