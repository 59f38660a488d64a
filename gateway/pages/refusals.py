"""Why a page does not do what a request asks: each ends in a page that says so in plain words."""

from __future__ import annotations

from gateway.errors import GatewayError


class PageRefusalError(GatewayError):
    """A request that is not carried out. Nothing of it is repeated."""

    status = 400
    """The HTTP status of the page."""


class SignInNeededError(PageRefusalError):
    """Nobody is signed in, or not any more."""

    status = 303


class FormRefusedError(PageRefusalError):
    """The form did not come from a page of this session, or cannot be read."""

    status = 403


class TooManyError(PageRefusalError):
    """Too many attempts."""

    status = 429


class ElsewhereError(PageRefusalError):
    """The request was meant for another name than ours."""

    status = 421


class NoSuchPageError(PageRefusalError):
    """There is no such page, or not for this person."""

    status = 404
