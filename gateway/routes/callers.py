"""Who calls a route, and whether they may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from time import monotonic
from typing import Annotated

from fastapi import Depends, Request

from audit import Kind
from consent import Identity
from gateway.callers.cors import find_origin
from gateway.callers.principals import Principal, find_authorization
from gateway.callers.tokens import DEVICE_SOURCE
from gateway.errors import OriginRefusedError, RateLimitedError, ScopeMissingError
from gateway.evidence.about_nobody import are_about_nobody
from gateway.routes.bodies import services_of
from gateway.routes.services import Services
from privacy import SubjectRef


def having(scope: str, *or_one_of: str) -> Callable[[Request], Awaitable[Principal]]:
    """A dependency: the authenticated caller, who holds `scope`, or one of the others.

    Raises:
        CredentialsInvalidError: nobody we know.
        ScopeMissingError: somebody who may not.
        OriginRefusedError: a token that is bound to the pages of one origin comes from elsewhere.
        RateLimitedError: too fast.
    """

    async def authenticate(request: Request) -> Principal:
        services = services_of(request)
        authorization = find_authorization(request.scope["headers"])
        principal = await services.door.authenticator.authenticate(authorization, now=services.clock.now())
        if not any(principal.allows(each) for each in or_one_of):
            principal.require(scope)
        if (
            principal.origin is not None
            and find_origin(request.scope["headers"]) != principal.origin.encode()
        ):
            raise OriginRefusedError
        wait = services.door.rates.wait_seconds(principal.bucket, monotonic())
        if wait:
            raise RateLimitedError(wait)
        return principal

    _ASKED_FOR[authenticate] = (scope, *or_one_of)
    return authenticate


_ASKED_FOR: dict[object, tuple[str, ...]] = {}


def scopes_of(dependency: object) -> tuple[str, ...]:
    """Of which scopes a dependency asks for one; none if it asks for no caller."""
    return _ASKED_FOR.get(dependency, ())


def leave_people_to_officers(services: Services, kinds: Collection[Kind | str]) -> None:
    """Refuse entries about people to programs, where they are left to the officers' console and its four eyes.

    Args:
        services: what was configured.
        kinds: of the entries that are asked for; none stands for all.

    Raises:
        ScopeMissingError: no scope is enough for these.
    """
    if not services.settings.officer.programs_see_people and not are_about_nobody(kinds):
        raise ScopeMissingError


def keep_pace(caller: Principal, ref: SubjectRef, services: Services, *, ends: str | None = None) -> None:
    """Hold a person's own token to the pace of a person: every change is an entry of the log, and no page needs more.

    Args:
        caller: who calls; programs of the controller have limits of their own.
        ref: whose consent is changed.
        services: with the limits, and what holds now.
        ends: the purpose that the change denies, if it denies one: ending what is permitted is never held up.

    Raises:
        RateLimitedError: too fast.
    """
    if caller.kind != "person":
        return
    rule = None if ends is None else services.policy.rule(ends)
    slot = services.people.slot_of.get(ref)
    held = 0 if slot is None else services.enforcement.permitted_bits(slot, services.clock.now())
    if rule is not None and held >> rule.bit & 1:
        return
    wait = services.door.person_rates.wait_seconds(ref.hex(), monotonic())
    if wait:
        raise RateLimitedError(wait)


def identity_of(caller: Principal, *, lifts: bool) -> Identity:
    """Who confirmed who the person is that this caller speaks for.

    A device token is made by the app. It is the person's word where they want less; where something is lifted that a person may
    have set themselves (`lifts`), it is the app's.
    """
    made_by_an_app = caller.subject is None or (lifts and caller.source_id == DEVICE_SOURCE)
    return Identity.APP if made_by_an_app else Identity.PERSON


ConsentWriter = Annotated[Principal, Depends(having("consent:write"))]
ConsentReader = Annotated[Principal, Depends(having("consent:read"))]
Decider = Annotated[Principal, Depends(having("decide"))]
Searcher = Annotated[Principal, Depends(having("search"))]
OwnSearcher = Annotated[Principal, Depends(having("search", "admin"))]
Rights = Annotated[Principal, Depends(having("rights"))]
Editor = Annotated[Principal, Depends(having("editorial"))]
Admin = Annotated[Principal, Depends(having("admin"))]
