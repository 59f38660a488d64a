"""The group `[portal]` of `volens.toml`."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.groups import SettingGroup
from gateway.settings.values import Location, Text, Url


class PortalSettings(SettingGroup):
    """The preference portal. `docs/portal.md` says how to set it up."""

    enabled: bool = True
    """Whether there is a portal at `/portal`."""
    controller_name: Annotated[str, Field(min_length=1, max_length=80)] = "us"
    """The controller's name as people know it; `us` lets the pages say so in each language."""
    contact: Annotated[str, Field(max_length=200)] = ""
    """Where people can write to, as it should stand on the page."""
    link_seconds: Annotated[int, Field(ge=30, le=86_400)] = 900
    """Life of a one-time link."""
    session_idle_seconds: Annotated[int, Field(ge=60, le=86_400)] = 1800
    """A session that is not used for so long ends."""
    session_max_seconds: Annotated[int, Field(ge=300, le=604_800)] = 28_800
    """A session ends after so long in any case."""
    max_sessions: Annotated[int, Field(ge=16, le=10_000_000)] = 100_000
    """Sessions at once; the one that was opened first gives way."""
    sign_ins_per_minute: Annotated[int, Field(ge=1, le=100_000)] = 30
    """Attempts to sign in from one network address."""
    oidc_issuer: Url | None = None
    """The OpenID Connect provider that knows the people; without one they come by link or hand-over token."""
    oidc_client_id: Text | None = None
    """Our client id there."""
    oidc_client_secret_file: Location | None = None
    """The file with our client secret there."""
    oidc_subject_claim: Text = "sub"
    """The claim of the ID token that holds the id by which the app names the person."""
    oidc_scope: Annotated[str, Field(min_length=6, max_length=255, pattern=r"^openid( [!-~]+)*$")] = "openid"
    """The scope to ask for."""
    oidc_timeout_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    """Time for one request to the provider."""

    @model_validator(mode="after")
    def _provider_is_whole(self) -> Self:
        known = (self.oidc_issuer, self.oidc_client_id, self.oidc_client_secret_file)
        if any(known) and not all(known):
            raise PydanticCustomError(
                "oidc_incomplete", "oidc_issuer, oidc_client_id and oidc_client_secret_file belong together"
            )
        return self
