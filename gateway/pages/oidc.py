"""Signing in by OpenID Connect, as values: what is asked of the provider, and whether its answer holds.

- The authorisation code flow with PKCE (S256), `state` and `nonce`, all fresh for each attempt and used up by the first answer.
- An attempt is tied to the browser that began it by a cookie of its own, so nobody can let somebody else finish theirs.
- The ID token must be signed by a key of the provider, for us, for this attempt; Authlib checks what is left of the standard.

Must not know: the network.

Source: OpenID Connect Core 1.0 sections 3.1.2.1, 3.1.3.7; RFC 7636; RFC 9207 (`iss` in the answer); RFC 9700.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749.parameters import prepare_grant_uri  # type: ignore[import-untyped]
from authlib.oauth2.rfc7636 import create_s256_code_challenge  # type: ignore[import-untyped]
from authlib.oidc.core import CodeIDToken  # type: ignore[import-untyped]
from joserfc.errors import JoseError

from gateway.callers.signed_tokens import (
    LEEWAY_SECONDS,
    SigningKey,
    check_claims,
    peek,
    text_claim,
    verify_signature,
)
from gateway.errors import CredentialsInvalidError
from gateway.pages.tickets import Tickets, fresh_name

ATTEMPT_SECONDS = 600
"""So long somebody may take at the provider."""

_MAX_ATTEMPTS = 10_000

Keys = Mapping[str | None, tuple[str, SigningKey]]
"""The provider's keys by key id, each with its one algorithm."""


@dataclass(frozen=True, slots=True, repr=False)
class Attempt:
    """A sign-in under way."""

    state: str
    """Comes back with the answer."""
    nonce: str
    """Comes back in the ID token."""
    verifier: str
    """Shows the provider that whoever asks for the token began the attempt."""
    redirect_uri: str
    """Where the answer goes."""


@dataclass(frozen=True, slots=True, repr=False)
class SignedIn:
    """What a token that holds says of whoever signed in."""

    subject: str
    """The configured claim."""
    acr: str | None
    """How well they were authenticated, by the provider's own word."""
    amr: frozenset[str]
    """By which means (RFC 8176)."""


class Attempts:
    """The sign-ins under way. Lives on the event loop."""

    def __init__(self, entropy: Callable[[int], bytes]) -> None:
        """Make them from random bytes by length."""
        self._entropy = entropy
        self._under_way = Tickets[Attempt](room=_MAX_ATTEMPTS, seconds=ATTEMPT_SECONDS, entropy=entropy)

    def begin(self, redirect_uri: str, *, now: int) -> tuple[str, Attempt]:
        """A new attempt, and the name that its browser keeps in a cookie."""
        state, nonce, verifier = (fresh_name(self._entropy) for _ in range(3))
        attempt = Attempt(state, nonce, verifier, redirect_uri)
        return self._under_way.keep(attempt, now=now), attempt

    def take(self, name: str | None, state: str, *, now: int) -> Attempt | None:
        """Use up the attempt of that name; None if there is none, it took too long, or the answer is to another one."""
        attempt = self._under_way.take(name, now=now)
        if attempt is None:
            return None
        same = hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "surrogatepass"))
        return attempt if same else None


def authorisation_url(
    endpoint: str, client_id: str, scope: str, attempt: Attempt, acr_values: Iterable[str] = ()
) -> str:
    """Where the browser goes to sign in; `acr_values` are asked for."""
    wanted = {"acr_values": " ".join(sorted(acr_values))}
    url: str = prepare_grant_uri(
        endpoint,
        client_id,
        "code",
        redirect_uri=attempt.redirect_uri,
        scope=scope,
        state=attempt.state,
        nonce=attempt.nonce,
        code_challenge=create_s256_code_challenge(attempt.verifier),
        code_challenge_method="S256",
        **{name: value for name, value in wanted.items() if value},
    )
    return url


def key_of(token: bytes, keys: Keys) -> tuple[str, SigningKey] | None:
    """The provider's key that a token says it was signed with; the only one there is, if it does not say.

    Raises:
        CredentialsInvalidError: it is not a token.
    """
    key_id = peek(token)[0].get("kid")
    if key_id is None and len(keys) == 1:
        return next(iter(keys.values()))
    return keys.get(key_id) if isinstance(key_id, str) else None


def judge_id_token(  # noqa: PLR0913  # everything that the token is bound to
    token: bytes,
    key: tuple[str, SigningKey],
    *,
    issuer: str,
    client_id: str,
    nonce: str,
    claim: str,
    now: int,
) -> SignedIn:
    """Who it is, by the configured claim, and how they were authenticated.

    Args:
        token: compact serialisation.
        key: the provider's, with its algorithm.
        issuer: the provider.
        client_id: us.
        nonce: of the attempt.
        claim: which claim holds the id.
        now: unix seconds.

    Raises:
        CredentialsInvalidError: the token does not hold, or names nobody.
    """
    algorithm, public = key
    header, _ = peek(token)
    if header.get("alg") != algorithm:
        raise CredentialsInvalidError
    claims: dict[str, Any] = verify_signature(token, public, algorithm)
    check_claims(claims, issuer=issuer, audience=client_id, now=now)
    rest = CodeIDToken(claims, header, params={"nonce": nonce, "client_id": client_id})
    try:
        rest.validate(now=now, leeway=LEEWAY_SECONDS)
    except (JoseError, ValueError, TypeError):
        raise CredentialsInvalidError from None
    acr, amr = claims.get("acr"), claims.get("amr")
    return SignedIn(
        text_claim(claims, claim),
        acr if isinstance(acr, str) else None,
        frozenset(each for each in amr if isinstance(each, str)) if isinstance(amr, list) else frozenset(),
    )
