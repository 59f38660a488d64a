"""The tokens that this gateway issues and accepts.

- Ours are EdDSA JWTs: a *client token* carries a client's scopes for an hour at most, a *device token* may only ask for
  decisions about the one person it names, by pseudonym, read why they were so and say what that person wishes of them, and a
  *banner token* may read and answer the prompts of the one person it names, from pages of the one origin it names.
- A *hand-over token* lets one person into the portal, once, from a page of one origin, within a minute.
- The kinds cannot be taken for one another: the type stands in the signed header.
- A client that is no longer in `credentials.json` loses its tokens at once.
- Tokens of outside issuers are left to `gateway.callers.outside_issuers`.

Source: RFC 7519, RFC 7517 (key set), RFC 7638 (key id), RFC 9068 (client tokens).
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt
from joserfc.jwk import OKPKey
from nacl.signing import SigningKey as Ed25519Seed

from gateway.callers.outside_issuers import OutsideIssuers
from gateway.callers.principals import PROMPTS, Principal
from gateway.callers.signed_tokens import REGISTRIES, check_claims, peek, text_claim, verify_signature
from gateway.errors import CredentialsInvalidError
from gateway.settings.scopes import SCOPES
from privacy import SUBJECT_REF_BYTES, SubjectRef

ALGORITHM = "EdDSA"
CLIENT_TYPE = "at+jwt"
DEVICE_TYPE = "device+jwt"
HANDOVER_TYPE = "handover+jwt"
HANDOVER_SECONDS = 60
"""Life of a hand-over token."""
BANNER_TYPE = "banner+jwt"
DEVICE_SOURCE = "device"
"""The source of everything that comes with a device token."""
BANNER_SOURCE = "banner"
"""The source of everything that comes with a banner token."""

_LINKED = "linked"
"""A device token's own claim. One without it opens nothing of the person whom its browser is linked to."""
_TOKEN_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class Handover:
    """What a hand-over token says."""

    subject: SubjectRef
    """Who is handed over."""
    origin: str
    """From a page of which web origin."""
    token_id: str
    """The token's `jti` claim."""
    expires_at: int
    """When it ends (unix seconds)."""


class OwnTokens:
    """Issues our tokens, and recognises them."""

    def __init__(
        self,
        seed: bytes,
        *,
        issuer: str,
        client_ids: Collection[str],
        lifetime_seconds: int = 3600,
        device_lifetime_seconds: int = 3600,
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Sign with an Ed25519 seed.

        Args:
            seed: 32 bytes of `token.key`.
            issuer: the `iss` and `aud` of our tokens.
            client_ids: the clients there are.
            lifetime_seconds: life of a client token.
            device_lifetime_seconds: life of a device token, at most.
            entropy: random bytes by length, for token ids.
        """
        public = bytes(Ed25519Seed(seed).verify_key)
        # A dictionary, because joserfc reads Ed25519 keys in no rawer form.
        self._key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": _text(seed), "x": _text(public)})
        self._key_id = self._key.thumbprint()
        self.issuer = issuer
        """The `iss` and `aud` of our tokens."""
        self.lifetime_seconds = lifetime_seconds
        """Life of a client token."""
        self._device_lifetime = device_lifetime_seconds
        self._clients = frozenset(client_ids)
        self._entropy = entropy
        self._boot = _text(entropy(_TOKEN_ID_BYTES))

    def issue_client_token(self, client_id: str, scopes: Collection[str], *, now: int) -> str:
        """A token for a client.

        Args:
            client_id: the client, already authenticated.
            scopes: what it may call.
            now: unix seconds.
        """
        listed = " ".join(scope for scope in SCOPES if scope in scopes)
        claims = {"sub": client_id, "client_id": client_id, "scope": listed}
        return self._sign(CLIENT_TYPE, claims, now, self.lifetime_seconds)

    def issue_device_token(
        self, subject: str, ttl_seconds: int, *, opens_linked: bool, now: int
    ) -> tuple[str, int]:
        """A token for a browser or device of one person, known or anonymous: for decisions, why and proof of them, and wishes.

        An app makes it, so it lifts nothing that the person set themselves.

        Args:
            subject: the person's `SubjectRef` in hexadecimal.
            ttl_seconds: the life asked for; a longer one than configured is shortened.
            opens_linked: whether why, proof and wishes reach the known person whom the browser is linked to, now or later: if
                whoever has it made may do that without a token.
            now: unix seconds.

        Returns:
            The token and its life in seconds.
        """
        if len(bytes.fromhex(subject)) != SUBJECT_REF_BYTES:
            raise ValueError("not a SubjectRef")
        life = max(1, min(ttl_seconds, self._device_lifetime))
        claims = {"sub": subject, "scope": "decide", **({_LINKED: True} if opens_linked else {})}
        return self._sign(DEVICE_TYPE, claims, now, life), life

    def issue_handover_token(self, subject: str, origin: str, *, now: int) -> str:
        """A token with which an app hands a person over to the portal, once, from a page of this origin.

        Args:
            subject: the person's `SubjectRef` in hexadecimal.
            origin: the web origin whose page sends it.
            now: unix seconds.
        """
        claims = {"sub": subject, "aud": self.portal_audience, "origin": origin, "boot": self._boot}
        return self._sign(HANDOVER_TYPE, claims, now, HANDOVER_SECONDS)

    def verify_handover(self, token: bytes, *, now: int) -> Handover:
        """What a hand-over token says. One of an earlier life of this process says nothing: nobody knows whether it was used.

        Raises:
            CredentialsInvalidError: it does not hold.
        """
        header, _ = peek(token)
        claims = verify_signature(token, self._key, ALGORITHM)
        expires_at = check_claims(claims, issuer=self.issuer, audience=self.portal_audience, now=now)
        if header.get("typ") != HANDOVER_TYPE or claims.get("boot") != self._boot:
            raise CredentialsInvalidError
        return Handover(_subject(claims), text_claim(claims, "origin"), text_claim(claims, "jti"), expires_at)

    @property
    def portal_audience(self) -> str:
        """The `aud` of hand-over tokens."""
        return f"{self.issuer}/portal"

    def issue_banner_token(self, subject: str, origin: str, ttl_seconds: int, *, now: int) -> tuple[str, int]:
        """A token with which one person answers what they may be asked, from pages of one origin.

        Args:
            subject: the person's `SubjectRef` in hexadecimal.
            origin: the pages' origin, as browsers send it.
            ttl_seconds: the life asked for; a longer one than a device token may have is shortened.
            now: unix seconds.

        Returns:
            The token and its life in seconds.
        """
        if len(bytes.fromhex(subject)) != SUBJECT_REF_BYTES:
            raise ValueError("not a SubjectRef")
        life = max(1, min(ttl_seconds, self._device_lifetime))
        return self._sign(BANNER_TYPE, {"sub": subject, "origin": origin}, now, life), life

    def key_set(self) -> bytes:
        """Our public key as a JWKS document."""
        public = self._key.as_dict(private=False)
        named = {"kty": public["kty"], "crv": public["crv"], "x": public["x"]}
        return json.dumps({"keys": [{**named, "kid": self._key_id, "use": "sig", "alg": ALGORITHM}]}).encode()

    def verify(self, token: bytes, *, now: int) -> Principal:
        """The caller that a token of ours stands for.

        Raises:
            CredentialsInvalidError: it does not hold.
        """
        header, _ = peek(token)
        claims = verify_signature(token, self._key, ALGORITHM)
        expires_at = check_claims(claims, issuer=self.issuer, audience=self.issuer, now=now)
        if header.get("typ") == CLIENT_TYPE:
            return self._client(claims, expires_at)
        if header.get("typ") == DEVICE_TYPE:
            return _device(claims, expires_at)
        if header.get("typ") == BANNER_TYPE:
            return _banner(claims, expires_at)
        raise CredentialsInvalidError

    def _client(self, claims: dict[str, Any], expires_at: int) -> Principal:
        client = text_claim(claims, "client_id")
        if client not in self._clients:
            raise CredentialsInvalidError
        scopes = frozenset(SCOPES) & set(str(claims.get("scope", "")).split())
        return Principal(f"client:{client}", "token", scopes, None, expires_at)

    def _sign(self, kind: str, claims: Mapping[str, Any], now: int, life: int) -> str:
        header = {"alg": ALGORITHM, "kid": self._key_id, "typ": kind}
        common = {"iss": self.issuer, "aud": self.issuer, "iat": now, "exp": now + life}
        token_id = _text(self._entropy(_TOKEN_ID_BYTES))
        return jwt.encode(
            header, {**common, "jti": token_id, **claims}, self._key, registry=REGISTRIES[ALGORITHM]
        )


class Tokens:
    """Every token that is accepted: ours, and those of outside issuers. A `gateway.callers.principals.TokenVerifier`."""

    def __init__(self, own: OwnTokens, outside: OutsideIssuers) -> None:
        """Leave each token to whom its issuer claim names; whether that is true, the signature tells."""
        self._own = own
        self._outside = outside

    def verify_known(self, token: bytes, *, now: int) -> Principal | None:
        """Judge a token with the keys at hand; None if its issuer's keys must be fetched first.

        Raises:
            CredentialsInvalidError: it does not hold.
        """
        if peek(token)[1].get("iss") == self._own.issuer:
            return self._own.verify(token, now=now)
        return self._outside.verify_known(token, now=now)

    async def verify(self, token: bytes, *, now: int) -> Principal:
        """Judge a token, fetching its issuer's keys if need be.

        Raises:
            CredentialsInvalidError: it does not hold.
            UnavailableError: its issuer's keys cannot be had now.
        """
        if peek(token)[1].get("iss") == self._own.issuer:
            return self._own.verify(token, now=now)
        return await self._outside.verify(token, now=now)


def _device(claims: dict[str, Any], expires_at: int) -> Principal:
    return Principal(
        DEVICE_SOURCE,
        "person",
        frozenset({"decide"}),
        _subject(claims),
        expires_at,
        opens_linked=claims.get(_LINKED) is True,
    )


def _banner(claims: dict[str, Any], expires_at: int) -> Principal:
    origin = text_claim(claims, "origin")
    return Principal(BANNER_SOURCE, "person", frozenset({PROMPTS}), _subject(claims), expires_at, origin)


def _subject(claims: dict[str, Any]) -> SubjectRef:
    try:
        subject = bytes.fromhex(text_claim(claims, "sub"))
    except ValueError:
        raise CredentialsInvalidError from None
    if len(subject) != SUBJECT_REF_BYTES:
        raise CredentialsInvalidError
    return SubjectRef(subject)


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
