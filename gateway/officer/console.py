"""What is true of every request to the console, checked before anything is done; what is shown is in the log before.

    our own name -> the session, whose account must still be as it was -> for a form: its origin, its size, its token

Cookies are `SameSite=Strict`: a request that another site began comes without one, and so from nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from consent import Policy
from gateway.callers.rate_limits import RateLimits
from gateway.clock import Clock
from gateway.officer.accounts import Account, Accounts
from gateway.officer.arriving import Arrivals
from gateway.officer.enrolling import OfficerEnrolments
from gateway.officer.looks import Looks, Page
from gateway.officer.passwords import Passwords
from gateway.officer.signing_in import SigningIn
from gateway.officer.surroundings import ConsoleParts
from gateway.pages.cookies import language_of
from gateway.pages.forms import caller_digest, checked_form, insist_on_own_name
from gateway.pages.own_address import OwnAddress
from gateway.pages.provider_sign_in import ProviderSignIn
from gateway.pages.refusals import SignInNeededError
from gateway.pages.rendering import Pages
from gateway.pages.sessions import Session, Sessions
from gateway.settings.officer import OfficerSettings
from gateway.wording.languages import Language, Languages

COOKIE = "volens_officer"
"""What the names of our cookies begin with."""
SAME_SITE: Final = "strict"
"""Of our cookies: a request that another site began comes without one, and so from nobody."""

Who = tuple[str, str]
"""An officer's name, and the mark of the enrolment by which they came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """What the console is made of; `gateway/wiring/console_assembly.py` puts it together."""

    settings: OfficerSettings
    """What was configured."""
    policy: Policy
    """The policy in force."""
    clock: Clock
    """The one clock."""
    address: OwnAddress
    """Where we are reached."""
    languages: Languages
    """Those of the pages."""
    pages: Pages
    """Renders the pages."""
    accounts: Accounts
    """Who may come in."""
    sessions: Sessions[Who]
    """Who is inside."""
    signing_in: SigningIn
    """Judges who comes."""
    enrolments: OfficerEnrolments
    """Who is about to be an officer."""
    elsewhere: ProviderSignIn | None
    """The organisation's own sign-in, where there is one."""
    arrivals: Arrivals
    """Who came back, and is not inside yet."""
    passwords: Passwords
    """Keeps what they choose."""
    attempts: RateLimits
    """How often one network address may try to come in."""
    looks: Looks
    """What officers do, into the log."""
    around: ConsoleParts
    """What there is to be looked at."""
    caller_key: bytes = field(repr=False)
    """Makes network addresses unreadable before they are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that may be answered."""

    language: Language
    """In which the answer is."""
    session: Session[Who] | None
    """The session, if there is one."""
    account: Account | None
    """Who asks, if they are signed in."""
    form: Mapping[str, str]
    """What was filled in; empty for a page that is only looked at."""
    caller: str
    """Who asks, for counting attempts: a digest."""
    request: Request
    """As it came."""

    def require_officer(self) -> None:
        """Let nobody else go on.

        Raises:
            SignInNeededError: nobody is signed in.
        """
        if self.account is None:
            raise SignInNeededError

    @property
    def officer(self) -> str:
        """The pseudonym of whoever is signed in.

        Raises:
            SignInNeededError: nobody is.
        """
        if self.account is None:
            raise SignInNeededError
        return self.account.officer


async def receive(console: Console, request: Request) -> Visit:
    """Check a request.

    Raises:
        ElsewhereError: it was meant for another name.
        FormRefusedError: the form is not from a page of this session, or cannot be read.
    """
    insist_on_own_name(console.address, request)
    now = console.clock.now()
    session = console.sessions.find(request.cookies.get(console.address.session_cookie), now=now)
    account = None if session is None else _current(console, session)
    form = await checked_form(console.address, request, None if session is None else session.csrf)
    return Visit(
        language=language_of(request, console.languages, console.address),
        session=session if account is not None else None,
        account=account,
        form=form,
        caller=caller_digest(console.caller_key, request),
        request=request,
    )


def show_outside(console: Console, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page for somebody who is not inside, or that shows nothing: no look."""
    told = None
    if visit.session is not None and status == 200:
        told, visit.session.told = visit.session.told, None
    return console.pages.render(
        template,
        visit.language,
        status,
        session=visit.session,
        account=visit.account,
        told=told,
        path=visit.request.url.path,
        waiting=0 if visit.account is None else console.around.cases.waiting_for(visit.account.officer),
        **values,
    )


async def show(
    console: Console,
    visit: Visit,
    page: Page,
    template: str,
    status: int = 200,
    *,
    seen: Mapping[str, str | int] | None = None,
    **values: Any,
) -> Response:
    """A page of the inside: its look is in the log before it is made.

    Args:
        console: whose.
        visit: who looks.
        page: at what.
        template: its file in `templates`.
        status: of HTTP.
        seen: by which filter, as `Looks.note` takes it.
        **values: what the template shows.

    Raises:
        SignInNeededError: nobody is signed in.
        LogUnavailableError: the look cannot be noted.
    """
    await console.looks.note(visit.officer, page, **(seen or {}))
    return show_outside(console, visit, template, status, **values)


def _current(console: Console, session: Session[Who]) -> Account | None:
    """The account of a session, if it is still the one that came in."""
    name, since = session.who
    account = console.accounts.find(name)
    return account if account is not None and account.since == since else None
