"""AuthZEN 1.0: whether a service may use a person's data for a purpose.

A denial is an answer, status 200. Every answer has its entry in the log; if the log cannot take it, the answer is no.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response

from consent import asserts_gpc
from gateway.authzen import (
    ANONYMOUS,
    MAX_TEXT,
    PERSON,
    Entity,
    Evaluation,
    Evaluations,
    Semantic,
    metadata,
    read_action_search,
    read_evaluation,
    read_evaluations,
)
from gateway.errors import BodyInvalidError, NotFoundError
from gateway.json_bodies import loads_strict
from gateway.permissions import Permission, Use
from gateway.principals import Principal
from gateway.routes.bodies import ServicesDep, read_bytes, services_of
from gateway.routes.callers import ConsentReader, Decider
from gateway.services import Services
from privacy import SubjectRef

router = APIRouter(tags=["policy decision"])

_CANNOT_BE_READ = {"decision": False, "context": {"reason": "cannot_be_read"}}
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,128}").fullmatch


async def _json(request: Request, response: Response) -> Any:
    """The body, strictly read; the request's id is sent back, as the standard wants.

    Raises:
        BodyInvalidError: another content type, or no JSON.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise BodyInvalidError
    request_id = request.headers.get("x-request-id", "")
    if _REQUEST_ID(request_id):
        response.headers["x-request-id"] = request_id
    limits = services_of(request).settings.limits
    return loads_strict(await read_bytes(request, limits.max_body_bytes), max_depth=limits.max_json_depth)


Body = Annotated[Any, Depends(_json)]

_ENTITY = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {"type": {"type": "string"}, "id": {"type": "string"}, "properties": {"type": "object"}},
}
_ACTION = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
_MEMBERS = {"subject": _ENTITY, "action": _ACTION, "resource": _ENTITY, "context": {"type": "object"}}
_SEARCH = {name: schema for name, schema in _MEMBERS.items() if name != "action"}
_LIST = {
    "evaluations": {"type": "array", "items": {"type": "object", "properties": _MEMBERS}},
    "options": {"type": "object"},
}


def _described(members: dict[str, Any], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": members, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


@router.post("/access/v1/evaluation", openapi_extra=_described(_MEMBERS, "subject", "action", "resource"))
async def evaluate(caller: Decider, body: Body, services: ServicesDep) -> dict[str, Any]:
    """Whether a service may use a person's data for a purpose."""
    return (await _answer([read_evaluation(body)], caller, services))[0]


@router.post("/access/v1/evaluations", openapi_extra=_described(_MEMBERS | _LIST))
async def evaluate_several(caller: Decider, body: Body, services: ServicesDep) -> dict[str, Any]:
    """Several of them, with one sync of the log."""
    asked = read_evaluations(body)
    if isinstance(asked, Evaluation):
        return (await _answer([asked], caller, services))[0]
    return {"evaluations": await _answer_all(asked, caller, services)}


@router.post("/access/v1/search/action", openapi_extra=_described(_SEARCH, "subject", "resource"))
async def search_actions(caller: ConsentReader, body: Body, services: ServicesDep) -> dict[str, Any]:
    """The purposes for which a person's data may be used."""
    _, resource, gpc = read_action_search(body)
    found = services.permissions.permitted_purposes(_whose(resource, caller, services), gpc=gpc)
    return {"results": [{"name": purpose} for purpose in found]}


@router.get("/ext_authz")
async def authorise_request(request: Request, caller: Decider, services: ServicesDep) -> Response:
    """For a reverse proxy that asks before it passes a request on (nginx `auth_request`): 200 or 403, and the reason.

    Raises:
        BodyInvalidError: a header is missing, there twice, or too long.
    """
    service, purpose = _header(request, "x-volens-service"), _header(request, "x-volens-purpose")
    known, anonymous = (
        _header(request, f"x-volens-{name}", None) for name in ("subject", "anonymous-subject")
    )
    if not service or not purpose or (known is None) is (anonymous is None):
        raise BodyInvalidError
    resource = Entity(PERSON, known) if known is not None else Entity(ANONYMOUS, str(anonymous))
    gpc = asserts_gpc(each.encode("latin-1") for each in request.headers.getlist("sec-gpc"))
    whose = _whose(resource, caller, services)
    answer = (await services.permissions.ask([Use(service, purpose, whose, gpc)]))[0]
    headers = {"x-volens-reason": answer.outcome.reason, "cache-control": "no-store"}
    if answer.index is not None:
        headers["x-volens-audit-index"] = str(answer.index)
    return Response(status_code=200 if answer.granted else 403, headers=headers)


@router.get("/.well-known/authzen-configuration")
async def configuration(services: ServicesDep) -> dict[str, Any]:
    """Where the endpoints are: from the settings, never from the request.

    Raises:
        NotFoundError: `server.public_url` is not set.
    """
    base = services.settings.server.public_url
    if base is None:
        raise NotFoundError
    return metadata(base)


def _header(request: Request, name: str, default: str | None = "") -> str | None:
    """The one value of a header, in UTF-8; `default` if it is not there.

    Raises:
        BodyInvalidError: it is there twice, empty, too long or not UTF-8.
    """
    values = request.headers.getlist(name)
    if not values:
        return default
    try:
        (value,) = (each.encode("latin-1").decode() for each in values)
    except ValueError:
        raise BodyInvalidError from None
    if not 0 < len(value) <= MAX_TEXT:
        raise BodyInvalidError
    return value


async def _answer_all(asked: Evaluations, caller: Principal, services: Services) -> list[dict[str, Any]]:
    """The answers up to where the request wants them to end; what comes after is not asked and leaves no entry."""
    if asked.semantic is Semantic.ALL:
        return await _answer(asked.items, caller, services)
    answers: list[dict[str, Any]] = []
    for item in asked.items:
        answers += await _answer([item], caller, services)
        if answers[-1]["decision"] is (asked.semantic is Semantic.FIRST_PERMIT):
            break
    return answers


async def _answer(
    asked: Sequence[Evaluation | None], caller: Principal, services: Services
) -> list[dict[str, Any]]:
    uses = [_use(each, caller, services) for each in asked if each is not None]
    permissions = iter(await services.permissions.ask(uses))
    return [
        dict(_CANNOT_BE_READ) if each is None else _written(next(permissions), services) for each in asked
    ]


def _use(asked: Evaluation, caller: Principal, services: Services) -> Use:
    return Use(asked.subject.id, asked.action, _whose(asked.resource, caller, services), asked.gpc)


def _whose(resource: Entity, caller: Principal, services: Services) -> SubjectRef | None:
    """Whose data it is; None if nobody's, or somebody's whom a person-bound token may not ask about."""
    ref = services.identities.ref_of(
        known=resource.id if resource.type == PERSON else None,
        anonymous=resource.id if resource.type == ANONYMOUS else None,
    )
    return None if caller.subject is not None and caller.subject != ref else ref


def _written(permission: Permission, services: Services) -> dict[str, Any]:
    audit = (
        None if permission.index is None else {"log": services.settings.log.origin, "index": permission.index}
    )
    return {
        "decision": permission.granted,
        "context": {
            "reason": permission.outcome.reason,
            "policy": services.policy.digest_text,
            "audit": audit,
        },
    }
