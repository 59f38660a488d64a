"""What is true of every request to the portal, checked before anything is done.

    our own name -> the session, if there is one -> for a form: its origin, its size, its token

- A page that changes something is a form with POST; it must come from our own origin, and carry the session's token.
- A form is read strictly: bounded, each field once.
- The address of a caller is used to count attempts, as a keyed digest, in memory.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consent import Policy, has_gpc
from gateway.callers.rate_limits import RateLimits
from gateway.clock import Clock
from gateway.decision_proofs.proofs import DecisionProofs
from gateway.pages.cookies import language_of
from gateway.pages.forms import caller_digest, checked_form, insist_on_own_name, read_form
from gateway.pages.own_address import OwnAddress
from gateway.pages.provider_sign_in import ProviderSignIn
from gateway.pages.refusals import SignInNeededError, TooManyError
from gateway.pages.rendering import Pages
from gateway.pages.sessions import Session, Sessions
from gateway.portal.choices import Choices
from gateway.portal.decisions import OwnDecisions
from gateway.portal.handover_tokens import Handovers
from gateway.portal.neighbours import PersonCounts, PersonDevices, PersonRights, Receipts
from gateway.portal.not_let_in import NotLetIn
from gateway.portal.one_time_links import OneTimeLinks
from gateway.settings.portal import PortalSettings
from gateway.wording.languages import Language, Languages
from privacy import SubjectRef

COOKIE = "volens_portal"
"""What the names of our cookies begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Portal:
    """What the portal is made of; `gateway/wiring/portal_assembly.py` puts it together."""

    settings: PortalSettings
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
    sessions: Sessions[SubjectRef]
    """Who is inside."""
    links: OneTimeLinks
    """One way in."""
    handovers: Handovers
    """Another way in."""
    elsewhere: ProviderSignIn | None
    """The app's own sign-in, where there is one."""
    known: Callable[[str], SubjectRef]
    """The pseudonym of an id that the provider vouches for."""
    attempts: RateLimits
    """How often one network address may try to come in."""
    grants: RateLimits
    """How fast one person may turn things on."""
    downloads: RateLimits
    """How often one person may take their data along."""
    choices: Choices
    """What people decide."""
    decisions: OwnDecisions
    """What was shown to them, and why."""
    receipts: Receipts
    """What they can keep of it."""
    proofs: DecisionProofs
    """What they can keep of what was shown to them."""
    rights: PersonRights
    """What they may ask for."""
    counts: PersonCounts
    """In how many published numbers they count."""
    devices: PersonDevices
    """The devices of the person."""
    not_let_in: Counter[NotLetIn] = field(default_factory=lambda: Counter(dict.fromkeys(NotLetIn, 0)))
    """How many attempts to come in let nobody in, since the start."""
    caller_key: bytes = field(repr=False)
    """Makes network addresses unreadable before they are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A request that may be answered."""

    language: Language
    """In which the answer is."""
    session: Session[SubjectRef] | None
    """Who asks, if they are signed in."""
    form: Mapping[str, str]
    """What was filled in; empty for a page that is only looked at."""
    gpc: bool
    """Whether the browser sends `Sec-GPC: 1`."""
    caller: str
    """Who asks, for counting attempts: a digest."""
    request: Request
    """As it came."""

    def require_person(self) -> None:
        """Let nobody else go on.

        Raises:
            SignInNeededError: nobody is signed in.
        """
        if self.session is None:
            raise SignInNeededError

    @property
    def inside(self) -> Session[SubjectRef]:
        """The session of somebody signed in.

        Raises:
            SignInNeededError: nobody is.
        """
        if self.session is None:
            raise SignInNeededError
        return self.session


async def receive(portal: Portal, request: Request, *, own_origin: bool = True) -> Visit:
    """Check a request.

    Args:
        portal: whose.
        request: as it came.
        own_origin: whether a form must come from one of our own pages (all but the hand-over of an app).

    Raises:
        ElsewhereError: it was meant for another name.
        FormRefusedError: the form is not from a page of this session, or cannot be read.
    """
    insist_on_own_name(portal.address, request)
    session = portal.sessions.find(request.cookies.get(portal.address.session_cookie), now=portal.clock.now())
    csrf = None if session is None else session.csrf
    form = await (checked_form(portal.address, request, csrf) if own_origin else read_form(request))
    return Visit(
        language=language_of(request, portal.languages, portal.address),
        session=session,
        form=form,
        gpc=has_gpc(request.headers.raw),
        caller=caller_digest(portal.caller_key, request),
        request=request,
    )


def show(portal: Portal, visit: Visit, template: str, status: int = 200, **values: Any) -> Response:
    """A page for a visit: what every template needs beside its own values."""
    told = None
    if visit.session is not None and status == 200:
        told, visit.session.told = visit.session.told, None
    return portal.pages.render(
        template,
        visit.language,
        status,
        session=visit.session,
        told=told,
        path=visit.request.url.path,
        gpc=visit.gpc,
        **values,
    )


def count_grant(portal: Portal, session: Session[SubjectRef]) -> None:
    """Count what a person turns on; what they turn off is never held up.

    Raises:
        TooManyError: nobody decides so fast, and every change is an entry of the log.
    """
    if portal.grants.wait_seconds(session.who.hex(), monotonic()):
        raise TooManyError
