"""Officers coming in by the organisation's own sign-in: off to the provider, back, and in by the form of our own page."""

from __future__ import annotations

from starlette.responses import Response

from gateway.errors import CredentialsInvalidError
from gateway.officer.accounts import Account
from gateway.officer.arriving import ARRIVED_SECONDS, Arrival, has_second_factor
from gateway.officer.console import SAME_SITE, Console, Visit, count_attempt, show_outside
from gateway.officer.entrance_pages import SIGN_IN, let_in, refused_entry
from gateway.officer.looks import OfficerAct
from gateway.pages.cookies import forget_cookie, set_cookie
from gateway.pages.forms import is_same
from gateway.pages.oidc import ATTEMPT_SECONDS, SignedIn
from gateway.pages.oidc_provider import Provider
from gateway.pages.refusals import FormRefusedError, NoSuchPageError
from gateway.pages.rendering import redirect

RETURN_PATH = "/officer/oidc/return"


async def go(console: Console, visit: Visit) -> Response:
    """Off to the provider. The cookie of the attempt is `Lax`: the way back is begun by another site. It ends a session."""
    provider = _provider(console)
    count_attempt(console, visit)
    base = console.address.base_url(visit.request.headers.get("host"))
    now = console.clock.now()
    name, attempt = console.attempts_at_provider.begin(f"{base}{RETURN_PATH}", now=now)
    response = redirect(await provider.authorisation_url(attempt, now=now))
    cookie = console.address.sign_in_cookie
    set_cookie(console.address, response, cookie, name, ATTEMPT_SECONDS, same_site="lax")
    if visit.session is not None:
        console.sessions.close(visit.request.cookies.get(console.address.session_cookie))
        forget_cookie(console.address, response, console.address.session_cookie, same_site=SAME_SITE)
    return response


async def come_back(console: Console, visit: Visit) -> Response:
    """Back from the provider: the page whose form lets in. Whatever is wrong, the page says the same."""
    provider = _provider(console)
    count_attempt(console, visit)
    now, cookie = console.clock.now(), console.address.sign_in_cookie
    shown = await _shown(console, visit, provider)
    account = None if shown is None else console.accounts.find(shown.subject)
    if shown is None or account is None or not account.is_enrolled:
        response = refused_entry(console, visit)
        forget_cookie(console.address, response, cookie, same_site="lax")
        return response
    needs_code = not has_second_factor(shown, console.settings)
    name, arrival = console.arrivals.begin(account, needs_code=needs_code, now=now)
    response = _show(console, visit, arrival)
    set_cookie(console.address, response, cookie, name, ARRIVED_SECONDS, same_site=SAME_SITE)
    return response


async def finish(console: Console, visit: Visit) -> Response:
    """Come in.

    Raises:
        FormRefusedError: the form is not from the page of this arrival.
    """
    _provider(console)
    count_attempt(console, visit)
    now, cookie = console.clock.now(), console.address.sign_in_cookie
    name = visit.request.cookies.get(cookie)
    arrival = console.arrivals.find(name, now=now)
    if arrival is None:
        return redirect(SIGN_IN)
    if not is_same(visit.form.get("arrival", ""), arrival.csrf):
        raise FormRefusedError
    account = await _second_factor(console, visit, arrival, now)
    if account is None:
        console.looks.note_refused()
        return _show(console, visit, arrival, failed=True)
    console.arrivals.end(name)
    await console.looks.note_act(account.officer, OfficerAct.SIGNED_IN, by="oidc")
    response = let_in(console, visit, account)
    forget_cookie(console.address, response, cookie, same_site=SAME_SITE)
    return response


async def _shown(console: Console, visit: Visit, provider: Provider) -> SignedIn | None:
    """What the provider says of whoever comes back; None if that does not hold."""
    said = visit.request.query_params
    state, code = said.getlist("state"), said.getlist("code")
    name, now = visit.request.cookies.get(console.address.sign_in_cookie), console.clock.now()
    attempt = console.attempts_at_provider.take(name, state[0] if len(state) == 1 else "", now=now)
    if attempt is None or len(code) != 1 or not provider.is_issuer(said.get("iss")):
        return None
    try:
        return await provider.sign_in(attempt, code[0], now=now)
    except CredentialsInvalidError:
        return None


async def _second_factor(console: Console, visit: Visit, arrival: Arrival, now: int) -> Account | None:
    account = console.accounts.find(arrival.officer)
    if account is None or account.since != arrival.since or not account.is_enrolled:
        return None
    if not arrival.needs_code:
        return account
    return await console.signing_in.judge_code(account.name, visit.form.get("code", ""), now=now)


def _show(console: Console, visit: Visit, arrival: Arrival, *, failed: bool = False) -> Response:
    return show_outside(
        console,
        visit,
        "arrived.html",
        403 if failed else 200,
        arrival=arrival.csrf,
        name=arrival.officer,
        needs_code=arrival.needs_code,
        failed=failed,
    )


def _provider(console: Console) -> Provider:
    if console.provider is None:
        raise NoSuchPageError
    return console.provider
