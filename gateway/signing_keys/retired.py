"""The public halves of keys that signed before: published for ever, so that what somebody kept can always be checked.

They stand in one file in the keys directory, by the name of the key file, the oldest first:
`{"receipt.key": ["11qYAY...", ...]}`. A public key is no secret; the file is private all the same, because everything there is.

Source: RFC 8037 (`x` of an Ed25519 key).
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from pathlib import Path

from nacl.signing import SigningKey

from gateway.durable_files import replace_file
from gateway.errors import DirectoryError

FILE = "retired.json"


def public_half(seed: bytes) -> str:
    """The public key of an Ed25519 seed, as a JWK has it (`x`)."""
    return urlsafe_b64encode(bytes(SigningKey(seed).verify_key)).rstrip(b"=").decode("ascii")


def read_retired(keys_dir: Path) -> dict[str, tuple[str, ...]]:
    """Every retired key, by the name of its file.

    Raises:
        DirectoryError: the file cannot be read, or is not one.
    """
    try:
        content = json.loads((keys_dir / FILE).read_bytes())
        return {str(name): tuple(map(str, keys)) for name, keys in content.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, AttributeError, TypeError) as exc:
        raise DirectoryError("the list of retired keys cannot be read") from exc


def retire(keys_dir: Path, name: str, x: str) -> None:
    """Put a public key on the list; one that is there already is not put there twice.

    Raises:
        DirectoryError: it cannot be written.

    Durable: the list.
    """
    known = read_retired(keys_dir)
    if x in known.get(name, ()):
        return
    content = {**known, name: (*known.get(name, ()), x)}
    try:
        replace_file(keys_dir / FILE, json.dumps(content, indent=1).encode())
    except OSError as exc:
        raise DirectoryError("the list of retired keys cannot be written") from exc
