"""Signatures of requests, against the RFC's own vector and an implementation of Ed25519 that is not ours."""

from __future__ import annotations

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.routing.signatures import RequestSigner, content_digest

# RFC 9421 B.1.4 (test-key-ed25519) and B.2.6.
RFC_SEED = base64.urlsafe_b64decode("n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU=")
RFC_SIGNATURE = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="


def test_rfc_9421_b_2_6_is_reproduced() -> None:
    described, signature = RequestSigner(RFC_SEED).sign(
        [
            ("date", "Tue, 20 Apr 2021 02:07:55 GMT"),
            ("@method", "POST"),
            ("@path", "/foo"),
            ("@authority", "example.com"),
            ("content-type", "application/json"),
            ("content-length", "18"),
        ],
        'created=1618884473;keyid="test-key-ed25519"',
    )
    assert described == (
        '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        ';created=1618884473;keyid="test-key-ed25519"'
    )
    assert signature == RFC_SIGNATURE


def test_the_key_id_is_the_rfc_8037_thumbprint() -> None:
    # RFC 8037 A.1 (key) and A.3 (thumbprint).
    seed = base64.urlsafe_b64decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
    signer = RequestSigner(seed)
    assert signer.public_jwk["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    assert signer.key_id == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_content_digest_is_the_one_of_rfc_9530() -> None:
    # RFC 9530 appendix D: {"hello": "world"} and a line feed.
    assert content_digest(b'{"hello": "world"}\n') == "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:"


def test_a_request_verifies_and_says_how_long_it_may_be_accepted() -> None:
    signer = RequestSigner(RFC_SEED)
    headers = signer.headers("https://receiver.example/in", "text/plain", b"body", 1_800_000_000)
    parameters = headers["signature-input"].removeprefix("volens=")
    assert "created=1800000000;expires=1800000300;" in parameters
    assert f'keyid="{signer.key_id}";alg="ed25519";tag="volens-signal-batch"' in parameters
    digest = base64.b64encode(hashlib.sha256(b"body").digest()).decode()
    base = (
        '"@method": POST\n"@target-uri": https://receiver.example/in\n"content-type": text/plain\n'
        f'"content-digest": sha-256=:{digest}:\n"@signature-params": {parameters}'
    )
    signature = base64.b64decode(headers["signature"].removeprefix("volens=:").removesuffix(":"))
    public = base64.urlsafe_b64decode(json.loads(json.dumps(signer.public_jwk))["x"] + "=")
    Ed25519PublicKey.from_public_bytes(public).verify(signature, base.encode())
