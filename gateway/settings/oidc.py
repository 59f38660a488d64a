"""The settings of a sign-in at somebody else's provider, the same for people and for officers."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from gateway.settings.groups import SettingGroup
from gateway.settings.values import Location, Text, Url


class OidcSettings(SettingGroup):
    """An OpenID Connect provider, or none."""

    oidc_issuer: Url | None = None
    """The OpenID Connect provider for sign-in, if there is one."""
    oidc_client_id: Text | None = None
    """Our client id there."""
    oidc_client_secret_file: Location | None = None
    """The file with our client secret there."""
    oidc_subject_claim: Text = "sub"
    """The claim of the ID token that says who it is: the id by which the app names the person, or an officer's name."""
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
