"""Coming in and going out: one-time links, sign-out, the choice of a language.

- A new session has a new name, whatever cookie the browser brought; the old one is over.
- Every link that does not let in is answered with the same page: unknown, used, run out, or badly copied.
"""

from __future__ import annotations

import asyncio
import re
from typing import Final

from starlette.responses import Response

from gateway.pages import cookies
from gateway.pages.cookies import forget_cookie, set_cookie
from gateway.pages.forms import count_attempt
from gateway.pages.rendering import redirect
from gateway.portal.not_let_in import NotLetIn
from gateway.portal.visits import Portal, Visit, show
from privacy import SubjectRef

SAME_SITE: Final = "lax"
"""Of our cookies: a link in a letter or an app finds whoever is signed in still signed in."""

HOME = "/portal"
SIGN_IN = "/portal/sign-in"
RETURNS = frozenset(
    f"/portal{page}"
    for page in ("", "/sign-in", "/notice", "/history", "/why", "/receipts", "/data", "/erase")
)
"""Where the choice of a language leads back to, beside the page of an erasure; anything else leads home."""

_OF_AN_ERASURE = re.compile("/portal/erased/[0-9a-f]{64}")


async def sign_in_page(portal: Portal, visit: Visit) -> Response:
    """How to come in; also for somebody who is inside and was given a link for another id."""
    again = visit.request.url.query == "again"
    oidc = portal.settings.oidc_issuer is not None
    return show(portal, visit, "sign_in.html", failed=False, again=again, oidc=oidc)


async def use_link(portal: Portal, visit: Visit) -> Response:
    """Come in by a one-time link: its secret, which a script or the person put into the form; the whole link will do."""
    count_attempt(portal.attempts, visit.caller)
    secret = visit.form.get("code", "").strip().rpartition("#")[2]
    ref = await asyncio.to_thread(portal.links.take, secret, now=portal.clock.now())
    if ref is None:
        return refused_entry(portal, visit, NotLetIn.LINK)
    return let_in(portal, visit, ref)


def refused_entry(portal: Portal, visit: Visit, why: NotLetIn) -> Response:
    """The one answer to everybody who is not let in; why is only counted."""
    portal.not_let_in[why] += 1
    oidc = portal.settings.oidc_issuer is not None
    return show(portal, visit, "sign_in.html", 403, failed=True, again=False, oidc=oidc)


def let_in(portal: Portal, visit: Visit, ref: SubjectRef) -> Response:
    """Open a session for somebody who has shown who they are."""
    cookie = portal.address.session_cookie
    portal.sessions.close(visit.request.cookies.get(cookie))
    response = redirect(HOME)
    name = portal.sessions.open(ref, now=portal.clock.now())
    set_cookie(portal.address, response, cookie, name, same_site=SAME_SITE)
    return response


async def sign_out(portal: Portal, visit: Visit) -> Response:
    """End the session."""
    cookie = portal.address.session_cookie
    portal.sessions.close(visit.request.cookies.get(cookie))
    response = show(portal, _outside(visit), "signed_out.html")
    forget_cookie(portal.address, response, cookie, same_site=SAME_SITE)
    return response


async def choose_language(portal: Portal, visit: Visit) -> Response:
    """Remember a language, and go back to the page it was chosen on."""
    back = visit.form.get("back", "")
    returns = RETURNS | {back} if _OF_AN_ERASURE.fullmatch(back) else RETURNS
    return cookies.choose_language(
        visit.form, portal.languages, portal.address, returns, HOME, same_site=SAME_SITE
    )


def _outside(visit: Visit) -> Visit:
    return Visit(
        language=visit.language,
        session=None,
        form={},
        gpc=visit.gpc,
        caller=visit.caller,
        request=visit.request,
    )
