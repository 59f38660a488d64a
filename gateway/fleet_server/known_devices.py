"""Who speaks at the devices' door: it listens to devices that the link knows, and holds nothing of anybody else.

Each request of Flower's node protocol carries the node's public key, a time, and the key's signature over that. How old the time
is, and that the key belongs to the node that is named in the body, the link judges; here it is found out whose share the body
counts to.

Source: Flower 1.41, `flwr.supernode.node_auth_http_interceptor`.
"""

from __future__ import annotations

from base64 import b64decode
from binascii import Error
from collections.abc import Collection, Iterable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from gateway.fleet_server.node_keys import pem_of

KEY_HEADER, TIME_HEADER, SIGNATURE_HEADER = b"flwr-public-key", b"flwr-timestamp", b"flwr-signature"
_MAX_HEADER_BYTES = 1_024


class KnownDevices:
    """The keys of the devices that may come in. One thread says which, another asks: what is looked at is replaced whole."""

    def __init__(self) -> None:
        """Know nobody yet."""
        self._keys: dict[bytes, ec.EllipticCurvePublicKey] = {}
        self._named: dict[str, bytes] = {}

    def admit(self, node_keys: Collection[str]) -> None:
        """Know the devices with these keys (OpenSSH's form), and no others."""
        named = {each: self._named.get(each) or pem_of(each) for each in node_keys}
        self._keys = {pem: self._keys.get(pem) or _loaded(pem) for pem in named.values()}
        self._named = named

    def who(self, headers: Iterable[tuple[bytes, bytes]]) -> bytes | None:
        """The key (PEM) of the device that signed a request with these headers; None if it is none that is known."""
        said = {name: value for name, value in headers if len(value) <= _MAX_HEADER_BYTES}
        try:
            pem = b64decode(said[KEY_HEADER], validate=True)
            self._keys[pem].verify(
                b64decode(said[SIGNATURE_HEADER], validate=True), said[TIME_HEADER], ec.ECDSA(SHA256())
            )
        except (KeyError, Error, ValueError, InvalidSignature):
            return None
        return pem


def _loaded(pem: bytes) -> ec.EllipticCurvePublicKey:
    key = load_pem_public_key(pem)
    assert isinstance(key, ec.EllipticCurvePublicKey)
    return key
