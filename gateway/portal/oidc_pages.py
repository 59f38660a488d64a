"""Coming in by the app's own sign-in: off to the provider, and back with its answer."""

from __future__ import annotations

from starlette.responses import Response

from gateway.errors import CredentialsInvalidError
from gateway.identities import MAX_ID_CHARACTERS
from gateway.pages.cookies import forget_cookie, set_cookie
from gateway.pages.oidc import ATTEMPT_SECONDS
from gateway.pages.oidc_provider import Provider
from gateway.pages.refusals import NoSuchPageError
from gateway.pages.rendering import redirect
from gateway.portal.entrance_pages import SAME_SITE, let_in, refused_entry
from gateway.portal.visits import Portal, Visit, count_attempt
from privacy import SubjectRef

RETURN_PATH = "/portal/oidc/return"


async def go(portal: Portal, visit: Visit) -> Response:
    """Off to the provider, whose address is the configured one's own."""
    provider = _provider(portal)
    count_attempt(portal, visit)
    base = portal.address.base_url(visit.request.headers.get("host"))
    now = portal.clock.now()
    name, attempt = portal.attempts_at_provider.begin(f"{base}{RETURN_PATH}", now=now)
    response = redirect(await provider.authorisation_url(attempt, now=now))
    cookie = portal.address.sign_in_cookie
    set_cookie(portal.address, response, cookie, name, ATTEMPT_SECONDS, same_site=SAME_SITE)
    return response


async def come_back(portal: Portal, visit: Visit) -> Response:
    """Back from the provider. Whatever is wrong, the page says the same."""
    provider = _provider(portal)
    count_attempt(portal, visit)
    ref = await _subject(portal, visit, provider)
    response = refused_entry(portal, visit) if ref is None else let_in(portal, visit, ref)
    forget_cookie(portal.address, response, portal.address.sign_in_cookie, same_site=SAME_SITE)
    return response


async def _subject(portal: Portal, visit: Visit, provider: Provider) -> SubjectRef | None:
    said = visit.request.query_params
    state, code = said.getlist("state"), said.getlist("code")
    name = visit.request.cookies.get(portal.address.sign_in_cookie)
    now = portal.clock.now()
    attempt = portal.attempts_at_provider.take(name, state[0] if len(state) == 1 else "", now=now)
    if attempt is None or len(code) != 1 or not provider.is_issuer(said.get("iss")):
        return None
    try:
        raw = (await provider.sign_in(attempt, code[0], now=now)).subject
    except CredentialsInvalidError:
        return None
    return portal.known(raw) if len(raw) <= MAX_ID_CHARACTERS else None


def _provider(portal: Portal) -> Provider:
    if portal.provider is None:
        raise NoSuchPageError
    return portal.provider
