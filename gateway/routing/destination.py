"""What a destination is: configured, checked, and bound to exactly one purpose.

Rules, all checked before anything starts:

- The policy must name the destination for its purpose: what the notice does not say is not done.
- A URL carries no user, password, query or fragment (they end up in the access logs of others), and plain `http` is
  for the loopback interface only.
- Every limit is finite.
- Errors name the field and the rule, never the value.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from gateway.routing.backoff import RetryPolicy
from gateway.routing.errors import DestinationConfigError
from gateway.wire.host_names import is_loopback, name_in

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}\Z")
_MAX_BATCH_SIZE = 100_000
_MAX_BATCH_BYTES = 64 * 1024 * 1024
_MAX_SECONDS = 3600.0
_DEFAULT_BATCH_BYTES = 1_000_000
_SEGMENT_BATCH_BYTES = 500_000
"""What the Segment tracking API takes in one body."""


class Kind(StrEnum):
    """How a destination is reached."""

    HTTP = "http"
    """Signed CloudEvents batches."""
    SEGMENT_HTTP = "segment_http"
    """Bodies in the shape of the Segment tracking API."""
    NDJSON = "ndjson"
    """Files of JSON lines."""
    PARQUET = "parquet"
    """A folder of Parquet files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """One place to which the permitted signals of one purpose are routed."""

    id: str
    """Lower-case letters, digits, hyphens and underscores; the policy refers to it."""
    kind: Kind
    """How it is reached."""
    purpose: str
    """The one purpose whose signals it receives."""
    purpose_version: int
    """The version of that purpose in force; receivers see it as `consentversion`."""
    url: str | None = None
    """Where to POST (HTTP kinds)."""
    path: Path | None = None
    """The directory to write to (file kinds); belongs to this destination alone."""
    secret_file: Path | None = None
    """The file with the write key (segment_http)."""
    signing_key_file: Path | None = None
    """The file with the 32-byte Ed25519 seed (http); by default one in the keys directory, made at first use."""
    erasure_url: str | None = None
    """Where to POST that somebody was erased (HTTP kinds)."""
    events: frozenset[str] = frozenset()
    """The only events that it receives; all of its purpose when empty."""
    batch_size: int = 100
    """Signals per batch, about."""
    max_batch_bytes: int | None = None
    """Bytes per HTTP body at most; a larger batch is split. By default what suits the kind."""
    timeout_seconds: float = 10.0
    """The time for one attempt, from connecting to the answer's headers."""
    linger_seconds: float = 0.2
    """How long to let signals gather once there is one, so that batches fill."""
    max_dead_letters: int = 100_000
    """Dead letters kept; when there are so many, delivery waits instead of giving up more."""
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    """How patient we are with it."""

    def __post_init__(self) -> None:
        """Check every rule.

        Raises:
            DestinationConfigError: one is broken.
        """
        _require(
            bool(_ID.match(self.id)),
            "id",
            "must be lower-case letters, digits, hyphens and underscores, at most 63",
        )
        _require(bool(_ID.match(self.purpose)), "purpose", "must be the id of a purpose")
        _require(
            1 <= self.batch_size <= _MAX_BATCH_SIZE, "batch_size", f"must be from 1 to {_MAX_BATCH_SIZE}"
        )
        _require(
            1024 <= self.body_bytes <= _MAX_BATCH_BYTES,
            "max_batch_bytes",
            f"must be from 1024 to {_MAX_BATCH_BYTES}",
        )
        _require(1 <= self.max_dead_letters <= 10_000_000, "max_dead_letters", "must be from 1 to 10000000")
        _require_seconds("timeout_seconds", self.timeout_seconds, above_zero=True)
        _require_seconds("linger_seconds", self.linger_seconds, above_zero=False)
        self._check_retry()
        if self.kind in (Kind.HTTP, Kind.SEGMENT_HTTP):
            _check_url(self.url)
            if self.erasure_url is not None:
                _check_url(self.erasure_url)
            _require(self.path is None, "path", "must not be given but for file kinds")
        else:
            _require(self.path is not None, "path", "must be a directory for file kinds")
            _require(self.url is None, "url", "must not be given but for HTTP kinds")
            _require(self.erasure_url is None, "erasure_url", "must not be given but for HTTP kinds")
        if self.kind is Kind.SEGMENT_HTTP:
            _require(self.secret_file is not None, "secret_file", "must be the file with the write key")
            _require(
                self.body_bytes <= _SEGMENT_BATCH_BYTES,
                "max_batch_bytes",
                "must be at most 500000 for segment_http",
            )

    @property
    def home(self) -> Path | None:
        """The directory of ours that its parts lie in, if it has one."""
        return None if self.path is None else self.path / f"purpose={self.purpose}"

    @property
    def body_bytes(self) -> int:
        """Bytes per HTTP body at most, with the default filled in."""
        if self.max_batch_bytes is not None:
            return self.max_batch_bytes
        return _SEGMENT_BATCH_BYTES if self.kind is Kind.SEGMENT_HTTP else _DEFAULT_BATCH_BYTES

    def _check_retry(self) -> None:
        _require(1 <= self.retry.max_attempts <= 1000, "retry.max_attempts", "must be from 1 to 1000")
        _require_seconds("retry.first_seconds", self.retry.first_seconds, above_zero=True)
        _require_seconds("retry.cap_seconds", self.retry.cap_seconds, above_zero=True)
        _require_seconds(
            "retry.retry_after_cap_seconds", self.retry.retry_after_cap_seconds, above_zero=False
        )


def check_destinations(destinations: Iterable[Destination], named: Mapping[str, Collection[str]]) -> None:
    """Refuse two destinations of one id or one directory, and one that its purpose does not name.

    Args:
        destinations: all of them.
        named: for each purpose of the policy, the ids of the destinations it names.

    Raises:
        DestinationConfigError: a rule is broken.
    """
    ids: set[str] = set()
    paths: set[Path] = set()
    for destination in destinations:
        _require(destination.id not in ids, "id", "must be unique")
        ids.add(destination.id)
        _require(destination.purpose in named, "purpose", "must be a purpose of the policy")
        _require(
            destination.id in named[destination.purpose],
            "id",
            "each must be named in `destinations` of its purpose in policy.toml",
        )
        if destination.path is not None:
            resolved = destination.path.resolve()
            _require(resolved not in paths, "path", "must be a directory of its own")
            paths.add(resolved)


def _check_url(url: str | None) -> None:
    if url is None:
        raise DestinationConfigError("url", "must be given for HTTP kinds")
    try:
        parts = urlsplit(url)
        host = parts.hostname
        parts.port  # noqa: B018 - reading it is the check
    except ValueError as exc:
        raise DestinationConfigError("url", "must be an absolute URL") from exc
    _require(url.isascii() and url.isprintable() and " " not in url, "url", "must be plain ASCII")
    _require(parts.scheme in ("https", "http") and bool(host), "url", "must be an absolute https URL")
    _require(parts.username is None and parts.password is None, "url", "must have no user and no password")
    _require(not {"?", "#"} & set(url), "url", "must have no query and no fragment")
    _require(
        parts.scheme == "https" or is_loopback(name_in(parts.netloc)),
        "url",
        "must be https, or plain http to the loopback interface",
    )


def _require(holds: bool, name: str, rule: str) -> None:
    if not holds:
        raise DestinationConfigError(name, rule)


def _require_seconds(name: str, value: float, *, above_zero: bool) -> None:
    fits = math.isfinite(value) and (0.0 < value if above_zero else 0.0 <= value) and value <= _MAX_SECONDS
    _require(fits, name, f"must be {'more than' if above_zero else 'from'} 0 to {_MAX_SECONDS:.0f}")
