"""Coming in by the app's own sign-in: off to the provider, and back with its answer."""

from __future__ import annotations

from starlette.responses import Response

from gateway.identities import MAX_ID_CHARACTERS
from gateway.pages.forms import count_attempt
from gateway.pages.provider_sign_in import ProviderSignIn
from gateway.pages.refusals import NoSuchPageError
from gateway.portal.entrance_pages import let_in, refused_entry
from gateway.portal.not_let_in import NotLetIn
from gateway.portal.visits import Portal, Visit

RETURN_PATH = "/portal/oidc/return"


async def go(portal: Portal, visit: Visit) -> Response:
    """Off to the provider."""
    elsewhere = _elsewhere(portal)
    count_attempt(portal.attempts, visit.caller)
    return await elsewhere.go(visit.request, now=portal.clock.now())


async def come_back(portal: Portal, visit: Visit) -> Response:
    """Back from the provider. Whatever is wrong, the page says the same."""
    elsewhere = _elsewhere(portal)
    count_attempt(portal.attempts, visit.caller)
    shown = await elsewhere.come_back(visit.request, now=portal.clock.now())
    if shown is None or len(shown.subject) > MAX_ID_CHARACTERS:
        response = refused_entry(portal, visit, NotLetIn.PROVIDER)
    else:
        response = let_in(portal, visit, portal.known(shown.subject))
    elsewhere.forget(response)
    return response


def _elsewhere(portal: Portal) -> ProviderSignIn:
    if portal.elsewhere is None:
        raise NoSuchPageError
    return portal.elsewhere
