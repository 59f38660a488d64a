"""Our own tokens: what they say, how long they hold, and every way of forging one."""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey, OKPKey

from gateway.callers.outside_issuers import OutsideIssuers
from gateway.callers.principals import PROMPTS
from gateway.callers.signed_tokens import REGISTRIES
from gateway.callers.tokens import OwnTokens, Tokens
from gateway.errors import CredentialsInvalidError
from gateway.settings.scopes import SCOPES

NOW = 1_800_000_000
SEED = bytes(range(32))
ISSUER = "example.org/log"
SUBJECT = "ab" * 16


def own(seed: bytes = SEED, **changes: Any) -> OwnTokens:
    return OwnTokens(seed, **{"issuer": ISSUER, "client_ids": {"client_1"}, **changes})


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signing_key(seed: bytes = SEED) -> OKPKey:
    public = json.loads(own(seed).key_set())["keys"][0]
    return OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "x": public["x"], "d": text(seed)})


def forged(header: dict[str, Any], claims: dict[str, Any], seed: bytes = SEED) -> bytes:
    """A token with a good signature over whatever we like."""
    protected = {"alg": "EdDSA", "typ": "at+jwt"} | header
    payload = json.dumps(claims).encode()
    return jws.serialize_compact(protected, payload, signing_key(seed), registry=REGISTRIES["EdDSA"]).encode()


GOOD = {
    "iss": ISSUER,
    "aud": ISSUER,
    "client_id": "client_1",
    "sub": "client_1",
    "scope": "decide",
    "iat": NOW,
    "exp": NOW + 60,
}


def test_a_client_token_carries_exactly_its_scopes_and_its_hour() -> None:
    token = own().issue_client_token("client_1", ["decide", "events:write", "root"], now=NOW).encode()
    principal = own().verify(token, now=NOW)
    assert (principal.kind, principal.source_id, principal.subject) == ("token", "client:client_1", None)
    assert principal.scopes == {"decide", "events:write"}
    assert principal.expires_at == NOW + 3600
    with pytest.raises(CredentialsInvalidError):
        own().verify(token, now=NOW + 3600)
    own().verify(token, now=NOW + 3599)


def test_a_token_has_the_claims_of_an_access_token() -> None:
    header, claims, _ = own().issue_client_token("client_1", SCOPES, now=NOW).split(".")
    head = json.loads(urlsafe_b64decode(header + "=="))
    body = json.loads(urlsafe_b64decode(claims + "=="))
    assert head["alg"] == "EdDSA"
    assert head["typ"] == "at+jwt"
    assert head["kid"] == json.loads(own().key_set())["keys"][0]["kid"]
    assert set(body) == {"iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti"}
    assert (body["iss"], body["aud"], body["iat"]) == (ISSUER, ISSUER, NOW)


def test_no_two_tokens_are_the_same() -> None:
    assert len({own().issue_client_token("client_1", SCOPES, now=NOW) for _ in range(50)}) == 50


def test_a_device_token_speaks_for_one_person_and_may_only_ask() -> None:
    token, life = own(device_lifetime_seconds=600).issue_device_token(
        SUBJECT, 10**9, opens_linked=False, now=NOW
    )
    principal = own().verify(token.encode(), now=NOW)
    assert life == 600
    assert principal.expires_at == NOW + 600
    assert principal.kind == "person"
    assert principal.subject == bytes.fromhex(SUBJECT)
    assert principal.scopes == {"decide"}
    assert not principal.confirms_ids
    assert SUBJECT not in principal.source_id


def test_a_device_token_without_the_claim_opens_nothing_of_whom_its_browser_is_linked_to() -> None:
    def opens(token: str) -> bool:
        return own().verify(token.encode(), now=NOW).opens_linked

    for wide in (True, False):
        assert opens(own().issue_device_token(SUBJECT, 60, opens_linked=wide, now=NOW)[0]) is wide
    older = {**GOOD, "sub": SUBJECT}
    for claims in (older, *({**older, "linked": each} for each in ("true", 1, [True]))):
        assert not opens(forged({"typ": "device+jwt"}, claims).decode())


@pytest.mark.parametrize("subject", ["", "ab", "zz" * 16, "ab" * 17])
def test_a_device_token_needs_a_pseudonym(subject: str) -> None:
    with pytest.raises(ValueError):
        own().issue_device_token(subject, 60, opens_linked=True, now=NOW)


def test_the_key_set_holds_no_secret() -> None:
    (key,) = json.loads(own().key_set())["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert text(SEED) not in own().key_set().decode()


def test_a_good_forgery_is_a_good_token() -> None:
    assert own().verify(forged({}, GOOD), now=NOW).scopes == {"decide"}


@pytest.mark.parametrize(
    ("header", "changes"),
    [
        ({}, {"iss": "elsewhere"}),
        ({}, {"aud": "elsewhere"}),
        ({}, {"aud": [["example.org/log"]]}),
        ({}, {"aud": None}),
        ({}, {"exp": NOW}),
        ({}, {"exp": None}),
        ({}, {"exp": "9999999999"}),
        ({}, {"exp": True}),
        ({}, {"exp": float("nan")}),
        ({}, {"exp": float("inf")}),
        ({}, {"nbf": NOW + 31}),
        ({}, {"iat": NOW + 31}),
        ({}, {"nbf": "soon"}),
        ({}, {"client_id": "client_2"}),
        ({}, {"client_id": None}),
        ({}, {"client_id": ["client_1"]}),
        ({"typ": "JWT"}, {}),
        ({"typ": "device+jwt"}, {}),
        ({"typ": "device+jwt"}, {"sub": "ab" * 15}),
        ({"typ": "device+jwt"}, {"sub": 7}),
        ({"crit": ["b64"], "b64": False}, {}),
    ],
)
def test_one_wrong_claim_is_enough(header: dict[str, Any], changes: dict[str, Any]) -> None:
    token = forged(header, GOOD | changes)
    with pytest.raises(CredentialsInvalidError):
        own().verify(token, now=NOW)


def test_a_removed_client_loses_its_tokens() -> None:
    token = own().issue_client_token("client_1", SCOPES, now=NOW).encode()
    with pytest.raises(CredentialsInvalidError):
        own(client_ids={"client_2"}).verify(token, now=NOW)


def test_another_key_does_not_sign_for_us() -> None:
    with pytest.raises(CredentialsInvalidError):
        own().verify(forged({}, GOOD, seed=bytes(32)), now=NOW)


def test_no_algorithm_and_the_public_key_as_a_shared_secret_are_refused() -> None:
    payload = json.dumps(GOOD).encode()
    header = json.dumps({"alg": "none", "typ": "at+jwt"}).encode()
    none = f"{text(header)}.{text(payload)}.".encode()
    public = urlsafe_b64decode(json.loads(own().key_set())["keys"][0]["x"] + "=")
    confused = jws.serialize_compact(
        {"alg": "HS256", "typ": "at+jwt"}, payload, OctKey.import_key(public)
    ).encode()
    for token in (none, confused):
        with pytest.raises(CredentialsInvalidError):
            own().verify(token, now=NOW)


def test_every_changed_byte_is_noticed() -> None:
    token = own().issue_client_token("client_1", ["decide"], now=NOW).encode()
    for position in range(len(token) - 1):  # the last character of base64 has unused bits
        changed = bytearray(token)
        changed[position] = ord("A") if changed[position] != ord("A") else ord("B")
        with pytest.raises(CredentialsInvalidError):
            own().verify(bytes(changed), now=NOW)


@pytest.mark.parametrize(
    "token",
    [b"", b".", b"..", b"a.b", b"a.b.c", b"a.b.c.d", b"\xff.\xff.\xff", b"e30.e30.", b"W10.W10.x", b"x" * 10_000,
     b"e30." + text(b"[" * 4000).encode() + b".x"],
)  # fmt: skip
async def test_noise_is_refused(token: bytes) -> None:
    tokens = Tokens(own(), OutsideIssuers([], known=lambda raw: raw))
    with pytest.raises(CredentialsInvalidError):
        tokens.verify_known(token, now=NOW)
    with pytest.raises(CredentialsInvalidError):
        await tokens.verify(token, now=NOW)


async def test_an_unknown_issuer_is_refused_at_once() -> None:
    tokens = Tokens(own(), OutsideIssuers([], known=lambda raw: raw))
    for issuer in ("elsewhere", None, ["x"], {}):
        with pytest.raises(CredentialsInvalidError):
            tokens.verify_known(forged({}, GOOD | {"iss": issuer}), now=NOW)
        with pytest.raises(CredentialsInvalidError):
            await tokens.verify(forged({}, GOOD | {"iss": issuer}), now=NOW)


async def test_our_tokens_are_recognised_without_waiting() -> None:
    tokens = Tokens(own(), OutsideIssuers([], known=lambda raw: raw))
    token = own().issue_client_token("client_1", ["decide"], now=NOW).encode()
    assert tokens.verify_known(token, now=NOW) == await tokens.verify(token, now=NOW)


def test_a_seed_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError):
        own(os.urandom(31))


ORIGIN = "https://shop.example"


def test_a_banner_token_names_one_person_and_one_origin_and_may_read_and_answer() -> None:
    token, life = own(device_lifetime_seconds=600).issue_banner_token(SUBJECT, ORIGIN, 900, now=NOW)
    principal = own().verify(token.encode(), now=NOW)
    assert (principal.kind, principal.subject, principal.origin) == ("person", bytes.fromhex(SUBJECT), ORIGIN)
    assert principal.scopes == {PROMPTS}
    assert not principal.confirms_ids
    assert (life, principal.expires_at) == (600, NOW + 600)
    with pytest.raises(CredentialsInvalidError):
        own().verify(token.encode(), now=NOW + 600)
    with pytest.raises(ValueError, match="SubjectRef"):
        own().issue_banner_token("ab", ORIGIN, 60, now=NOW)


def test_people_have_rates_of_their_own_and_other_callers_one_each() -> None:
    banners = [own().issue_banner_token(each * 16, ORIGIN, 60, now=NOW)[0] for each in ("ab", "cd")]
    buckets = {own().verify(token.encode(), now=NOW).bucket for token in banners}
    assert len(buckets) == 2
    devices = [
        own().issue_device_token(each * 16, 60, opens_linked=True, now=NOW)[0] for each in ("ab", "cd")
    ]
    assert {own().verify(token.encode(), now=NOW).bucket for token in devices} == {"device"}


@pytest.mark.parametrize("claims", [{"sub": SUBJECT}, {"origin": ORIGIN}, {"sub": SUBJECT, "origin": ""}])
def test_a_banner_token_without_its_person_or_its_origin_is_none(claims: dict[str, Any]) -> None:
    whole = {"iss": ISSUER, "aud": ISSUER, "iat": NOW, "exp": NOW + 60}
    own().verify(forged({"typ": "banner+jwt"}, {**whole, "sub": SUBJECT, "origin": ORIGIN}), now=NOW)
    with pytest.raises(CredentialsInvalidError):
        own().verify(forged({"typ": "banner+jwt"}, {**whole, **claims}), now=NOW)
