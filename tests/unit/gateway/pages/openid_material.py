"""A provider that is not there: its key, its answers, and tokens it might have signed."""

from __future__ import annotations

from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

from gateway.callers.signed_tokens import REGISTRIES
from gateway.pages.oidc_provider import Provider
from gateway.settings.portal import PortalSettings

ISSUER, US, NONCE, NOW = "https://id.example", "volens", "n" * 43, 1_800_000_000
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})
CLAIMS = {"iss": ISSUER, "aud": US, "sub": "ada", "exp": NOW + 60, "iat": NOW, "nonce": NONCE}


def signed(claims: dict[str, Any], key: Any = KEY, algorithm: str = "RS256") -> bytes:
    header = {"alg": algorithm, "kid": "one"}
    return jwt.encode(header, claims, key, registry=REGISTRIES[algorithm]).encode()


SETTINGS = PortalSettings(oidc_issuer=ISSUER, oidc_client_id=US, oidc_client_secret_file="secret")


def provider(answers: dict[str, Any]) -> Provider:
    def answer(request: httpx.Request) -> httpx.Response:
        found = answers[request.url.path]
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return Provider(SETTINGS, "s", httpx.MockTransport(answer))


DESCRIBED = {
    "issuer": ISSUER,
    "authorization_endpoint": ISSUER + "/auth",
    "token_endpoint": ISSUER + "/token",
    "jwks_uri": ISSUER + "/jwks",
}
PATH = "/.well-known/openid-configuration"
