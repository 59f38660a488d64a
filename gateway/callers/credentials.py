"""The credentials that `volens init` hands out: two keys for events, and one OAuth client.

- They stand in `credentials.json`, readable by its owner only; a file that others may read is refused.
- None of them ever appears in a representation, an error or a log.
"""

from __future__ import annotations

import json
import os
import stat
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from gateway.errors import CredentialsFileError

_SECRET_BYTES = 32
_MAX_FILE_BYTES = 16_384
_MIN_CHARACTERS = 16


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """What sources and clients authenticate with."""

    write_key: str
    """The browser's key: public, may send events and nothing else."""
    server_key: str
    """The server's key for events."""
    client_id: str
    """The OAuth client."""
    client_secret: str
    """The client's secret."""


def new_credentials(entropy: Callable[[int], bytes]) -> Credentials:
    """Make fresh credentials of 256 bits each.

    Args:
        entropy: random bytes from the operating system, by length.
    """

    def fresh(prefix: str, n: int = _SECRET_BYTES) -> str:
        return prefix + urlsafe_b64encode(entropy(n)).rstrip(b"=").decode()

    return Credentials(
        write_key=fresh("wk_"),
        server_key=fresh("sk_"),
        client_id=fresh("client_", 12),
        client_secret=fresh("cs_"),
    )


def encode_credentials(credentials: Credentials) -> bytes:
    """The content of `credentials.json`."""
    named = {field.name: getattr(credentials, field.name) for field in fields(credentials)}
    return json.dumps(named, indent=2).encode() + b"\n"


def load_credentials(path: Path) -> Credentials:
    """Read `credentials.json`.

    Raises:
        CredentialsFileError: missing, readable by others, or not as `init` wrote it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        raise CredentialsFileError("the credentials file is missing or cannot be read") from None
    with os.fdopen(handle, "rb") as file:
        if stat.S_IMODE(os.fstat(handle).st_mode) & 0o077:
            raise CredentialsFileError("the credentials file may be read by others: its mode must be 0600")
        content = file.read(_MAX_FILE_BYTES + 1)
    return _decode(content)


def _decode(content: bytes) -> Credentials:
    # NOTE: `from None` throughout, because a decoding error shows the text that it could not decode.
    try:
        found = json.loads(content)
    except ValueError:
        raise CredentialsFileError("the credentials file is not JSON") from None
    names = {field.name for field in fields(Credentials)}
    if not isinstance(found, dict) or set(found) != names:
        raise CredentialsFileError("the credentials file must have exactly the members that init writes")
    if not all(isinstance(value, str) and len(value) >= _MIN_CHARACTERS for value in found.values()):
        raise CredentialsFileError(f"every credential is a text of at least {_MIN_CHARACTERS} characters")
    if found["write_key"] == found["server_key"]:
        raise CredentialsFileError("the browser's key is public: the server's key must be another")
    return Credentials(**found)
