"""Officers coming in by the organisation's own sign-in: off to the provider, back, and in by the form of our own page."""

from __future__ import annotations

from starlette.responses import Response

from gateway.officer.accounts import Account
from gateway.officer.arriving import ARRIVED_SECONDS, Arrival, has_second_factor
from gateway.officer.console import SAME_SITE, Console, Visit, show_outside
from gateway.officer.entrance_pages import ARRIVED, SIGN_IN, let_in, refused_entry
from gateway.officer.looks import OfficerAct
from gateway.pages.cookies import forget_cookie, set_cookie
from gateway.pages.forms import count_attempt, is_same
from gateway.pages.provider_sign_in import ProviderSignIn
from gateway.pages.refusals import FormRefusedError, NoSuchPageError
from gateway.pages.rendering import redirect

RETURN_PATH = ARRIVED


async def go(console: Console, visit: Visit) -> Response:
    """Off to the provider. It ends a session."""
    elsewhere = _elsewhere(console)
    count_attempt(console.attempts, visit.caller)
    response = await elsewhere.go(visit.request, now=console.clock.now())
    if visit.session is not None:
        console.sessions.close(visit.request.cookies.get(console.address.session_cookie))
        forget_cookie(console.address, response, console.address.session_cookie, same_site=SAME_SITE)
    return response


async def come_back(console: Console, visit: Visit) -> Response:
    """Back from the provider: the page whose form lets in. Whatever is wrong, the page says the same.

    Somebody who has arrived sees it again, as after the choice of a language.
    """
    elsewhere = _elsewhere(console)
    count_attempt(console.attempts, visit.caller)
    now = console.clock.now()
    under_way = console.arrivals.find(visit.request.cookies.get(console.address.sign_in_cookie), now=now)
    if under_way is not None and not visit.request.url.query:
        return _show(console, visit, under_way)
    shown = await elsewhere.come_back(visit.request, now=now)
    account = None if shown is None else console.accounts.find(shown.subject)
    if shown is None or account is None or not account.is_enrolled:
        response = refused_entry(console, visit)
        elsewhere.forget(response)
        return response
    needs_code = not has_second_factor(shown, console.settings)
    name, arrival = console.arrivals.begin(account, needs_code=needs_code, now=now)
    response = _show(console, visit, arrival)
    cookie = console.address.sign_in_cookie
    set_cookie(console.address, response, cookie, name, ARRIVED_SECONDS, same_site=SAME_SITE)
    return response


async def finish(console: Console, visit: Visit) -> Response:
    """Come in.

    Raises:
        FormRefusedError: the form is not from the page of this arrival.
    """
    _elsewhere(console)
    count_attempt(console.attempts, visit.caller)
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


def _elsewhere(console: Console) -> ProviderSignIn:
    if console.elsewhere is None:
        raise NoSuchPageError
    return console.elsewhere
