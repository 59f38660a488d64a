"""HTTP Message Signatures (RFC 9421) with Ed25519, over a Content-Digest (RFC 9530).

Covered: `@method`, `@target-uri`, `content-type`, `content-digest`; parameters `created`, `expires`, `keyid`, `alg`,
`tag`. The body is covered through its digest, so a receiver must check both. The key id is the RFC 7638 thumbprint of
the public key.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence

from nacl.signing import SigningKey

LABEL = "volens"
"""The signature's label in the dictionary fields."""
TAG = "volens-signal-batch"
"""Says what the signature is for, so that it cannot be passed off as another (RFC 9421 2.3)."""
VALID_SECONDS = 300
"""How long after `created` a receiver should accept it."""


class RequestSigner:
    """Signs requests with one key."""

    __slots__ = ("_key", "key_id", "public_jwk")

    def __init__(self, seed: bytes) -> None:
        """Take a 32-byte Ed25519 seed."""
        self._key = SigningKey(seed)
        jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(self._key.verify_key.encode())}
        canonical = json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()
        self.key_id = _base64url(hashlib.sha256(canonical).digest())
        """RFC 7638 thumbprint of the public key."""
        self.public_jwk: dict[str, str] = {**jwk, "kid": self.key_id, "alg": "EdDSA", "use": "sig"}
        """The public key as a JWK (RFC 8037), for receivers."""

    def headers(self, url: str, content_type: str, body: bytes, created: int) -> dict[str, str]:
        """The header fields that sign a POST.

        Args:
            url: the full target URI, exactly as it will be requested.
            content_type: the value of that field.
            body: the content.
            created: when (unix seconds).
        """
        digest = content_digest(body)
        components = [
            ("@method", "POST"),
            ("@target-uri", url),
            ("content-type", content_type),
            ("content-digest", digest),
        ]
        expires = created + VALID_SECONDS
        parameters = f'created={created};expires={expires};keyid="{self.key_id}";alg="ed25519";tag="{TAG}"'
        described, signature = self.sign(components, parameters)
        return {
            "content-type": content_type,
            "content-digest": digest,
            "signature-input": f"{LABEL}={described}",
            "signature": f"{LABEL}=:{signature}:",
        }

    def sign(self, components: Sequence[tuple[str, str]], parameters: str) -> tuple[str, str]:
        """Sign (name, value) components (RFC 9421 2.5, 3.1).

        Returns:
            The value of `@signature-params`, and the signature in base64.
        """
        names = " ".join(f'"{name}"' for name, _ in components)
        described = f"({names});{parameters}"
        lines = [f'"{name}": {value}' for name, value in components]
        base = "\n".join([*lines, f'"@signature-params": {described}'])
        return described, base64.b64encode(self._key.sign(base.encode("ascii")).signature).decode()


def content_digest(body: bytes) -> str:
    """The Content-Digest field of a body (RFC 9530 2)."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
