"""One key in the two spellings that there are of it: OpenSSH's, by which it is enrolled, and PEM, by which Flower knows it."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_public_key


def pem_of(node_key: str) -> bytes:
    """The PEM of a public key in OpenSSH's form."""
    public = load_ssh_public_key(node_key.encode("ascii"))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
