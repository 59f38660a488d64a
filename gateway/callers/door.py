"""The door: who may come in, by what, and how often."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.callers.credentials import Credentials, load_credentials
from gateway.callers.outside_issuers import OutsideIssuers
from gateway.callers.principals import Authenticator
from gateway.callers.rate_limits import PERSON_BURST_SECONDS, PERSON_CHANGES_PER_SECOND, RateLimits
from gateway.callers.token_endpoint import TokenEndpoint
from gateway.callers.tokens import OwnTokens, Tokens
from gateway.clock import Clock
from gateway.settings.reading import Settings
from privacy import SubjectRef, load_key_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """What every caller passes."""

    authenticator: Authenticator
    """Finds out who calls."""
    rates: RateLimits
    """How many requests each may make."""
    log_rates: RateLimits
    """How many bytes the log takes for the events of each."""
    person_rates: RateLimits
    """How fast a person's own token may change what they consent to, where that ends nothing."""
    token_endpoint: TokenEndpoint
    """Hands out OAuth tokens."""
    own_tokens: OwnTokens
    """Issues and checks our own tokens."""


def open_door(
    settings: Settings, clock: Clock, known: Callable[[str], SubjectRef], editors: Mapping[str, str]
) -> Door:
    """Open it.

    Args:
        settings: what was configured.
        clock: the gateway's.
        known: makes the pseudonym of a signed-in person's id.
        editors: the keys of those who decide of slates, by their ids.

    Raises:
        CredentialsFileError, KeyFileError: a file of keys cannot be used.
    """
    credentials = load_credentials(settings.credentials_file)
    own_tokens = _own_tokens(settings, credentials)
    limits = settings.rate_limits
    return Door(
        authenticator=Authenticator(
            credentials,
            Tokens(own_tokens, OutsideIssuers(settings.issuers, known=known)),
            editors=editors,
            max_remembered_tokens=settings.tokens.max_remembered,
        ),
        rates=RateLimits(limits.requests_per_second, limits.burst_seconds),
        log_rates=RateLimits(limits.log_bytes_per_second, limits.burst_seconds),
        person_rates=RateLimits(PERSON_CHANGES_PER_SECOND, PERSON_BURST_SECONDS),
        token_endpoint=TokenEndpoint(credentials, own_tokens, clock.now),
        own_tokens=own_tokens,
    )


def _own_tokens(settings: Settings, credentials: Credentials) -> OwnTokens:
    return OwnTokens(
        load_key_file(settings.keys_dir / "token.key"),
        issuer=settings.token_issuer,
        client_ids=(credentials.client_id,),
        lifetime_seconds=settings.tokens.lifetime_seconds,
        device_lifetime_seconds=settings.tokens.device_lifetime_seconds,
    )
