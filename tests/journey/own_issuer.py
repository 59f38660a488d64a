"""An issuer of the controller's own whose tokens are bound to one person each: the person's word, and not an app's."""

from __future__ import annotations

import json
import time
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway.callers.signed_tokens import REGISTRIES

ISSUER, AUDIENCE = "https://accounts.shop.example", "https://gate.shop.example"


class OwnIssuer:
    """Signs tokens of people."""

    def __init__(self, directory: Path, scope: str) -> None:
        """Let the gateway of a directory trust it, for this scope."""
        self._key = OKPKey.generate_key("Ed25519")
        self._scope = scope
        public = {**self._key.as_dict(private=False), "alg": "EdDSA", "kid": self._key.thumbprint()}
        (directory / "people.jwks").write_text(json.dumps({"keys": [public]}))
        settings = directory / "volens.toml"
        settings.write_text(
            f'{settings.read_text()}\n[[issuers]]\nid = "people"\nissuer = "{ISSUER}"\naudience = "{AUDIENCE}"\n'
            f'jwks_file = "people.jwks"\nbinds = "person"\nscopes = ["{scope}"]\n'
        )

    def token_of(self, who: str) -> dict[str, str]:
        """The header of a person who is signed in."""
        claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": who, "exp": int(time.time()) + 600}
        header = {"alg": "EdDSA", "kid": self._key.thumbprint()}
        token = jwt.encode(header, {**claims, "scope": self._scope}, self._key, registry=REGISTRIES["EdDSA"])
        return {"authorization": f"Bearer {token}"}
