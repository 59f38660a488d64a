"""Coming in and going out: the two factors, enrolment, sign-out, the choice of a language.

- Name, password and code go into one form; whatever is wrong, the page says the same. Where a provider is configured there is no
  such form, so that whom the organisation disables stays outside.
- A new session has a new name, whatever cookie the browser brought; the old one is over.
- An enrolment ends with a session: both factors have just been shown.
"""

from __future__ import annotations

import asyncio

from starlette.responses import Response

from gateway.officer.accounts import Account
from gateway.officer.console import SAME_SITE, Console, Visit, show_outside
from gateway.officer.enrolling import UNDER_WAY_SECONDS, Enrolment, Missing, check
from gateway.officer.looks import OfficerAct
from gateway.officer.one_time_codes import as_address, as_text
from gateway.pages import cookies
from gateway.pages.cookies import forget_cookie, set_cookie
from gateway.pages.forms import count_attempt, is_same
from gateway.pages.refusals import FormRefusedError, NoSuchPageError
from gateway.pages.rendering import redirect
from gateway.pages.sessions import Told

HOME = "/officer"
SIGN_IN = "/officer/sign-in"
ENROL = "/officer/enrol"
FINISH = "/officer/enrol/finish"
ARRIVED = "/officer/oidc/return"

RETURNS = frozenset(
    {HOME, SIGN_IN, ENROL, FINISH, ARRIVED}
    | {f"{HOME}/{page}" for page in ("entries", "people", "rights", "reports", "approvals")}
)
"""Where the choice of a language leads back to; anything else leads home."""

_GROUP = 4


async def nobody_yet(console: Console, visit: Visit) -> Response:
    """That nobody was invited, and who can change that."""
    return show_outside(console, visit, "nobody_yet.html")


async def sign_in_page(console: Console, visit: Visit) -> Response:
    """How to come in."""
    again = visit.request.url.query == "again"
    oidc = console.elsewhere is not None
    return show_outside(console, visit, "sign_in.html", failed=False, again=again, oidc=oidc)


async def sign_in(console: Console, visit: Visit) -> Response:
    """Come in by name, password and code.

    Raises:
        NoSuchPageError: officers come in by their organisation's own sign-in.
    """
    if console.elsewhere is not None:
        raise NoSuchPageError
    count_attempt(console.attempts, visit.caller)
    form = visit.form
    account = await console.signing_in.judge(
        form.get("name", ""),
        password=form.get("password", ""),
        code=form.get("code", ""),
        now=console.clock.now(),
    )
    if account is None:
        return refused_entry(console, visit)
    await console.looks.note_act(account.officer, OfficerAct.SIGNED_IN)
    return let_in(console, visit, account)


def refused_entry(console: Console, visit: Visit) -> Response:
    """The one answer to everybody who is not let in."""
    console.looks.note_refused()
    oidc = console.elsewhere is not None
    return show_outside(console, visit, "sign_in.html", 403, failed=True, again=False, oidc=oidc)


async def sign_out(console: Console, visit: Visit) -> Response:
    """End the session, also if the log cannot say so."""
    officer, cookie = visit.officer, console.address.session_cookie
    console.sessions.close(visit.request.cookies.get(cookie))
    response = redirect(SIGN_IN)
    forget_cookie(console.address, response, cookie, same_site=SAME_SITE)
    await console.looks.note_act(officer, OfficerAct.SIGNED_OUT)
    return response


async def enrol_page(console: Console, visit: Visit) -> Response:
    """Where the one-time code goes."""
    return show_outside(console, visit, "enrol.html", failed=False)


async def enrol(console: Console, visit: Visit) -> Response:
    """Begin with a one-time code; the whole link that was printed will do."""
    count_attempt(console.attempts, visit.caller)
    code = visit.form.get("code", "").strip().rpartition("#")[2]
    name = console.enrolments.begin(code, now=console.clock.now())
    if name is None:
        console.looks.note_refused()
        return show_outside(console, visit, "enrol.html", 403, failed=True)
    response = redirect(FINISH)
    cookie = console.address.sign_in_cookie
    set_cookie(console.address, response, cookie, name, UNDER_WAY_SECONDS, same_site=SAME_SITE)
    return response


async def finish_page(console: Console, visit: Visit) -> Response:
    """Where the password is chosen, and the app learns to make codes."""
    enrolment = _under_way(console, visit)
    return redirect(ENROL) if enrolment is None else _show_finish(console, visit, enrolment)


async def finish(console: Console, visit: Visit) -> Response:
    """Both factors, or nothing.

    Raises:
        FormRefusedError: the form is not from the page of this enrolment.
    """
    enrolment = _under_way(console, visit)
    if enrolment is None:
        return redirect(ENROL)
    count_attempt(console.attempts, visit.caller)
    if not is_same(visit.form.get("enrolment", ""), enrolment.csrf):
        raise FormRefusedError
    form = visit.form
    step = check(
        enrolment,
        password=form.get("password", ""),
        again=form.get("again", ""),
        code=form.get("code", ""),
        now=console.clock.now(),
    )
    if isinstance(step, Missing):
        return _show_finish(console, visit, enrolment, step)
    kept = await console.passwords.keep(visit.form["password"])
    account = console.enrolments.finished(enrolment, kept, step=step)
    if account is None:
        return redirect(ENROL)
    console.enrolments.end(visit.request.cookies.get(console.address.sign_in_cookie))
    await console.looks.note_act(account.officer, OfficerAct.ENROLLED)
    await asyncio.to_thread(console.accounts.keep, account)
    response = let_in(console, visit, account, "enrolled")
    forget_cookie(console.address, response, console.address.sign_in_cookie, same_site=SAME_SITE)
    return response


async def choose_language(console: Console, visit: Visit) -> Response:
    """Remember a language, and go back to the page it was chosen on."""
    return cookies.choose_language(
        visit.form, console.languages, console.address, RETURNS, HOME, same_site=SAME_SITE
    )


def let_in(console: Console, visit: Visit, account: Account, told: str | None = None) -> Response:
    """Open a session for somebody who has shown both factors."""
    cookie, now = console.address.session_cookie, console.clock.now()
    console.sessions.close(visit.request.cookies.get(cookie))
    name = console.sessions.open((account.name, account.since), now=now)
    opened = console.sessions.find(name, now=now)
    if opened is not None and told is not None:
        opened.told = Told(told)
    response = redirect(HOME)
    set_cookie(console.address, response, cookie, name, same_site=SAME_SITE)
    return response


def _under_way(console: Console, visit: Visit) -> Enrolment | None:
    name = visit.request.cookies.get(console.address.sign_in_cookie)
    return console.enrolments.find(name, now=console.clock.now())


def _show_finish(
    console: Console, visit: Visit, enrolment: Enrolment, missing: Missing | None = None
) -> Response:
    text = as_text(enrolment.secret)
    return show_outside(
        console,
        visit,
        "enrol_finish.html",
        200 if missing is None else 422,
        name=enrolment.name,
        secret=[text[at : at + _GROUP] for at in range(0, len(text), _GROUP)],
        address=as_address(enrolment.secret, "Volens", enrolment.name),
        enrolment=enrolment.csrf,
        missing=missing,
    )
