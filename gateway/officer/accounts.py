"""Who may come in: one file an officer, mode 0600, in `officers` of the keys directory, and so in no backup of the data.

- The command that enrols and the gateway share nothing but these files. They are read whenever they are asked for: an officer
  who is removed, or enrolled anew, is out with the next request.
- In the log an officer is a random pseudonym; the name that they type stands in these files only.
- A file that others may read, or that is something else, is no account.

Must not know: HTTP.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import stat
from base64 import urlsafe_b64encode
from collections.abc import Callable
from pathlib import Path

import msgspec

from gateway.durable_files import replace_file, sync_directory
from gateway.errors import CredentialsFileError
from gateway.officer.one_time_codes import NEVER_USED

ACCOUNTS_DIRECTORY = "officers"
"""In the keys directory."""

NAME = re.compile(r"[a-z][a-z0-9._-]{0,31}")
"""What an officer types as their name."""

_CODE_BYTES = 32
_CODE_CHARACTERS = 43
_MAX_FILE_BYTES = 4096
_ENDING = ".json"


class Invitation(msgspec.Struct, frozen=True):
    """An enrolment that was not taken up yet."""

    digest: str
    """SHA-256 of the one-time code."""
    expires_at: int
    """When it runs out (unix seconds)."""


class Account(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One officer's account."""

    officer: str
    """The pseudonym by which the log names them."""
    name: str
    """What they type."""
    since: str
    """Random, new with every enrolment: sessions of before end with it."""
    password: str | None = None
    """Its hash; None until they have enrolled."""
    secret: bytes | None = None
    """Of their codes, likewise."""
    last_step: int = NEVER_USED
    """The step of the last code that was accepted."""
    invitation: Invitation | None = None
    """How they may enrol, if they may."""

    @property
    def is_enrolled(self) -> bool:
        """Whether both factors are there."""
        return self.password is not None and self.secret is not None


class Accounts:
    """The accounts of one keys directory."""

    def __init__(self, keys_dir: Path, entropy: Callable[[int], bytes]) -> None:
        """Keep them under `keys_dir`; `entropy` gives random bytes by length."""
        self._directory = keys_dir / ACCOUNTS_DIRECTORY
        self._entropy = entropy

    def invite(self, name: str, *, expires_at: int) -> str:
        """Let an officer enrol, who may be new; until they have, one who is not new goes on as before.

        Returns:
            The one-time code, which is kept nowhere.

        Raises:
            CredentialsFileError: it is no name, or the file of that name is no account.
            OSError: it cannot be written.

        Durable: the invitation.
        """
        if not NAME.fullmatch(name):
            raise CredentialsFileError("an officer's name is a-z, then up to 31 of a-z 0-9 . _ -")
        code = urlsafe_b64encode(self._entropy(_CODE_BYTES)).rstrip(b"=").decode()
        path = self._path(name)
        known = _read(path) if path.exists() else self._new(name)
        if known is None:
            raise CredentialsFileError("an officer's file cannot be used: its mode must be 0600")
        self.keep(msgspec.structs.replace(known, invitation=Invitation(_digest(code), expires_at)))
        return code

    def remove(self, name: str) -> bool:
        """Let an officer in no more. Returns whether there was one.

        Durable: the removal.
        """
        path = self._path(name) if NAME.fullmatch(name) else None
        if path is None or not path.exists():
            return False
        path.unlink()
        sync_directory(self._directory)
        return True

    def keep(self, account: Account) -> None:
        """Replace an officer's file as a whole.

        Raises:
            OSError: it is as it was.

        Durable: the file.
        """
        self._directory.mkdir(mode=0o700, exist_ok=True)
        replace_file(self._path(account.name), msgspec.json.encode(account))

    def find(self, name: str) -> Account | None:
        """The account of that name."""
        return _read(self._path(name)) if NAME.fullmatch(name) else None

    def invited(self, code: str, *, now: int) -> Account | None:
        """Who may enrol by a code; None if it never was, was used, or ran out. Every account is compared."""
        digest = _digest(code)
        found = [
            each
            for each in self.all()
            if each.invitation is not None
            and hmac.compare_digest(each.invitation.digest, digest)
            and now < each.invitation.expires_at
        ]
        return found[0] if found and len(code) == _CODE_CHARACTERS else None

    def all(self) -> list[Account]:
        """Everybody, by name."""
        if not self._directory.is_dir():
            return []
        paths = sorted(each for each in self._directory.iterdir() if each.name.endswith(_ENDING))
        return [found for found in map(_read, paths) if found is not None]

    def any(self) -> bool:
        """Whether there is anybody."""
        return self._directory.is_dir() and any(
            each.name.endswith(_ENDING) for each in self._directory.iterdir()
        )

    def fresh_since(self) -> str:
        """A new mark of an enrolment."""
        return self._entropy(8).hex()

    def _new(self, name: str) -> Account:
        return Account(officer=f"officer-{self._entropy(4).hex()}", name=name, since=self.fresh_since())

    def _path(self, name: str) -> Path:
        return self._directory / f"{name}{_ENDING}"


def _read(path: Path) -> Account | None:
    """What a file says; None if it is no account of that name that only its owner may read."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as file:
            if stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                return None
            found = msgspec.json.decode(file.read(_MAX_FILE_BYTES), type=Account)
    except (OSError, msgspec.MsgspecError):
        return None
    return found if found.name + _ENDING == path.name else None


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
