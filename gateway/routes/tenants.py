"""AuthZEN 1.0 for tenants: each with the rules of its own file, under `/t/{tenant}`.

A token that is bound to one person may not ask here: a tenant's subjects and resources are no people of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from gateway.authzen import (
    Evaluation,
    Searched,
    metadata,
    paged,
    read_evaluation,
    read_evaluations,
    read_search,
)
from gateway.callers.principals import Principal
from gateway.callers.reached_at import base_url
from gateway.errors import NotPermittedError
from gateway.routes.authzen_bodies import (
    ONE,
    SEVERAL,
    WHAT,
    WHAT_FOR,
    WHO,
    Body,
    JsonAnswer,
    answer_all,
)
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import Decider, Searcher
from gateway.routes.services import Services
from gateway.tenants import RuleSet, find

router = APIRouter(tags=["policy decision of tenants"])

_SEARCHES = "/t/{tenant}/access/v1/search"


async def _rules(tenant: str, services: ServicesDep) -> RuleSet:
    """The rules in force for the tenant of a path.

    Raises:
        NotFoundError: there is no such tenant.
    """
    return await services.tenants.shelf.rules_of(tenant)


Rules = Annotated[RuleSet, Depends(_rules)]


@router.post("/t/{tenant}/access/v1/evaluation", openapi_extra=ONE)
async def evaluate(caller: Decider, tenant: str, rules: Rules, body: Body, services: ServicesDep) -> Response:
    """Whether a tenant's rules permit it."""
    _refuse_people(caller)
    return JsonAnswer((await _answer(services, tenant, rules, [read_evaluation(body)]))[0])


@router.post("/t/{tenant}/access/v1/evaluations", openapi_extra=SEVERAL)
async def evaluate_several(
    caller: Decider, tenant: str, rules: Rules, body: Body, services: ServicesDep
) -> Response:
    """Several of them, with one sync of the log."""
    _refuse_people(caller)
    asked = read_evaluations(body)
    if isinstance(asked, Evaluation):
        return JsonAnswer((await _answer(services, tenant, rules, [asked]))[0])
    return JsonAnswer(await answer_all(asked, partial(_answer, services, tenant, rules)))


@router.post(_SEARCHES + "/subject", openapi_extra=WHO)
async def search_subjects(
    caller: Searcher, tenant: str, rules: Rules, body: Body, services: ServicesDep
) -> Response:
    """Who may do this with that."""
    return _search(Searched.SUBJECT, body, caller, tenant, rules, services)


@router.post(_SEARCHES + "/resource", openapi_extra=WHAT)
async def search_resources(
    caller: Searcher, tenant: str, rules: Rules, body: Body, services: ServicesDep
) -> Response:
    """What somebody may do this with."""
    return _search(Searched.RESOURCE, body, caller, tenant, rules, services)


@router.post(_SEARCHES + "/action", openapi_extra=WHAT_FOR)
async def search_actions(
    caller: Decider, tenant: str, rules: Rules, body: Body, services: ServicesDep
) -> Response:
    """What somebody may do with that."""
    return _search(Searched.ACTION, body, caller, tenant, rules, services)


@router.get("/.well-known/authzen-configuration/t/{tenant}", dependencies=[Depends(_rules)])
@router.get("/t/{tenant}/.well-known/authzen-configuration", dependencies=[Depends(_rules)])
async def configuration(
    request: Request,
    tenant: str,
    services: ServicesDep,
) -> dict[str, Any]:
    """Where a tenant's endpoints are: from the settings, never from the request.

    Raises:
        NotFoundError: there is no such tenant, or `server.public_url` is not set and the request is not from this machine.
    """
    return metadata(f"{base_url(request, services.settings.server)}/t/{tenant}")


def _refuse_people(caller: Principal) -> None:
    if caller.subject is not None:
        raise NotPermittedError


def _search(
    searched: Searched, body: Any, caller: Principal, tenant: str, rules: RuleSet, services: Services
) -> Response:
    """One page; a look, without an entry."""
    _refuse_people(caller)
    search = read_search(body, searched)
    binding = search.bound_to(f"{caller.source_id} {tenant}")
    start, limit = services.page_tokens.start(search.page, binding)
    results, then = find(rules, search.question, searched, start, limit)
    token = None if then is None else services.page_tokens.next(then, limit, binding)
    return JsonAnswer(paged(results, token, search.page))


async def _answer(
    services: Services, tenant: str, rules: RuleSet, asked: Sequence[Evaluation]
) -> list[dict[str, Any]]:
    origin, digest = services.settings.log.origin, rules.digest.hex()
    answers = []
    for ruling in await services.tenants.rulings.ask(tenant, rules, asked):
        audit = None if ruling.index is None else {"log": origin, "index": ruling.index}
        context = {"reason": ruling.verdict.outcome.reason, "rules": digest, "audit": audit}
        if ruling.verdict.permit is not None:
            context["permit"] = ruling.verdict.permit
        answers.append({"decision": ruling.verdict.granted, "context": context})
    return answers
