"""The group `[officer]` of `volens.toml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.settings.oidc import OidcSettings
from gateway.settings.values import Text


class OfficerSettings(OidcSettings):
    """The officers' console. `docs/officer.md` says how to set it up."""

    enabled: bool = True
    """Whether there is a console at `/officer`, once an officer has been enrolled; before, there is none in any case."""
    enrolment_seconds: Annotated[int, Field(ge=60, le=604_800)] = 86_400
    """Lifetime of the one-time code that `volens officer enrol` prints."""
    session_idle_seconds: Annotated[int, Field(ge=60, le=28_800)] = 900
    """An idle session ends after this time."""
    session_max_seconds: Annotated[int, Field(ge=300, le=86_400)] = 28_800
    """Every session ends after this time."""
    sign_ins_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 10
    """Attempts to come in from one network address."""
    account_attempts_per_minute: Annotated[float, Field(gt=0, le=100_000)] = 1.0
    """Attempts to come in under one name, wherever they come from; five at once."""
    case_seconds: Annotated[int, Field(ge=60, le=604_800)] = 14_400
    """How long a case waits for the second officer, and then stays open for the first."""
    entries_per_day: Annotated[int, Field(ge=50, le=10_000_000)] = 2_000
    """Entries that one officer may be shown in a day; more take an export and a second officer."""
    programs_see_people: bool = True
    """Whether the scope `audit:read` is enough for entries about people: false leaves them to officers and their four eyes."""
    oidc_accepted_acr: frozenset[Text] = frozenset()
    """Values of `acr` that prove a second factor at the provider; with them no code is asked for here."""
    oidc_accepted_amr: frozenset[Text] = frozenset()
    """Values of `amr` (RFC 8176, such as `mfa` or `hwk`) that prove the same."""
