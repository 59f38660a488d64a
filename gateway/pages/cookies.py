"""Cookies of our pages: no script reads them, and no form of another site brings them along."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Literal

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.own_address import OwnAddress
from gateway.pages.rendering import redirect
from gateway.wording.languages import Language, Languages

SameSite = Literal["lax", "strict"]
"""Whether a link of another site brings the cookie along (`lax`), or nothing of another site does (`strict`)."""

LANGUAGE_SECONDS = 31_536_000


def set_cookie(
    address: OwnAddress,
    response: Response,
    name: str,
    value: str,
    max_age: int | None = None,
    *,
    same_site: SameSite,
) -> None:
    """Give the browser a cookie; without `max_age` (seconds) it ends with the browser."""
    response.set_cookie(
        name, value, max_age=max_age, path="/", secure=address.secure, httponly=True, samesite=same_site
    )


def forget_cookie(address: OwnAddress, response: Response, name: str, *, same_site: SameSite) -> None:
    """Let the browser drop a cookie of ours."""
    response.delete_cookie(name, path="/", secure=address.secure, httponly=True, samesite=same_site)


def language_of(request: Request, languages: Languages, address: OwnAddress) -> Language:
    """The language for an answer: the one that was chosen here, or what the browser asks for."""
    return languages.choose(
        request.cookies.get(address.language_cookie), request.headers.get("accept-language")
    )


def choose_language(
    form: Mapping[str, str],
    languages: Languages,
    address: OwnAddress,
    returns: Collection[str],
    home: str,
    *,
    same_site: SameSite,
) -> Response:
    """Remember a language, and go back to the page it was chosen on.

    Args:
        form: what was filled in: `language` and `back`.
        languages: those of the pages.
        address: where we are reached.
        returns: the paths that it may lead back to.
        home: where anything else leads.
        same_site: of our cookies.
    """
    back = form.get("back", home)
    response = redirect(back if back in returns else home)
    chosen = form.get("language")
    if chosen in {each.code for each in languages.all()}:
        set_cookie(address, response, address.language_cookie, chosen, LANGUAGE_SECONDS, same_site=same_site)
    return response
