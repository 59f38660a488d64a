"""What a command says of a certificate of erasure."""

from __future__ import annotations

import json

import typer

from gateway.cli.failures import complain
from gateway.cli.printing import safe


def is_certificate(content: bytes) -> bool:
    """Whether a file says that it is a certificate of erasure, right or wrong; everything else is for the check of receipts."""
    from gateway.rights.certificate_check import FORMAT, MAX_BYTES

    try:
        found = json.loads(content) if len(content) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT


def check_certificate(content: bytes, log_key: str | None, signing_keys: bytes | None) -> None:
    """Check a certificate offline, and say what it proves.

    Args:
        content: the file.
        log_key: the log's verifier key, if it is known.
        signing_keys: the key set of certificates, if it is known.

    Raises:
        typer.Exit: it proves nothing.
    """
    from gateway.rights.certificate_check import CertificateError, verify_certificate

    if (log_key is None) is not (signing_keys is None):
        raise complain("--key and --jwks go together: a certificate has two signatures")
    try:
        found = verify_certificate(content, log_key=log_key, signing_keys=signing_keys)
    except CertificateError as failure:
        raise complain(str(failure)) from None
    typer.echo(f"key       {safe(found.key)}")
    typer.echo(f"erased    {safe(found.erased_at)}")
    typer.echo(f"log       {safe(found.log)} {found.index} (of {found.size:,})")
    whose = "the keys given" if found.anchored else "keys that it brings itself: give --key and --jwks"
    typer.echo(f"OK        signed by {whose}")
