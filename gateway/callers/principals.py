"""Who is calling: from raw header bytes to a `Principal`.

- A key is compared by its keyed digest, so how long a comparison takes says nothing about the key.
- A browser's write key is public: it may send events and nothing else, and confirms nobody's identity.
- A token is verified once and then remembered by its bytes, in a bounded table; its expiry is tested at every use.
- Whatever is wrong with the credentials, the caller learns only that they do not hold.

Must not know: paths, bodies, HTTP statuses.

Source: RFC 7617 (Basic), RFC 6750 (Bearer); Segment HTTP Tracking API (write key as the Basic user name).
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.callers.credentials import Credentials
from gateway.errors import CredentialsInvalidError, ScopeMissingError
from privacy import SubjectRef

PROMPTS = "prompts"
"""The only scope of a banner token, and of nothing else: its person's prompts, and their answers."""

MAX_CREDENTIAL_BYTES = 8192
"""A longer `Authorization` header is not looked at."""

NEVER = 1 << 62
"""The expiry of a key: it holds until it is replaced."""

Kind = Literal["server", "browser", "token", "person", "editor"]
"""A server's key, a browser's public key, a client's token, a token bound to one person, or an editor's key."""

Headers = Iterable[tuple[bytes, bytes]]
"""Header lines as ASGI gives them: names in lower case."""


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller."""

    source_id: str
    """The source's own id: rate limits, quotas and de-duplication go by it. Not a secret, not personal."""
    kind: Kind
    """What the credentials were."""
    scopes: frozenset[str]
    """What it may call."""
    subject: SubjectRef | None
    """The only person it may speak for, if it is bound to one."""
    expires_at: int
    """From this moment (unix seconds) it no longer holds, or must be verified again."""
    origin: str | None = None
    """The only web origin whose pages may bring it, if it is bound to one."""
    opens_linked: bool = False
    """Whether it opens, beside slates, what is kept of the person whom its browser is linked to."""

    @property
    def confirms_ids(self) -> bool:
        """Whether a `userId` it sends is confirmed: a server's key or a client's token does that, nothing else."""
        return self.subject is None and self.kind in ("server", "token")

    @property
    def messages(self) -> str:
        """Whose its message ids are: its source's; of a person-bound token the person's own, so that nobody uses up another's."""
        return self.source_id if self.subject is None else f"{self.source_id}:{self.subject.hex()}"

    @property
    def bucket(self) -> str:
        """What its rate is counted by: a person's banner has a count of its own, so that nobody can use up another's."""
        return (
            self.source_id
            if self.subject is None or self.origin is None
            else f"{self.source_id}:{self.subject.hex()}"
        )

    def allows(self, scope: str) -> bool:
        """Whether it may call what needs `scope`."""
        return scope in self.scopes

    def require(self, scope: str) -> None:
        """Insist on a scope.

        Raises:
            ScopeMissingError: it has not got it.
        """
        if scope not in self.scopes:
            raise ScopeMissingError(scope)


class TokenVerifier(Protocol):
    """Verifies bearer tokens.

    Contract:
        Concurrency: called on the event loop only.
        Errors: `CredentialsInvalidError`, whatever is wrong with the token; `UnavailableError` from `verify` when its
            issuer's keys cannot be had now.
        Absence: `verify_known` gives None for a token that only `verify` can judge (keys must be fetched first).
    """

    def verify_known(self, token: bytes, *, now: int) -> Principal | None:
        """Judge a token with the keys at hand."""
        ...

    async def verify(self, token: bytes, *, now: int) -> Principal:
        """Judge a token, fetching its issuer's keys if need be."""
        ...


class Authenticator:
    """Recognises callers by their keys and tokens. Lives on the event loop."""

    def __init__(
        self,
        credentials: Credentials,
        tokens: TokenVerifier,
        *,
        editors: Mapping[str, str] | None = None,
        max_remembered_tokens: int = 10_000,
    ) -> None:
        """Know the two keys of `credentials`, and the keys of `editors` by their names; leave tokens to `tokens`."""
        self._digest_key = secrets.token_bytes(32)
        self._by_digest = {
            self._digest(credentials.write_key.encode()): _key_holder("browser"),
            self._digest(credentials.server_key.encode()): _key_holder("server"),
        }
        for name, key in (editors or {}).items():
            self._by_digest[self._digest(key.encode())] = _editor(name)
        self._tokens = tokens
        self._remembered: dict[bytes, Principal] = {}
        self._max_remembered = max_remembered_tokens

    def recognise(self, authorization: bytes | None, *, now: int) -> Principal | None:
        """Judge an `Authorization` header with what is at hand; this is all that the hot path needs.

        Args:
            authorization: the header's value, if there is one.
            now: unix seconds.

        Returns:
            The caller. None if there is no header, or if only `authenticate` can tell.

        Raises:
            CredentialsInvalidError: there are credentials, and they do not hold.
        """
        if authorization is None:
            return None
        principal = self._remembered.get(authorization)
        if principal is not None:
            if now < principal.expires_at:
                return principal
            del self._remembered[authorization]
        scheme, value = _split(authorization)
        if scheme == b"basic":
            return self._by_basic(value)
        if scheme == b"bearer":
            holder = self._by_digest.get(self._digest(value))
            if holder is not None:  # a key is no token, and proves as much here as it does as a user name
                return holder
            found = self._tokens.verify_known(value, now=now)
            return None if found is None else self._remember(authorization, found)
        raise CredentialsInvalidError

    async def authenticate(self, authorization: bytes | None, *, now: int) -> Principal:
        """Judge an `Authorization` header, fetching an outside issuer's keys if need be.

        Raises:
            CredentialsInvalidError: there are no credentials, or they do not hold.
            UnavailableError: the issuer's keys cannot be had now.
        """
        principal = self.recognise(authorization, now=now)
        if principal is not None:
            return principal
        if authorization is None:
            raise CredentialsInvalidError
        _, value = _split(authorization)
        return self._remember(authorization, await self._tokens.verify(value, now=now))

    def authenticate_key(self, key: str | bytes) -> Principal | None:
        """The holder of a key that came in a body or a path; None if there is no such key."""
        raw = key if isinstance(key, bytes) else key.encode("utf-8", "surrogatepass")
        return self._by_digest.get(self._digest(raw)) if len(raw) <= MAX_CREDENTIAL_BYTES else None

    def _by_basic(self, value: bytes) -> Principal:
        """The key is the user name; the password is empty."""
        try:
            user, _, password = b64decode(value, validate=True).partition(b":")
        except ValueError:
            raise CredentialsInvalidError from None
        principal = self._by_digest.get(self._digest(user))
        if principal is None or password:
            raise CredentialsInvalidError
        return principal

    def _remember(self, authorization: bytes, principal: Principal) -> Principal:
        if len(self._remembered) >= self._max_remembered:
            del self._remembered[next(iter(self._remembered))]
        self._remembered[authorization] = principal
        return principal

    def _digest(self, key: bytes) -> bytes:
        return hashlib.blake2b(key, digest_size=32, key=self._digest_key).digest()


def find_authorization(headers: Headers) -> bytes | None:
    """The one `Authorization` header of a request.

    Raises:
        CredentialsInvalidError: there are two, or it is longer than any credential of ours.
    """
    found = [value for name, value in headers if name == b"authorization"]
    if not found:
        return None
    if len(found) > 1 or len(found[0]) > MAX_CREDENTIAL_BYTES:
        raise CredentialsInvalidError
    return found[0]


def _split(authorization: bytes) -> tuple[bytes, bytes]:
    scheme, _, value = authorization.partition(b" ")
    value = value.strip()
    if not value or len(authorization) > MAX_CREDENTIAL_BYTES:
        raise CredentialsInvalidError
    return scheme.lower(), value


def _editor(name: str) -> Principal:
    return Principal(
        source_id=f"editor:{name}",
        kind="editor",
        scopes=frozenset({"editorial"}),
        subject=None,
        expires_at=NEVER,
    )


def _key_holder(kind: Literal["server", "browser"]) -> Principal:
    return Principal(
        source_id=kind, kind=kind, scopes=frozenset({"events:write"}), subject=None, expires_at=NEVER
    )
