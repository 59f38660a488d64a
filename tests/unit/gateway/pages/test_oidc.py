"""Which answers of a provider hold: only the one to this attempt, for us, signed by its key, in time."""

from __future__ import annotations

import os
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway.callers.outside_issuers import parse_key_set
from gateway.callers.signed_tokens import REGISTRIES
from gateway.errors import CredentialsInvalidError, UnavailableError
from gateway.pages.oidc import ATTEMPT_SECONDS, Attempts, authorisation_url, judge_id_token, key_of
from tests.unit.gateway.pages.openid_material import (
    CLAIMS,
    DESCRIBED,
    ISSUER,
    KEY,
    NONCE,
    NOW,
    OTHER,
    PATH,
    US,
    provider,
    signed,
)


def judged(token: bytes, claim: str = "sub") -> str:
    return judge_id_token(
        token, ("RS256", KEY), issuer=ISSUER, client_id=US, nonce=NONCE, claim=claim, now=NOW
    ).subject


def test_a_token_that_holds_names_the_person_by_the_configured_claim() -> None:
    assert judged(signed(CLAIMS)) == "ada"
    assert judged(signed({**CLAIMS, "app_user": "a-7"}), "app_user") == "a-7"
    assert judged(signed({**CLAIMS, "aud": [US, "other"], "azp": US})) == "ada"


@pytest.mark.parametrize(
    ("said", "acr", "amr"),
    [
        ({}, None, set()),
        ({"acr": "urn:mfa", "amr": ["pwd", "otp"]}, "urn:mfa", {"pwd", "otp"}),
        ({"acr": 2}, None, set()),
        ({"acr": ["urn:mfa"], "amr": ["mfa", 7, None]}, None, {"mfa"}),
    ],
)
def test_how_somebody_was_authenticated_is_taken_from_the_token_as_it_must_be_written(
    said: dict[str, Any], acr: str | None, amr: set[str]
) -> None:
    token = signed({**CLAIMS, **said})
    found = judge_id_token(
        token, ("RS256", KEY), issuer=ISSUER, client_id=US, nonce=NONCE, claim="sub", now=NOW
    )
    assert (found.acr, found.amr) == (acr, amr)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"aud": "somebody-else"},
        {"aud": [US, "other"]},
        {"azp": "somebody-else"},
        {"exp": NOW},
        {"exp": None},
        {"iat": NOW + 3600},
        {"nbf": NOW + 3600},
        {"nonce": "m" * 43},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": ["ada"]},
    ],
)
def test_a_token_that_was_made_for_anything_else_does_not_hold(changed: dict[str, Any]) -> None:
    claims = {name: value for name, value in {**CLAIMS, **changed}.items() if value is not None}
    with pytest.raises(CredentialsInvalidError):
        judged(signed(claims))


def test_a_token_of_another_key_or_algorithm_or_none_does_not_hold() -> None:
    ed25519 = OKPKey.generate_key("Ed25519")
    unsigned = b"eyJhbGciOiJub25lIn0." + signed(CLAIMS).split(b".")[1] + b"."
    for token in (signed(CLAIMS, OTHER), signed(CLAIMS, ed25519, "EdDSA"), unsigned, b"", b"a.b.c"):
        with pytest.raises(CredentialsInvalidError):
            judged(token)


def test_a_key_is_found_by_its_name_or_because_it_is_the_only_one() -> None:
    keys: dict[str | None, Any] = {"one": ("RS256", KEY)}
    nameless = jwt.encode({"alg": "RS256"}, CLAIMS, KEY, registry=REGISTRIES["RS256"]).encode()
    assert key_of(signed(CLAIMS), keys) == ("RS256", KEY)
    assert key_of(nameless, keys) == ("RS256", KEY)
    assert key_of(nameless, {**keys, "two": ("RS256", OTHER)}) is None
    assert key_of(signed(CLAIMS), {"two": ("RS256", KEY)}) is None


def test_an_attempt_is_used_up_by_the_first_answer_and_by_time() -> None:
    attempts = Attempts(os.urandom)
    name, attempt = attempts.begin("https://us.example/back", now=NOW)
    assert attempts.take(None, attempt.state, now=NOW) is None
    assert attempts.take(name, "x", now=NOW) is None
    assert attempts.take(name, attempt.state, now=NOW) is None, "a wrong state uses it up"
    name, attempt = attempts.begin("https://us.example/back", now=NOW)
    assert attempts.take(name, attempt.state, now=NOW + ATTEMPT_SECONDS) is None
    name, attempt = attempts.begin("https://us.example/back", now=NOW)
    assert attempts.take(name, attempt.state, now=NOW + 1) is attempt
    assert attempts.take(name, attempt.state, now=NOW + 1) is None


def test_the_verifier_is_never_in_the_address() -> None:
    _, attempt = Attempts(os.urandom).begin("https://us.example/back", now=NOW)
    url = authorisation_url("https://id.example/auth?x=1", US, "openid", attempt)
    assert attempt.verifier not in url
    assert attempt.state in url
    assert url.startswith("https://id.example/auth?x=1&")


@pytest.mark.parametrize(
    "described",
    [
        {**DESCRIBED, "issuer": "https://evil.example"},
        {**DESCRIBED, "token_endpoint": "http://id.example/token"},
        {**DESCRIBED, "authorization_endpoint": "javascript:alert(1)"},
        {**DESCRIBED, "jwks_uri": 7},
        {"issuer": ISSUER},
        [],
        httpx.Response(200, content=b"{" * 100_000),
        httpx.Response(200, content=b" " * 300_000),
        httpx.Response(302, headers={"location": "https://evil.example"}),
        httpx.Response(500),
    ],
)
async def test_a_provider_that_says_something_else_of_itself_is_as_good_as_down(described: Any) -> None:
    _, attempt = Attempts(os.urandom).begin("https://us.example/back", now=NOW)
    with pytest.raises(UnavailableError):
        await provider({PATH: described}).authorisation_url(attempt, now=NOW)


async def test_a_code_becomes_a_person_with_the_keys_of_the_provider() -> None:
    _, attempt = Attempts(os.urandom).begin("https://us.example/back", now=NOW)
    keys = {"keys": [KEY.as_dict(private=False)]}
    assert parse_key_set(httpx.Response(200, json=keys).content)
    token = signed({**CLAIMS, "nonce": attempt.nonce}).decode()
    answers: dict[str, Any] = {PATH: DESCRIBED, "/token": {"id_token": token}, "/jwks": keys}
    assert (await provider(answers).sign_in(attempt, "code", now=NOW)).subject == "ada"
    for wrong in ({"/token": {}}, {"/token": httpx.Response(400)}, {"/jwks": {"keys": []}}):
        with pytest.raises(CredentialsInvalidError):
            await provider({**answers, **wrong}).sign_in(attempt, "code", now=NOW)
