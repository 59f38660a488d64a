"""The groups of `volens.toml`: every setting, its default and its limits.

- Names carry their units. Every limit is finite and has a default.
- A member that is not listed here is refused, and so is a value of another type: nothing is guessed.
- Secrets are never values, only paths of files. A path's name ends in `_file` or `_dir`, or is `path`; a relative one
  starts at the data directory.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.scopes import Scope
from gateway.settings.values import Algorithm, ContextField, Location, Name, Network, Origin, Text, Url


class SettingGroup(BaseModel):
    """A table of `volens.toml`."""

    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        allow_inf_nan=False,
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Server(SettingGroup):
    """Where the gateway listens."""

    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    """The address to listen at."""
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    """The port; 0 lets the system choose."""
    shutdown_seconds: Annotated[int, Field(ge=1, le=600)] = 20
    """How long a stop waits for requests in flight."""
    keep_alive_seconds: Annotated[int, Field(ge=1, le=3600)] = 75
    """How long an idle connection is kept."""
    max_connections: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    """Connections at once; more are answered 503. At most as many as the system lets the process open files, less 256."""
    request_seconds: Annotated[int, Field(ge=1, le=600)] = 30
    """How long a request may take to arrive; then it is answered 408."""
    max_head_bytes: Annotated[int, Field(ge=8_192, le=1_048_576)] = 65_536
    """Address and header fields of a request, in bytes; more are answered 431, or 414 if the address is the most of it."""
    problem_base_url: Url = "https://volens.dev/errors"
    """What the `type` of a problem begins with."""
    trusted_proxies: Annotated[tuple[Network, ...], Strict(False), Field(max_length=64)] = ()
    """Reverse proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed; they must set them themselves."""
    public_url: Url | None = None
    """Where others reach this gateway (https, no slash at the end): analytics.js is told to send there, and the AuthZEN metadata
    name it; without it they are there for programs on this machine alone."""


class AuthzenSettings(SettingGroup):
    """The policy decision point."""

    obligations: Literal["off", "draft-2026-07"] = "off"
    """The obligations profile that permissions carry. A service that does not know it must take them for denials."""


class FlagSettings(SettingGroup):
    """Flags, experiments, and pushes to pages."""

    context_fields: Annotated[tuple[ContextField, ...], Field(max_length=64), Strict(False)] = (
        "app_version",
        "channel",
        "country",
        "language",
        "page",
        "platform",
    )
    """The members of an evaluation context that conditions of flags may read."""
    max_flags: Annotated[int, Field(ge=1, le=100_000)] = 2_000
    """Flags at once."""
    max_streams: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """Streams (server-sent events) that are open at once; more are answered 503."""
    stream_token_seconds: Annotated[int, Field(ge=10, le=86_400)] = 3_600
    """Lifetime of the token in a stream's URL."""


class Log(SettingGroup):
    """The transparency log."""

    origin: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[!-*,-~]+$")]
    """The log's name in checkpoints: unique in the world, never changed. `volens init` writes it."""
    time_granularity_seconds: Annotated[int, Field(ge=1, le=86_400)] = 60
    """Times in entries are rounded down to a multiple of this."""
    publish_interval_seconds: Annotated[float, Field(ge=0.05, le=3600)] = 1.0
    """How often a checkpoint is signed while there is something new."""
    segment_bytes: Annotated[int, Field(ge=1 << 16, le=1 << 32)] = 64 << 20
    """Size of a segment of the write-ahead log."""
    witness_policy_file: Location | None = None
    """The witnesses that cosign checkpoints, and how many must (c2sp.org/tlog-policy). Without it there are none."""
    witness_interval_seconds: Annotated[float, Field(ge=0.05, le=86_400)] = 5.0
    """How often witnesses are asked while there is something new."""
    witness_timeout_seconds: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    """How long one of them may take to answer."""
    witness_alarm_seconds: Annotated[float, Field(ge=1, le=604_800)] = 60.0
    """A checkpoint that waits longer for enough cosignatures is reported in the journal."""


class Limits(SettingGroup):
    """What a single request may ask for."""

    max_event_bytes: Annotated[int, Field(ge=1024, le=1 << 20)] = 32_768
    """One event of the tracking API."""
    max_batch_bytes: Annotated[int, Field(ge=1024, le=1 << 26)] = 512_000
    """A batch of the tracking API, decompressed."""
    max_batch_events: Annotated[int, Field(ge=1, le=100_000)] = 2500
    """Events in a batch."""
    max_body_bytes: Annotated[int, Field(ge=1024, le=1 << 30)] = 1 << 20
    """Any other body, decompressed."""
    max_json_depth: Annotated[int, Field(ge=4, le=200)] = 32
    """Nesting of objects and lists."""
    max_slate: Annotated[int, Field(ge=1, le=1000)] = 100
    """Items in one slate."""


class Dedupe(SettingGroup):
    """Which events are recognised as duplicates."""

    window_hours: Annotated[int, Field(ge=1, le=24 * 31)] = 24
    """How long a message id is remembered."""
    max_ids: Annotated[int, Field(ge=1000, le=1_000_000_000)] = 10_000_000
    """Message ids remembered; beyond it the oldest are forgotten early. 16 to 32 bytes each."""


class HistorySettings(SettingGroup):
    """How a person's history counts."""

    half_life_items: Annotated[int, Field(ge=1, le=1000)] = 5
    """How many newer items halve the weight of an older one."""


class ModelSettings(SettingGroup):
    """Training of the shared model."""

    retrain_interval_seconds: Annotated[int, Field(ge=1, le=86_400)] = 20
    """Time between two trainings, at least."""
    removal_bound_seconds: Annotated[int, Field(ge=5, le=86_400)] = 60
    """The published bound: at most this long after a withdrawal, the model in use no longer contains the person."""
    neighbours: Annotated[int, Field(ge=1, le=200)] = 50
    """Related items kept for every item."""
    regularisation: Annotated[float, Field(gt=0, le=1e9)] = 100.0
    """EASE's lambda: higher trusts rare items less."""
    choose_recipe: bool = True
    """Lambda, half-life and weights are chosen on a validation split, once 200 people have three items each."""
    scorer: Text = "item-to-item"
    """What learns the model: the one that is shipped, or the name of an entry point in the group `volens.scorers`."""

    @model_validator(mode="after")
    def _bound_can_be_kept(self) -> Self:
        if self.retrain_interval_seconds >= self.removal_bound_seconds:
            raise PydanticCustomError(
                "bound_too_short", "removal_bound_seconds must be longer than retrain_interval_seconds"
            )
        return self


class RateLimitSettings(SettingGroup):
    """How fast one source may be."""

    requests_per_second: Annotated[float, Field(gt=0, le=1e9)] = 100_000.0
    """Requests per second of one source; more are answered 429."""
    log_bytes_per_second: Annotated[float, Field(ge=1024, le=1e12)] = 1e9
    """Bytes per second that one source may add to the log; beyond this it is answered 429. A decision is one entry."""
    burst_seconds: Annotated[float, Field(ge=0.1, le=60)] = 2.0
    """Burst that either limit allows: this many seconds' worth at once."""


class TokenSettings(SettingGroup):
    """The tokens that the gateway issues."""

    issuer: Text | None = None
    """The `iss` and `aud` of the gateway's own tokens; by default the log's origin."""
    lifetime_seconds: Annotated[int, Field(ge=60, le=3600)] = 3600
    """Lifetime of a client's token."""
    device_lifetime_seconds: Annotated[int, Field(ge=60, le=86_400)] = 3600
    """Longest lifetime of a device token."""
    max_remembered: Annotated[int, Field(ge=16, le=10_000_000)] = 10_000
    """Verified tokens remembered."""


class IssuerSettings(SettingGroup):
    """An outside issuer whose tokens are accepted."""

    id: Name
    """Our name for it; its callers are one source."""
    issuer: Annotated[str, Field(min_length=1, max_length=2048)]
    """The `iss` of its tokens, exactly."""
    audience: Annotated[str, Field(min_length=1, max_length=2048)]
    """The `aud` that its tokens must carry."""
    jwks_file: Location | None = None
    """A file with its keys (JWKS)."""
    jwks_url: Url | None = None
    """Where its keys are fetched from."""
    binds: Literal["client", "person"] = "client"
    """Whether its subjects are programs, or people of ours who may then speak for themselves only."""
    subject_claim: Text = "sub"
    """The claim that names the caller."""
    scopes_claim: Text = "scope"
    """The claim that lists scopes, as a text with spaces or as a list."""
    scopes: Annotated[tuple[Scope, ...], Strict(False)] = ()
    """The scopes that its tokens can have here at most. `admin` may search as well, but not in the rules of tenants."""
    algorithms: Annotated[tuple[Algorithm, ...], Strict(False), Field(min_length=1)] = (
        "EdDSA",
        "ES256",
        "RS256",
    )
    """Accepted signature algorithms."""
    fetch_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Time for fetching its keys."""
    cache_seconds: Annotated[int, Field(ge=10, le=86_400)] = 600
    """How long fetched keys are used."""
    min_refetch_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """Keys are not fetched more often than this, whatever tokens say."""

    @model_validator(mode="after")
    def _one_place_for_keys(self) -> Self:
        if (self.jwks_file is None) == (self.jwks_url is None):
            raise PydanticCustomError("one_of_jwks_file_jwks_url", "exactly one of jwks_file and jwks_url")
        return self


class DestinationSettings(SettingGroup):
    """Where the permitted signals of one purpose are routed. `docs/destinations.md` says more."""

    id: Name
    """The policy refers to it."""
    kind: Literal["http", "segment_http", "ndjson", "parquet"]
    """How it is reached."""
    purpose: Name
    """The one purpose whose signals it receives."""
    url: Url | None = None
    """Where to post (HTTP kinds)."""
    path: Location | None = None
    """The directory to write to (file kinds)."""
    secret_file: Location | None = None
    """The file with the write key (segment_http)."""
    signing_key_file: Location | None = None
    """The file with the 32-byte Ed25519 seed (http); by default one in the keys directory."""
    erasure_url: Url | None = None
    """Where to post that somebody was erased (HTTP kinds); without it the recipient must be told by hand."""
    events: Annotated[tuple[str, ...], Field(max_length=64), Strict(False)] = ()
    """The only events that it receives, such as `Rule Fired`; all of its purpose when empty."""
    batch_size: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Signals per batch, about."""
    max_batch_bytes: Annotated[int, Field(ge=1024, le=64 << 20)] | None = None
    """Bytes per body at most; by default what suits the kind."""
    timeout_seconds: Annotated[float, Field(gt=0, le=3600)] = 10.0
    """Time for one attempt."""
    linger_seconds: Annotated[float, Field(ge=0, le=3600)] = 0.2
    """How long signals gather once there is one."""
    max_dead_letters: Annotated[int, Field(ge=1, le=10_000_000)] = 100_000
    """Dead letters kept; then delivery waits instead of giving up more."""


class Cors(SettingGroup):
    """Which web pages may call."""

    allowed_origins: Annotated[tuple[Origin, ...], Strict(False)] = ()
    """Web origins whose pages may call, exactly, such as https://shop.example; there is no wildcard."""
    max_age_seconds: Annotated[int, Field(ge=0, le=86_400)] = 600
    """How long a browser may cache a preflight answer."""


class MetricsSettings(SettingGroup):
    """Who may read `/metrics`."""

    token_file: Location | None = None
    """A file with the bearer token. Without it only this machine may read; behind a proxy here, that is everybody."""


def place(data: Any, directory: Path) -> Any:
    """The same tables, with every relative path starting at the data directory."""
    if isinstance(data, dict):
        return {
            key: str(directory / value)
            if _names_path(key) and isinstance(value, str)
            else place(value, directory)
            for key, value in data.items()
        }
    return [place(value, directory) for value in data] if isinstance(data, list) else data


def _names_path(key: str) -> bool:
    return key == "path" or key.endswith(("_file", "_dir"))
