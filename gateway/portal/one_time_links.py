"""One-time links: how somebody comes in where there is no sign-in of an app, printed by `volens portal link`.

- A link's secret is 256 random bits. In the data directory stands a file named by its digest, which holds the pseudonym and
  the end of the link's life: whoever reads the directory cannot come in with what they read. Both are bound to the name by
  HMAC-SHA-256 under a key outside it: whoever writes the directory cannot make a link.
- Using a link removes its file: the removal succeeds once, in whichever process, and it is durable.
- The command and the gateway share nothing but the directory.

Must not know: HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from pathlib import Path

from gateway.durable_files import create_file, sync_directory
from privacy import SUBJECT_REF_BYTES, SubjectRef

LINKS_DIRECTORY = "portal"
"""In the data directory."""

KEY_FILE = "portal_links.key"
"""In the keys directory; made at first use."""

SECRET_CHARACTERS = 43
"""Of a link's secret: base64url."""

_SECRET_BYTES = 32
_MAX_FILE_BYTES = 256
_LABEL = b"volens/portal-link/v1\0"


class OneTimeLinks:
    """The links of one data directory."""

    def __init__(self, directory: Path, key: bytes, entropy: Callable[[int], bytes]) -> None:
        """Keep them under `directory`, bound by `key` (32 secret bytes); `entropy` gives random bytes by length."""
        self._key = key
        self._directory = directory / LINKS_DIRECTORY
        self._entropy = entropy

    def make(self, ref: SubjectRef, *, expires_at: int) -> str:
        """Make a link for a person.

        Args:
            ref: whom it lets in.
            expires_at: when it no longer does (unix seconds).

        Returns:
            The secret, which is kept nowhere.

        Raises:
            OSError: the directory cannot be written.

        Durable: the link.
        """
        self._directory.mkdir(mode=0o700, exist_ok=True)
        secret = urlsafe_b64encode(self._entropy(_SECRET_BYTES)).rstrip(b"=").decode()
        path = self._path(secret)
        bound = _bound(self._key, path.name, ref, expires_at)
        create_file(path, json.dumps({"subject": ref.hex(), "expires_at": expires_at, "mac": bound}).encode())
        sync_directory(self._directory)
        return secret

    def take(self, secret: str, *, now: int) -> SubjectRef | None:
        """Use a link up; whom it lets in, or None if it never was, was used, or ran out.

        Raises:
            OSError: the directory cannot be written, so nobody is let in.
        """
        if len(secret) != SECRET_CHARACTERS:
            return None
        path = self._path(secret)
        found = self._read(path)
        if found is None:
            return None
        try:
            path.unlink()
        except FileNotFoundError:
            return None
        sync_directory(self._directory)
        ref, expires_at = found
        return ref if now < expires_at else None

    def end_all(self, ref: SubjectRef) -> None:
        """Remove every link of one person."""
        for path, found in self._all():
            if found is None or found[0] == ref:
                path.unlink(missing_ok=True)

    def tidy(self, *, now: int) -> int:
        """Remove the links that ran out; how many."""
        old = [path for path, found in self._all() if found is None or found[1] <= now]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _all(self) -> Iterator[tuple[Path, tuple[SubjectRef, int] | None]]:
        if self._directory.is_dir():
            for path in sorted(self._directory.iterdir()):
                yield path, self._read(path)

    def _path(self, secret: str) -> Path:
        return self._directory / hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()

    def _read(self, path: Path) -> tuple[SubjectRef, int] | None:
        """What a link's file says; None if there is none, or it is not as it was written."""
        try:
            with path.open("rb") as file:
                found = json.loads(file.read(_MAX_FILE_BYTES))
            ref, expires_at = SubjectRef(bytes.fromhex(found["subject"])), int(found["expires_at"])
            bound = hmac.compare_digest(found["mac"], _bound(self._key, path.name, ref, expires_at))
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None
        return (ref, expires_at) if bound and len(ref) == SUBJECT_REF_BYTES else None


def _bound(key: bytes, name: str, ref: SubjectRef, expires_at: int) -> str:
    """What ties whom a link lets in, and until when, to the link."""
    return hmac.new(key, _LABEL + f"{name}\0{ref.hex()}\0{expires_at}".encode(), hashlib.sha256).hexdigest()
