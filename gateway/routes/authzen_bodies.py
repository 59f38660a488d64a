"""What the routes of AuthZEN share: bodies, answers, and where a list of evaluations ends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response

from gateway.authzen import Evaluation, Evaluations, Semantic
from gateway.errors import BodyInvalidError
from gateway.routes.bodies import read_bytes, services_of
from gateway.wire.json_bodies import loads_strict

CANNOT_BE_READ = {"decision": False, "context": {"reason": "cannot_be_read"}}
"""The answer to one of several evaluations that cannot be read."""

Ask = Callable[[Sequence[Evaluation]], Awaitable[list[dict[str, Any]]]]
"""Answers evaluations, in order."""

encode_answer: Callable[[Any], bytes] = msgspec.json.Encoder().encode
"""An answer as JSON."""


def require_json(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Insist on a body of JSON.

    Raises:
        BodyInvalidError: another content type, or none.
    """
    types = [value for name, value in headers if name == b"content-type"]
    if len(types) != 1 or types[0].partition(b";")[0].strip().lower() != b"application/json":
        raise BodyInvalidError


async def _json(request: Request) -> Any:
    """The body, strictly read.

    Raises:
        BodyInvalidError: another content type, or no JSON.
    """
    require_json(request.scope["headers"])
    limits = services_of(request).settings.limits
    return loads_strict(await read_bytes(request, limits.max_body_bytes), max_depth=limits.max_json_depth)


Body = Annotated[Any, Depends(_json)]


class JsonAnswer(Response):
    """An answer, written at once: FastAPI's own way walks through it three times."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        """Write the content as JSON."""
        return encode_answer(content)


async def answer_all(asked: Evaluations, ask: Ask) -> dict[str, Any]:
    """The answers up to where the request wants them to end; what comes after is not asked and leaves no entry."""
    if asked.semantic is Semantic.ALL:
        return {"evaluations": await _ask_readable(asked.items, ask)}
    answers: list[dict[str, Any]] = []
    for item in asked.items:
        answers += await _ask_readable([item], ask)
        if answers[-1]["decision"] is (asked.semantic is Semantic.FIRST_PERMIT):
            break
    return {"evaluations": answers}


async def _ask_readable(items: Sequence[Evaluation | None], ask: Ask) -> list[dict[str, Any]]:
    readable = [item for item in items if item is not None]
    answers = iter(await ask(readable))
    return [CANNOT_BE_READ if item is None else next(answers) for item in items]


_ENTITY = {
    "type": "object",
    "required": ["type", "id"],
    "properties": {"type": {"type": "string"}, "id": {"type": "string"}, "properties": {"type": "object"}},
}
_SEARCHED = {**_ENTITY, "required": ["type"]}
_ACTION = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "properties": {"type": "object"}},
}
_PAGE = {
    "type": "object",
    "properties": {
        "token": {"type": "string"},
        "limit": {"type": "integer", "minimum": 0},
        "properties": {"type": "object"},
    },
}
_MEMBERS = {"subject": _ENTITY, "action": _ACTION, "resource": _ENTITY, "context": {"type": "object"}}
_PAGED = {**_MEMBERS, "page": _PAGE}
_LIST = {
    "evaluations": {"type": "array", "items": {"type": "object", "properties": _MEMBERS}},
    "options": {"type": "object"},
}


def _described(members: dict[str, Any], *required: str) -> dict[str, Any]:
    schema = {"type": "object", "properties": members, "required": list(required)}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_MEMBERS_OF_DECISION = {"decision": {"type": "boolean"}, "context": {"type": "object"}}
_DECISION = {"type": "object", "required": ["decision"], "properties": _MEMBERS_OF_DECISION}


def _operation(name: str, summary: str, body: dict[str, Any], members: dict[str, Any]) -> dict[str, Any]:
    answer = {"type": "object", "properties": members}
    done = {"description": "Done", "content": {"application/json": {"schema": answer}}}
    named = {"tags": ["policy decision"], "summary": summary, "operationId": name}
    return {"post": {**named, **body, "responses": {"200": done}}}


def describe_hot_evaluations(document: dict[str, Any]) -> None:
    """Add the two evaluations to FastAPI's document, which does not serve them."""
    several = {"evaluations": {"type": "array", "items": _DECISION}}
    document["paths"] |= {
        "/access/v1/evaluation": _operation(
            "evaluate", "Whether a service may use a person's data for a purpose.", ONE, _MEMBERS_OF_DECISION
        ),
        "/access/v1/evaluations": _operation(
            "evaluate_several", "Several of them, with one sync of the log.", SEVERAL, several
        ),
    }


ONE = _described(_MEMBERS, "subject", "action", "resource")
"""An evaluation, for the OpenAPI document."""
SEVERAL = _described(_MEMBERS | _LIST)
"""Several of them."""
WHO = _described(_PAGED | {"subject": _SEARCHED}, "subject", "action", "resource")
"""A search for subjects."""
WHAT = _described(_PAGED | {"resource": _SEARCHED}, "subject", "action", "resource")
"""A search for resources."""
WHAT_FOR = _described(
    {name: each for name, each in _PAGED.items() if name != "action"}, "subject", "resource"
)
"""A search for actions."""
