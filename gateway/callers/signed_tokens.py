"""Signed tokens (JWT): what is true of every token, whoever issued it.

- A signature algorithm is accepted only if the key was meant for it; `none` and the symmetric ones do not exist here.
- A token without an expiry is not a token. Expiry has no leeway; a start in the future has `LEEWAY_SECONDS`.
- Nothing that is wrong with a token is told to its bearer.

Source: RFC 7515, RFC 7519, RFC 8037, RFC 8725 (best current practices).
"""

from __future__ import annotations

import json
import math
from base64 import urlsafe_b64decode
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from gateway.errors import CredentialsInvalidError

LEEWAY_SECONDS = 30
"""How far another's clock may be ahead of ours."""

MAX_TOKEN_BYTES = 8192
"""A longer token is not looked at."""

SigningKey = OKPKey | ECKey | RSAKey
"""The kinds of key a token may be signed with."""


class AllowedAlgorithms(JWSRegistry):
    """The registry of exactly one algorithm.

    joserfc warns of the name `EdDSA` (RFC 9864 prefers `Ed25519`), which every issuer of today writes; our allow-list
    is the decision, so the name is looked up without the warning.
    """

    def __init__(self, algorithm: str) -> None:
        """Allow `algorithm` only; header members that are not understood are ignored, as RFC 7515 says."""
        super().__init__(algorithms=[algorithm], strict_check_header=False)

    def get_alg(self, name: str) -> Any:
        """The allowed algorithm of that name.

        Raises:
            CredentialsInvalidError: it is another.
        """
        if self.allowed is None or name not in self.allowed:
            raise CredentialsInvalidError
        return self.algorithms[name]


REGISTRIES = {name: AllowedAlgorithms(name) for name in ("EdDSA", "ES256", "RS256")}
"""Every algorithm that can be accepted."""


def peek(token: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """The header and the claims of a token that nobody has verified yet: good only for finding its issuer's key.

    Raises:
        CredentialsInvalidError: it is not a token.
    """
    parts = token.split(b".")
    if len(parts) != 3 or len(token) > MAX_TOKEN_BYTES:
        raise CredentialsInvalidError
    try:
        header, claims = (json.loads(_decode(part)) for part in parts[:2])
    except (ValueError, RecursionError):
        raise CredentialsInvalidError from None
    if not isinstance(header, dict) or not isinstance(claims, dict):
        raise CredentialsInvalidError
    return header, claims


def verify_signature(token: bytes, key: SigningKey, algorithm: str) -> dict[str, Any]:
    """The claims of a token whose signature holds.

    Args:
        token: compact serialisation.
        key: the issuer's public key.
        algorithm: the one algorithm that this key is for.

    Raises:
        CredentialsInvalidError: it does not.
    """
    try:
        signed = jws.deserialize_compact(token, key, registry=REGISTRIES[algorithm])
        claims = json.loads(signed.payload or b"")
    except (JoseError, ValueError, TypeError, RecursionError):
        raise CredentialsInvalidError from None
    if not isinstance(claims, dict):
        raise CredentialsInvalidError
    return claims


def check_claims(claims: dict[str, Any], *, issuer: str, audience: str, now: int) -> int:
    """Check who issued a token, for whom, and when.

    Returns:
        Its expiry (unix seconds).

    Raises:
        CredentialsInvalidError: one of them is wrong.
    """
    audiences = claims.get("aud")
    if claims.get("iss") != issuer:
        raise CredentialsInvalidError
    if audiences != audience and not (isinstance(audiences, list) and audience in audiences):
        raise CredentialsInvalidError
    expires_at = _seconds(claims.get("exp"))
    if now >= expires_at:
        raise CredentialsInvalidError
    for name in ("nbf", "iat"):
        if name in claims and _seconds(claims[name]) > now + LEEWAY_SECONDS:
            raise CredentialsInvalidError
    return expires_at


def text_claim(claims: dict[str, Any], name: str) -> str:
    """A claim that must be a text.

    Raises:
        CredentialsInvalidError: it is missing, empty or something else.
    """
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise CredentialsInvalidError
    return value


def _seconds(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise CredentialsInvalidError
    return int(value)


def _decode(part: bytes) -> bytes:
    return urlsafe_b64decode(part + b"=" * (-len(part) % 4))
