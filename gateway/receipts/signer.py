"""The key that signs receipts, and the key set by which anybody checks them. Not the key of tokens, nor that of the log.

Source: RFC 7515 (JWS, compact), RFC 8037 (EdDSA), RFC 7517 (key set), RFC 7638 (key id).
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Sequence

from joserfc import jws
from joserfc.jwk import OKPKey
from nacl.signing import SigningKey

from consent import canonical_json
from gateway.callers.signed_tokens import REGISTRIES

ALGORITHM = "EdDSA"
RECEIPT_TYPE = "volens-receipt+jws"


class ReceiptSigner:
    """Signs documents. Never shown, never logged."""

    def __init__(self, seed: bytes, retired: Sequence[str] = ()) -> None:
        """Sign with an Ed25519 seed, the 32 bytes of `receipt.key`; the keys before it (`x`, the oldest first) stay published."""
        public = _text(bytes(SigningKey(seed).verify_key))
        self._key = OKPKey.import_key({"kty": "OKP", "crv": "Ed25519", "d": _text(seed), "x": public})
        self._public = {"crv": "Ed25519", "kty": "OKP", "x": public}
        self._retired = [x for x in retired if x != public]
        self.key_id = self._key.thumbprint()
        """The key's thumbprint."""

    def sign(self, document: bytes) -> str:
        """The JWS over a document: the same for the same document."""
        header = {"alg": ALGORITHM, "jwk": self._public, "kid": self.key_id, "typ": RECEIPT_TYPE}
        return jws.serialize_compact(header, document, self._key, registry=REGISTRIES[ALGORITHM])

    def key_set(self, vkey: str) -> bytes:
        """What a verifier must know beforehand: our public keys as a JWKS, and beside it the log's verifier key.

        The key in use comes first, then those before it, the newest first: what they signed stays good.
        """
        keys = [{**self._public, "alg": ALGORITHM, "kid": self.key_id, "use": "sig"}]
        for x in reversed(self._retired):
            public: dict[str, str | list[str]] = {"crv": "Ed25519", "kty": "OKP", "x": x}
            kid = OKPKey.import_key(public).thumbprint()
            keys.append({"alg": ALGORITHM, "crv": "Ed25519", "kid": kid, "kty": "OKP", "use": "sig", "x": x})
        return canonical_json({"keys": keys, "log": vkey})


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
