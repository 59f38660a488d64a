"""The certificate of an erasure: what a person keeps when nothing else is left.

    {"format": "volens-erasure-certificate/1",
     "certificate": a JWS in compact form, signed by `certificates.key`,
     "signing_key": the public half, as a JWK,
     "entry": the log's entry of the erasure, as it stands there,
     "proof": that the entry is in the log, with the newest signed checkpoint that enough witnesses cosigned, where there is one,
     "log_key": the key that checkpoints are verified with}

It names nobody: what it is about is the fingerprint of the key that was destroyed, which the person was told in their access
report. It can be made again at any time, the same but for a newer proof, and is verified offline by `certificate_check`.

Source: RFC 7515, RFC 7638, RFC 8037; C2SP tlog-proof.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from nacl.signing import SigningKey

from audit import ProofError
from consent import Filed, RightsStatus
from gateway.errors import UnavailableError
from gateway.receipts.published_log import PublishedLog
from gateway.rights.answers import moment
from gateway.rights.certificate_check import FORMAT, TYPE
from gateway.rights.entries import request_digest

REACHED = (
    "records", "links", "keys", "memory", "history", "training", "snapshot", "windows", "files", "log-openings",
)  # fmt: skip
"""What an erasure reaches, as the certificate lists it."""


class Certificates:
    """Makes certificates of erasure."""

    def __init__(
        self, seed: bytes, origin: str, published: PublishedLog, retired: Sequence[str] = ()
    ) -> None:
        """Sign with the Ed25519 `seed` (32 bytes) what `published` proves of the log `origin`.

        The keys before it (`retired`: each one's `x`, the oldest first) stay published.
        """
        self._key = SigningKey(seed)
        self._origin = origin
        self._published = published
        self.public_jwk = _jwk(_base64url(bytes(self._key.verify_key)))
        """The public key, for whoever verifies."""
        before = [_jwk(x) for x in reversed(retired) if x != self.public_jwk["x"]]
        self.public_keys = [self.public_jwk, *before]
        """It, and those before it, the newest first: what they signed stays good."""

    def make(self, filed: Filed) -> dict[str, Any] | None:
        """The certificate of a completed erasure; None if it is not an erasure, or not completed. Reads files.

        Raises:
            UnavailableError: no published checkpoint covers the erasure yet.
            AuditError: the log cannot be read.
        """
        erasure = filed.erasure
        if filed.request.status is not RightsStatus.COMPLETED or erasure is None:
            return None
        index = erasure.log_index
        if index is None:
            raise UnavailableError
        try:
            entry, proof = self._published.prove(index)
        except ProofError:
            raise UnavailableError from None
        claims = {
            "iss": self._origin,
            "iat": erasure.erased_at,
            "erased_at": moment(erasure.erased_at),
            "key": erasure.fingerprint.hex(),
            "log": self._origin,
            "index": index,
            "request": request_digest(filed.request.request_id),
            "reached": list(REACHED),
        }
        return {
            "format": FORMAT,
            "certificate": self._sign(claims),
            "signing_key": self.public_jwk,
            "entry": entry.decode("ascii"),
            "proof": proof.decode(),
            "log_key": self._published.verifier().vkey,
        }

    def _sign(self, claims: dict[str, Any]) -> str:
        header = {"alg": "EdDSA", "kid": self.public_jwk["kid"], "typ": TYPE}
        signed = ".".join(
            _base64url(json.dumps(part, separators=(",", ":"), sort_keys=True).encode())
            for part in (header, claims)
        )
        return f"{signed}.{_base64url(self._key.sign(signed.encode()).signature)}"


def _jwk(x: str) -> dict[str, str]:
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": x}
    thumbprint = hashlib.sha256(json.dumps(jwk, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {**jwk, "kid": _base64url(thumbprint), "alg": "EdDSA", "use": "sig"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
