"""Why the portal does not do what a request asks: each ends in a page that says so in plain words."""

from __future__ import annotations

from gateway.errors import GatewayError


class PortalRefusalError(GatewayError):
    """A request that is not carried out. Nothing of it is repeated."""

    status = 400
    """The HTTP status of the page."""


class SignInNeededError(PortalRefusalError):
    """Nobody is signed in, or not any more."""

    status = 303


class FormRefusedError(PortalRefusalError):
    """The form did not come from a page of this session, or cannot be read."""

    status = 403


class TooManyError(PortalRefusalError):
    """Too many attempts."""

    status = 429


class ElsewhereError(PortalRefusalError):
    """The request was meant for another name than ours."""

    status = 421


class NoSuchPageError(PortalRefusalError):
    """There is no such page, or not for this person."""

    status = 404
