"""The group `[portal]` of `volens.toml`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.settings.oidc import OidcSettings


class PortalSettings(OidcSettings):
    """The preference portal. `docs/portal.md` says how to set it up."""

    enabled: bool = True
    """Whether there is a portal at `/portal`."""
    controller_name: Annotated[str, Field(min_length=1, max_length=80)] = "us"
    """The controller's name as people know it; `us` lets the pages say so in each language."""
    contact: Annotated[str, Field(max_length=200)] = ""
    """Where people can write to, as the page shows it."""
    link_seconds: Annotated[int, Field(ge=30, le=86_400)] = 900
    """Lifetime of a one-time link."""
    session_idle_seconds: Annotated[int, Field(ge=60, le=86_400)] = 1800
    """An idle session ends after this time."""
    session_max_seconds: Annotated[int, Field(ge=300, le=604_800)] = 28_800
    """Every session ends after this time."""
    max_sessions: Annotated[int, Field(ge=16, le=10_000_000)] = 100_000
    """Sessions at once; beyond this the oldest one ends."""
    sign_ins_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Attempts to sign in from one network address."""
