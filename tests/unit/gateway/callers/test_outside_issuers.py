"""Tokens of outside issuers: whose keys, for what, how fresh, and how often they are fetched."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.callers.outside_issuers import MAX_KEY_SET_BYTES, KeySetError, OutsideIssuers, parse_key_set
from gateway.callers.signed_tokens import REGISTRIES
from gateway.errors import CredentialsInvalidError, UnavailableError
from gateway.settings.groups import IssuerSettings
from privacy import Pseudonymiser

NOW = 1_800_000_000
URL = "https://idp.example/keys"
PSEUDONYMS = Pseudonymiser(bytes(32))
KEYS = {
    "EdDSA": OKPKey.generate_key("Ed25519"),
    "ES256": ECKey.generate_key("P-256"),
    "RS256": RSAKey.generate_key(2048),
}
CLAIMS = {
    "iss": "https://idp.example",
    "aud": ["x", "volens"],
    "sub": "s-1",
    "scope": "decide admin",
    "exp": NOW + 3600,
}


def published(*names: str) -> bytes:
    listed = [{**KEYS[name].as_dict(private=False), "kid": name} for name in names or KEYS]
    return json.dumps({"keys": listed}).encode()


def signed(
    algorithm: str = "EdDSA", key: str | None = None, kid: str | None = "same", **changes: Any
) -> bytes:
    header = {"alg": algorithm} | ({} if kid is None else {"kid": algorithm if kid == "same" else kid})
    payload = json.dumps(CLAIMS | changes).encode()
    return jws.serialize_compact(
        header, payload, KEYS[key or algorithm], registry=REGISTRIES[algorithm]
    ).encode()


def number(value: int) -> str:
    return urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def settings(**changes: Any) -> IssuerSettings:
    plain = {
        "id": "idp",
        "issuer": "https://idp.example",
        "audience": "volens",
        "jwks_url": URL,
        "scopes": ["decide", "rights"],
    }
    return IssuerSettings.model_validate({**plain, **changes})


class Publisher:
    """The issuer's web server."""

    def __init__(self, *names: str) -> None:
        self.content = published(*names)
        self.status = 200
        self.headers: dict[str, str] = {}
        self.fails = False
        self.asked = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        assert "authorization" not in request.headers
        if self.fails:
            raise httpx.ConnectError("down")
        return httpx.Response(self.status, content=self.content, headers=self.headers)


def issuers(publisher: Publisher, **changes: Any) -> OutsideIssuers:
    return OutsideIssuers(
        [settings(**changes)], known=PSEUDONYMS.known, transport=httpx.MockTransport(publisher)
    )


@pytest.mark.parametrize("algorithm", KEYS)
async def test_every_accepted_algorithm_is_verified_and_scopes_are_capped(algorithm: str) -> None:
    outside = issuers(Publisher())
    assert outside.verify_known(signed(algorithm), now=NOW) is None
    principal = await outside.verify(signed(algorithm), now=NOW)
    assert (principal.source_id, principal.kind, principal.subject) == ("issuer:idp", "token", None)
    assert principal.scopes == {"decide"}
    assert outside.verify_known(signed(algorithm), now=NOW) == principal


async def test_a_person_of_an_outside_issuer_speaks_for_that_person_only() -> None:
    principal = await issuers(Publisher(), binds="person").verify(signed(), now=NOW)
    assert principal.kind == "person"
    assert principal.subject == PSEUDONYMS.known("s-1")
    assert not principal.confirms_ids
    assert "s-1" not in repr(principal.source_id)


async def test_claims_have_the_names_that_the_settings_give() -> None:
    outside = issuers(Publisher(), binds="person", subject_claim="email_hash", scopes_claim="roles")
    principal = await outside.verify(signed(email_hash="h", roles=["rights", 7, "nothing"]), now=NOW)
    assert principal.subject == PSEUDONYMS.known("h")
    assert principal.scopes == {"rights"}
    with pytest.raises(CredentialsInvalidError):
        await outside.verify(signed(), now=NOW)


@pytest.mark.parametrize(
    "changes",
    [{"aud": "x"}, {"aud": None}, {"exp": NOW}, {"exp": None}, {"nbf": NOW + 60}, {"sub": ""}, {"sub": 7}, {"sub": None},
     {"iss": "https://other.example"}, {"iss": None}],
)  # fmt: skip
async def test_one_wrong_claim_is_enough(changes: dict[str, Any]) -> None:
    with pytest.raises(CredentialsInvalidError):
        await issuers(Publisher()).verify(signed(**changes), now=NOW)


async def test_a_scope_claim_of_another_kind_gives_none() -> None:
    assert (await issuers(Publisher()).verify(signed(scope={"decide": 1}), now=NOW)).scopes == set()


async def test_an_algorithm_that_is_not_allowed_or_not_the_keys_is_refused() -> None:
    narrow = issuers(Publisher(), algorithms=["ES256"])
    with pytest.raises(CredentialsInvalidError):
        await narrow.verify(signed("EdDSA"), now=NOW)
    with pytest.raises(CredentialsInvalidError):
        await issuers(Publisher()).verify(signed("EdDSA", kid="ES256"), now=NOW)


async def test_the_claims_of_one_key_cannot_be_signed_by_another() -> None:
    KEYS["other"] = OKPKey.generate_key("Ed25519")
    try:
        with pytest.raises(CredentialsInvalidError):
            await issuers(Publisher("EdDSA")).verify(signed(key="other"), now=NOW)
    finally:
        del KEYS["other"]


async def test_keys_are_fetched_once_while_they_are_fresh() -> None:
    publisher = Publisher()
    outside = issuers(publisher, cache_seconds=600)
    for now in (NOW, NOW + 100, NOW + 599):
        await outside.verify(signed(), now=now)
    assert publisher.asked == 1
    assert outside.verify_known(signed(), now=NOW + 600) is None
    await outside.verify(signed(), now=NOW + 600)
    assert publisher.asked == 2


async def test_a_remembered_token_never_outlives_the_keys_it_was_verified_with() -> None:
    assert (await issuers(Publisher(), cache_seconds=60).verify(signed(), now=NOW)).expires_at == NOW + 60


async def test_unknown_key_ids_cannot_make_us_hammer_the_issuer() -> None:
    publisher = Publisher("EdDSA")
    outside = issuers(publisher, min_refetch_seconds=30)
    await outside.verify(signed(), now=NOW)
    for second in range(30):
        with pytest.raises(CredentialsInvalidError):
            await outside.verify(signed(kid=f"unknown-{second}"), now=NOW + second)
    assert publisher.asked == 1
    with pytest.raises(CredentialsInvalidError):
        await outside.verify(signed(kid="unknown"), now=NOW + 30)
    assert publisher.asked == 2


async def test_a_new_key_is_found_and_a_removed_one_is_gone() -> None:
    publisher = Publisher("EdDSA")
    outside = issuers(publisher)
    await outside.verify(signed("EdDSA"), now=NOW)
    publisher.content = published("ES256")
    await outside.verify(signed("ES256"), now=NOW + 31)
    with pytest.raises(CredentialsInvalidError):
        await outside.verify(signed("EdDSA"), now=NOW + 32)


async def test_old_keys_are_not_trusted_when_the_issuer_cannot_be_reached() -> None:
    publisher = Publisher()
    outside = issuers(publisher, cache_seconds=60, min_refetch_seconds=10)
    await outside.verify(signed(), now=NOW)
    publisher.fails = True
    with pytest.raises(UnavailableError):
        await outside.verify(signed(), now=NOW + 60)
    with pytest.raises(UnavailableError):
        await outside.verify(signed(), now=NOW + 61)
    assert publisher.asked == 2
    publisher.fails = False
    await outside.verify(signed(), now=NOW + 70)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"keys": 7}', b"\xff", b"[" * 100_000, b"x" * (MAX_KEY_SET_BYTES + 1)]
)
async def test_what_is_no_key_set_is_not_used(content: bytes) -> None:
    publisher = Publisher()
    publisher.content = content
    with pytest.raises(UnavailableError):
        await issuers(publisher).verify(signed(), now=NOW)


async def test_redirects_are_not_followed_and_errors_are_no_keys() -> None:
    publisher = Publisher()
    publisher.status, publisher.headers = 302, {"location": "https://evil.example/keys"}
    with pytest.raises(UnavailableError):
        await issuers(publisher).verify(signed(), now=NOW)
    assert publisher.asked == 1


async def test_keys_may_stand_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    outside = OutsideIssuers([settings(jwks_url=None, jwks_file=path)], known=PSEUDONYMS.known)
    with pytest.raises(UnavailableError):
        await outside.verify(signed(), now=NOW)
    path.write_bytes(published())
    assert (await outside.verify(signed(), now=NOW + 30)).source_id == "issuer:idp"


async def test_a_single_key_without_an_id_serves_tokens_without_one() -> None:
    publisher = Publisher()
    publisher.content = json.dumps({"keys": [KEYS["EdDSA"].as_dict(private=False)]}).encode()
    assert (await issuers(publisher).verify(signed(kid=None), now=NOW)).scopes == {"decide"}


async def test_a_key_id_that_is_no_text_is_refused() -> None:
    outside = issuers(Publisher())
    await outside.verify(signed(), now=NOW)
    header = {"alg": "EdDSA", "kid": "x"}
    token = jws.serialize_compact(
        header, json.dumps(CLAIMS).encode(), KEYS["EdDSA"], registry=REGISTRIES["EdDSA"]
    )
    odd = token.encode().split(b".")
    odd[0] = b"eyJhbGciOiJFZERTQSIsImtpZCI6WyJ4Il19"  # {"alg":"EdDSA","kid":["x"]}
    with pytest.raises(CredentialsInvalidError):
        await outside.verify(b".".join(odd), now=NOW)


def test_keys_we_do_not_accept_are_passed_over() -> None:
    weak = rsa.generate_private_key(65_537, 1024).public_key().public_numbers()
    listed = [
        {"kty": "oct", "k": "c2VjcmV0", "kid": "oct"},
        {**OKPKey.generate_key("X25519").as_dict(private=False), "kid": "x25519"},
        {**ECKey.generate_key("P-384").as_dict(private=False), "kid": "p384"},
        {"kty": "RSA", "n": number(weak.n), "e": number(weak.e), "kid": "weak"},
        {**KEYS["RS256"].as_dict(private=False), "kid": "encryption", "use": "enc"},
        {**KEYS["RS256"].as_dict(private=False), "kid": "other-algorithm", "alg": "PS256"},
        {"kty": "OKP", "crv": "Ed25519", "x": "AA", "kid": "short"},
        {"kty": "EC", "crv": "P-256", "kid": "half"},
        "text",
        {**KEYS["EdDSA"].as_dict(private=False), "kid": "good", "alg": "EdDSA", "use": "sig"},
    ]
    assert set(parse_key_set(json.dumps({"keys": listed}).encode())) == {"good"}
    with pytest.raises(KeySetError):
        parse_key_set(json.dumps({"keys": [{}] * 101}).encode())
