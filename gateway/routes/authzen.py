"""AuthZEN 1.0: whether a service may use a person's data for a purpose.

A denial is an answer, status 200. Every answer has its entry in the log; if the log cannot take it, the answer is no.
The two evaluations are hot routes (`gateway.edge.asgi`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from consent import has_gpc
from gateway.authzen import (
    ANONYMOUS,
    MAX_TEXT,
    PERSON,
    USUAL_DEPTH,
    Entity,
    Evaluation,
    Search,
    Searched,
    metadata,
    paged,
    read_evaluation,
    read_evaluations,
    read_search,
    read_usual,
    read_usual_one,
    slice_page,
)
from gateway.authzen.permissions import Permission, Use
from gateway.callers.principals import Principal
from gateway.callers.reached_at import base_url
from gateway.errors import HeadersInvalidError
from gateway.routes.authzen_bodies import (
    WHAT,
    WHAT_FOR,
    WHO,
    Body,
    JsonAnswer,
    answer_all,
    encode_answer,
)
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import ConsentReader, Decider, OwnSearcher
from gateway.routes.services import Services
from gateway.wire.json_bodies import loads_strict
from privacy import SubjectRef

router = APIRouter(tags=["policy decision"])

RECIPIENT = "destination"
"""The type of a subject that is one of the configured destinations: the recipients that the gateway itself knows."""


async def evaluate(caller: Principal, body: bytes, services: Services, *, gpc: bool) -> bytes:
    """`POST /access/v1/evaluation`: whether a service may use a person's data for a purpose.

    Raises:
        BodyInvalidError: it is no question.
    """
    usual = read_usual_one(body) if services.settings.limits.max_json_depth >= USUAL_DEPTH else None
    asked = usual or read_evaluation(_parsed(body, services))
    return encode_answer((await _answer(caller, services, gpc, [asked]))[0])


async def evaluate_several(caller: Principal, body: bytes, services: Services, *, gpc: bool) -> bytes:
    """`POST /access/v1/evaluations`: several of them, with one sync of the log.

    Raises:
        BodyInvalidError: it is no list of questions, and no question either.
    """
    usual = read_usual(body) if services.settings.limits.max_json_depth >= USUAL_DEPTH else None
    asked = usual or read_evaluations(_parsed(body, services))
    if isinstance(asked, Evaluation):
        return encode_answer((await _answer(caller, services, gpc, [asked]))[0])
    return encode_answer(await answer_all(asked, partial(_answer, caller, services, gpc)))


def take_evaluation(
    services: Services, caller: Principal, body: bytes, reply: Callable[[bytes], None]
) -> Callable[[], None] | None:
    """The usual question without ASGI: what takes it (`reply` gets the answer); None if it is not the usual one."""
    asked = read_usual_one(body) if services.settings.limits.max_json_depth >= USUAL_DEPTH else None
    if asked is None:
        return None
    use = _use(asked, caller, services, gpc=False)  # a request with the header goes the ordinary way

    def answer(permissions: list[Permission]) -> None:
        reply(encode_answer(_written(permissions[0], use, services)))

    return partial(services.permissions.take, (use,), answer)


@router.post("/access/v1/search/action", openapi_extra=WHAT_FOR)
async def search_actions(
    request: Request, caller: ConsentReader, body: Body, services: ServicesDep
) -> Response:
    """The purposes for which a person's data may be used."""
    search = read_search(body, Searched.ACTION)
    whose = _whose(search.question.resource, caller, services)
    found = services.permissions.permitted_purposes(whose, gpc=_signals(request, search.question))
    return _paged([{"name": purpose} for purpose in found], search, caller, services)


@router.post("/access/v1/search/subject", openapi_extra=WHO)
async def search_subjects(
    request: Request, caller: OwnSearcher, body: Body, services: ServicesDep
) -> Response:
    """Who may be given a person's data for a purpose: the destinations, of all recipients the ones that are known here."""
    search = read_search(body, Searched.SUBJECT)
    question = search.question
    whose = _whose(question.resource, caller, services)
    permitted = services.permissions.permitted_purposes(whose, gpc=_signals(request, question))
    purpose = services.policy.purpose(question.action)
    known: tuple[str, ...] = ()
    if purpose is not None and purpose.id in permitted and question.subject.type == RECIPIENT:
        configured = {each.id for each in services.settings.destinations}
        known = tuple(each for each in purpose.destinations if each in configured)
    return _paged([{"type": RECIPIENT, "id": each} for each in known], search, caller, services)


@router.post("/access/v1/search/resource", openapi_extra=WHAT)
async def search_resources(caller: OwnSearcher, body: Body, services: ServicesDep) -> Response:
    """Nobody: a person's id is not kept here, and without one there is nothing that a service could ask with."""
    return _paged([], read_search(body, Searched.RESOURCE), caller, services)


_HEADERS = {
    "parameters": [
        {
            "name": name,
            "in": "header",
            "required": required,
            "description": what,
            "schema": {"type": "string"},
        }
        for name, required, what in (
            ("X-Volens-Service", True, "The service behind the proxy."),
            ("X-Volens-Purpose", True, "What it wants somebody's data for."),
            ("X-Volens-Subject", False, "Whose: the app's id of a signed-in person."),
            ("X-Volens-Anonymous-Subject", False, "Or that of a browser or device; one of the two."),
        )
    ]
}
_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@router.get("/ext_authz", openapi_extra=_HEADERS)
@router.api_route("/ext_authz", methods=_EVERY_METHOD[1:], include_in_schema=False)
@router.api_route("/ext_authz/{theirs:path}", methods=_EVERY_METHOD, include_in_schema=False)
async def authorise_request(request: Request, caller: Decider, services: ServicesDep) -> Response:
    """For a reverse proxy that asks before it passes a request on (nginx `auth_request`): 200 or 403, and the reason.

    Envoy asks with the method of the request it holds, and with its path behind ours: neither is looked at.

    Raises:
        HeadersInvalidError: a header is missing, there twice, or too long.
    """
    service, purpose = _header(request, "x-volens-service"), _header(request, "x-volens-purpose")
    known, anonymous = (
        _header(request, f"x-volens-{name}", None) for name in ("subject", "anonymous-subject")
    )
    if not service or not purpose or (known is None) is (anonymous is None):
        raise HeadersInvalidError
    resource = Entity(PERSON, known) if known is not None else Entity(ANONYMOUS, str(anonymous))
    whose = _whose(resource, caller, services)
    answer = (await services.permissions.ask([Use(service, purpose, whose, has_gpc(request.headers.raw))]))[0]
    headers = {"x-volens-reason": answer.outcome.reason, "cache-control": "no-store"}
    if answer.index is not None:
        headers["x-volens-audit-index"] = str(answer.index)
    return Response(status_code=200 if answer.granted else 403, headers=headers)


@router.get("/.well-known/authzen-configuration")
async def configuration(request: Request, services: ServicesDep) -> dict[str, Any]:
    """Where the endpoints are: from the settings, never from the request.

    Raises:
        NotFoundError: `server.public_url` is not set, and the request is not from this machine.
    """
    base = base_url(request, services.settings.server)
    return metadata(base, obligations=services.obligations is not None)


def _header(request: Request, name: str, default: str | None = "") -> str | None:
    """The one value of a header, in UTF-8; `default` if it is not there.

    Raises:
        HeadersInvalidError: it is there twice, empty, too long or not UTF-8.
    """
    values = request.headers.getlist(name)
    if not values:
        return default
    try:
        (value,) = (each.encode("latin-1").decode() for each in values)
    except ValueError:
        raise HeadersInvalidError from None
    if not 0 < len(value) <= MAX_TEXT:
        raise HeadersInvalidError
    return value


def _paged(
    found: Sequence[dict[str, str]], search: Search, caller: Principal, services: Services
) -> Response:
    """One page of everything that was found."""
    binding = search.bound_to(caller.source_id)
    start, limit = services.page_tokens.start(search.page, binding)
    results, then = slice_page(found, start, limit)
    token = None if then is None else services.page_tokens.next(then, limit, binding)
    return JsonAnswer(paged(results, token, search.page))


async def _answer(
    caller: Principal, services: Services, gpc: bool, asked: Sequence[Evaluation]
) -> list[dict[str, Any]]:
    uses = [_use(each, caller, services, gpc=gpc) for each in asked]
    permissions = await services.permissions.ask(uses)
    return [_written(permission, use, services) for permission, use in zip(permissions, uses, strict=True)]


def _use(asked: Evaluation, caller: Principal, services: Services, *, gpc: bool) -> Use:
    """What is asked; the signal is there if the request carries it or the question says so."""
    whose = _whose(asked.resource, caller, services)
    return Use(asked.subject.id, asked.action, whose, gpc or asked.gpc)


def _signals(request: Request, asked: Evaluation) -> bool:
    return asked.gpc or has_gpc(request.headers.raw)


def _written(permission: Permission, use: Use, services: Services) -> dict[str, Any]:
    """An answer as AuthZEN has it."""
    audit = (
        None if permission.index is None else {"log": services.settings.log.origin, "index": permission.index}
    )
    context: dict[str, Any] = {
        "reason": permission.outcome.reason,
        "policy": services.policy.digest_text,
        "audit": audit,
    }
    if services.obligations is not None and permission.granted:
        context["obligations"] = services.obligations.of(use.purpose, permission.mask)
    return {"decision": permission.granted, "context": context}


def _whose(resource: Entity, caller: Principal, services: Services) -> SubjectRef | None:
    """Whose data it is; None if nobody's, or somebody's whom a person-bound token may not ask about."""
    identities = services.identities
    if resource.type == PERSON:
        ref = identities.ref_of(known=resource.id, anonymous=None)
    elif resource.type == ANONYMOUS:
        ref = identities.ref_of(known=None, anonymous=resource.id)
    else:
        return None
    return None if caller.subject is not None and caller.subject != ref else ref


def _parsed(body: bytes, services: Services) -> Any:
    return loads_strict(body, max_depth=services.settings.limits.max_json_depth)
