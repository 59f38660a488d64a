"""Tokens of outside issuers: verified with keys that the issuer publishes, in a file or at a URL.

- Only configured issuers, only the configured algorithms, and each key only for the algorithm it was published for.
- A token gets no scope that `volens.toml` does not grant its issuer.
- Fetching is bounded in time, size and frequency; redirects are not followed. A token that names an unknown key may ask
  for a new fetch, but no faster than `min_refetch_seconds`.
- Keys older than `cache_seconds` are fetched again before they are trusted again; if that fails, nobody is let in.

Source: RFC 7517, RFC 7518, RFC 8037.
"""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey

from gateway.callers.principals import NEVER, Principal
from gateway.callers.signed_tokens import SigningKey, check_claims, peek, text_claim, verify_signature
from gateway.errors import CredentialsInvalidError, UnavailableError
from gateway.settings.groups import IssuerSettings
from privacy import SubjectRef

MAX_KEY_SET_BYTES = 262_144
MAX_KEYS = 100
RSA_BITS = range(2048, 8193)

Fetch = Callable[[], Awaitable[bytes]]
"""Reads an issuer's key set. Raises OSError or httpx.HTTPError."""


class KeySetError(ValueError):
    """What an issuer published is not a key set; the keys we had stay until they are too old."""


class OutsideIssuers:
    """All outside issuers."""

    def __init__(
        self,
        issuers: Sequence[IssuerSettings],
        *,
        known: Callable[[str], SubjectRef],
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Prepare; nothing is fetched before the first token comes.

        Args:
            issuers: the configured ones.
            known: the pseudonym of a confirmed id.
            transport: for tests; None is the network.
        """
        self._issuers = {each.issuer: _Issuer(each, known, _fetch_of(each, transport)) for each in issuers}

    def verify_known(self, token: bytes, *, now: int) -> Principal | None:
        """Judge a token with the keys at hand; None if keys must be fetched first.

        Raises:
            CredentialsInvalidError: it does not hold.
        """
        header, issuer = self._find(token)
        key = issuer.key_at_hand(header.get("kid"), now)
        return None if key is None else issuer.judge(token, header, key, now)

    async def verify(self, token: bytes, *, now: int) -> Principal:
        """Judge a token, fetching keys if need be.

        Raises:
            CredentialsInvalidError: it does not hold.
            UnavailableError: its issuer's keys cannot be had now.
        """
        header, issuer = self._find(token)
        key = await issuer.key(header.get("kid"), now)
        return issuer.judge(token, header, key, now)

    def _find(self, token: bytes) -> tuple[dict[str, Any], _Issuer]:
        header, claims = peek(token)
        name = claims.get("iss")
        issuer = self._issuers.get(name) if isinstance(name, str) else None
        if issuer is None or header.get("alg") not in issuer.settings.algorithms:
            raise CredentialsInvalidError
        return header, issuer


class _Issuer:
    """One outside issuer and its keys."""

    def __init__(self, settings: IssuerSettings, known: Callable[[str], SubjectRef], fetch: Fetch) -> None:
        self.settings = settings
        self._known = known
        self._fetch = fetch
        self._keys: dict[str | None, tuple[str, SigningKey]] = {}
        self._fetched_at = -NEVER
        self._tried_at = -NEVER
        self._turn = asyncio.Lock()

    def key_at_hand(self, key_id: Any, now: int) -> tuple[str, SigningKey] | None:
        """The key, if it was fetched lately enough."""
        if not isinstance(key_id, str | None):
            raise CredentialsInvalidError
        return self._keys.get(key_id) if 0 <= now - self._fetched_at < self.settings.cache_seconds else None

    async def key(self, key_id: Any, now: int) -> tuple[str, SigningKey]:
        """The key, after fetching if that is needed and allowed."""
        async with self._turn:
            key = self.key_at_hand(key_id, now)
            if key is None and not 0 <= now - self._tried_at < self.settings.min_refetch_seconds:
                await self._refetch(now)
                key = self.key_at_hand(key_id, now)
        if key is not None:
            return key
        if 0 <= now - self._fetched_at < self.settings.cache_seconds:
            raise CredentialsInvalidError
        raise UnavailableError(wait_seconds=self.settings.min_refetch_seconds)

    def judge(self, token: bytes, header: dict[str, Any], key: tuple[str, SigningKey], now: int) -> Principal:
        """Verify with a key of this issuer."""
        algorithm, public = key
        if header.get("alg") != algorithm:
            raise CredentialsInvalidError
        claims = verify_signature(token, public, algorithm)
        settings = self.settings
        expires_at = check_claims(claims, issuer=settings.issuer, audience=settings.audience, now=now)
        name = text_claim(claims, settings.subject_claim)
        person = settings.binds == "person"
        return Principal(
            source_id=f"issuer:{settings.id}",
            kind="person" if person else "token",
            scopes=frozenset(settings.scopes) & _scopes(claims.get(settings.scopes_claim)),
            subject=self._known(name) if person else None,
            expires_at=min(expires_at, self._fetched_at + settings.cache_seconds),
        )

    async def _refetch(self, now: int) -> None:
        self._tried_at = now
        try:
            self._keys = parse_key_set(await self._fetch())
        except (OSError, httpx.HTTPError, KeySetError):
            return
        self._fetched_at = now


def parse_key_set(content: bytes) -> dict[str | None, tuple[str, SigningKey]]:
    """The usable keys of a JWKS document by key id, each with the one algorithm it is for; others are passed over.

    Raises:
        KeySetError: it is not a key set.
    """
    try:
        listed = json.loads(content)["keys"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise KeySetError("not a key set") from None
    if not isinstance(listed, list) or len(content) > MAX_KEY_SET_BYTES or len(listed) > MAX_KEYS:
        raise KeySetError("not a key set")
    found: dict[str | None, tuple[str, SigningKey]] = {}
    for entry in listed:
        key = _read_key(entry) if isinstance(entry, dict) else None
        if key is not None:
            key_id = entry.get("kid")
            found[key_id if isinstance(key_id, str) else None] = key
    return found


def _read_key(entry: dict[str, Any]) -> tuple[str, SigningKey] | None:
    """A public signature key and its algorithm; None for what we do not accept."""
    if entry.get("use", "sig") != "sig":
        return None
    found: tuple[str, SigningKey]
    try:
        match entry.get("kty"), entry.get("crv"):
            case "OKP", "Ed25519":
                found = "EdDSA", OKPKey.import_key(_only(entry, "kty", "crv", "x"))
            case "EC", "P-256":
                found = "ES256", ECKey.import_key(_only(entry, "kty", "crv", "x", "y"))
            case "RSA", None if _bits(entry["n"]) in RSA_BITS:
                found = "RS256", RSAKey.import_key(_only(entry, "kty", "n", "e"))
            case _:
                return None
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return found if entry.get("alg", found[0]) == found[0] else None


def _only(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: entry[name] for name in names}


def _bits(number: str) -> int:
    """The length of a base64url integer; looked at first, because joserfc warns of short keys as it reads them."""
    return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4)), "big").bit_length()


def _scopes(claim: Any) -> set[str]:
    if isinstance(claim, str):
        return set(claim.split())
    return {each for each in claim if isinstance(each, str)} if isinstance(claim, list) else set()


def _fetch_of(settings: IssuerSettings, transport: httpx.AsyncBaseTransport | None) -> Fetch:
    if settings.jwks_file is not None:
        return partial(_read_file, settings.jwks_file)
    return partial(_download, settings.jwks_url or "", settings.fetch_timeout_seconds, transport)


async def _read_file(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(MAX_KEY_SET_BYTES + 1)


async def _download(url: str, timeout_seconds: float, transport: httpx.AsyncBaseTransport | None) -> bytes:
    """The body, unless it is too long, too slow or not a plain 200."""
    content = bytearray()
    async with (
        asyncio.timeout(timeout_seconds),
        _client(timeout_seconds, transport) as client,
        client.stream("GET", url, headers={"accept": "application/json"}) as response,
    ):
        if response.status_code != httpx.codes.OK:
            raise KeySetError("no key set at this address")
        async for chunk in response.aiter_bytes():
            content += chunk
            if len(content) > MAX_KEY_SET_BYTES:
                raise KeySetError("the key set is too long")
    return bytes(content)


def _client(timeout_seconds: float, transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        timeout=timeout_seconds, transport=transport, follow_redirects=False, trust_env=False
    )
