"""The OpenID Connect provider, over the network: what it publishes about itself, its keys, and a token for a code.

- What it publishes must name the configured issuer; its addresses must be https (or of this machine).
- Every answer is bounded in time and size; redirects are not followed; no answer is shown to anybody.
- Keys are fetched anew for a token that names an unknown one, no more often than every `_MIN_REFETCH_SECONDS`.

Source: OpenID Connect Discovery 1.0 section 4; RFC 6749 sections 2.3.1, 4.1.3.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import httpx
from pydantic_core import PydanticCustomError

from gateway.callers.outside_issuers import KeySetError, parse_key_set
from gateway.errors import CredentialsInvalidError, UnavailableError
from gateway.pages.oidc import Attempt, Keys, SignedIn, authorisation_url, judge_id_token, key_of
from gateway.settings.oidc import OidcSettings
from gateway.settings.values import check_url

_MAX_BYTES = 262_144
_CACHE_SECONDS = 600
_MIN_REFETCH_SECONDS = 30
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


class Provider:
    """The configured provider. Lives on the event loop."""

    def __init__(
        self,
        settings: OidcSettings,
        client_secret: str,
        transport: httpx.AsyncBaseTransport | None = None,
        *,
        acr_values: Iterable[str] = (),
    ) -> None:
        """Ask nothing yet; `transport` is for tests, None is the network. `acr_values` are asked for."""
        self._acr_values = tuple(acr_values)
        self._issuer = settings.oidc_issuer or ""
        self._client_id = settings.oidc_client_id or ""
        self._secret = client_secret
        self._scope = settings.oidc_scope
        self._claim = settings.oidc_subject_claim
        self._timeout = settings.oidc_timeout_seconds
        self._transport = transport
        self._endpoints: dict[str, str] = {}
        self._described_at = -_CACHE_SECONDS
        self._keys: Keys = {}
        self._keys_at = -_CACHE_SECONDS

    def is_issuer(self, name: str | None) -> bool:
        """Whether an answer that says whom it is from is from this provider; one that does not say may be."""
        return name is None or name == self._issuer

    async def authorisation_url(self, attempt: Attempt, *, now: int) -> str:
        """Where the browser goes to sign in.

        Raises:
            UnavailableError: the provider cannot be reached, or does not say.
        """
        endpoints = await self._describe(now)
        where = endpoints["authorization_endpoint"]
        return authorisation_url(where, self._client_id, self._scope, attempt, self._acr_values)

    async def sign_in(self, attempt: Attempt, code: str, *, now: int) -> SignedIn:
        """Whoever signed in.

        Args:
            attempt: the one that was answered.
            code: the answer's.
            now: unix seconds.

        Raises:
            CredentialsInvalidError: the provider does not take the code, or what it gives does not hold.
            UnavailableError: it cannot be reached.
        """
        endpoints = await self._describe(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        basic = httpx.BasicAuth(quote(self._client_id, safe=""), quote(self._secret, safe=""))
        answer = await self._ask("POST", endpoints["token_endpoint"], data=form, auth=basic)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise CredentialsInvalidError
        raw = token.encode("ascii", "replace")
        return judge_id_token(
            raw,
            await self._key(raw, now),
            issuer=self._issuer,
            client_id=self._client_id,
            nonce=attempt.nonce,
            claim=self._claim,
            now=now,
        )

    async def _describe(self, now: int) -> dict[str, str]:
        if 0 <= now - self._described_at < _CACHE_SECONDS:
            return self._endpoints
        found = await self._ask("GET", self._issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            if found["issuer"] != self._issuer:
                raise UnavailableError
            self._endpoints = {name: check_url(found[name]) for name in _ENDPOINTS}
        except (KeyError, TypeError, AttributeError, PydanticCustomError):
            raise UnavailableError from None
        self._described_at = now
        return self._endpoints

    async def _key(self, token: bytes, now: int) -> Any:
        fresh = 0 <= now - self._keys_at < _CACHE_SECONDS
        key = key_of(token, self._keys) if fresh else None
        if key is None and not 0 <= now - self._keys_at < _MIN_REFETCH_SECONDS:
            content = await self._fetch("GET", self._endpoints["jwks_uri"])
            try:
                self._keys, self._keys_at = parse_key_set(content), now
            except KeySetError:
                raise UnavailableError from None
            key = key_of(token, self._keys)
        if key is None:
            raise CredentialsInvalidError
        return key

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        try:
            found = json.loads(await self._fetch(method, url, **more))
        except (ValueError, RecursionError):
            raise UnavailableError from None
        if not isinstance(found, dict):
            raise UnavailableError
        return found

    async def _fetch(self, method: str, url: str, **more: Any) -> bytes:
        content = bytearray()
        try:
            async with (
                asyncio.timeout(self._timeout),
                httpx.AsyncClient(
                    transport=self._transport, follow_redirects=False, trust_env=False
                ) as client,
                client.stream(method, url, headers={"accept": "application/json"}, **more) as response,
            ):
                if 400 <= response.status_code < 500:
                    raise CredentialsInvalidError
                if response.status_code != httpx.codes.OK:
                    raise UnavailableError
                async for chunk in response.aiter_bytes():
                    content += chunk
                    if len(content) > _MAX_BYTES:
                        raise UnavailableError
        except (httpx.HTTPError, OSError, TimeoutError):
            raise UnavailableError from None
        return bytes(content)
