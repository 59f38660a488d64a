"""OFREP 0.3: flags for OpenFeature clients, and the stream that tells them of changes.

Whoever may ask for decisions may ask for flags: a client's token about anybody, a device's token about its person. A
refusal of consent is no error: the default, status 200.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse

from consent import has_gpc
from gateway.callers.principals import Principal
from gateway.errors import BodyInvalidError, BodyTooLargeError
from gateway.flags.desk import Inquiry, Unanswerable
from gateway.flags.wire import (
    ContextInvalidError,
    ParseFailedError,
    bulk,
    etag_of,
    failure,
    matches,
    read_context,
    read_inquiry,
    stream_of,
    success,
)
from gateway.push.sending import HEADERS, send
from gateway.push.streams import Change
from gateway.routes.bodies import ServicesDep, read_bytes
from gateway.routes.callers import having
from gateway.routes.services import Services
from gateway.wire.json_bodies import loads_strict

router = APIRouter(prefix="/ofrep/v1", tags=["flags"])

_NOBODY_KEEPS_IT = {"cache-control": "private, no-store"}
_by_authorization = having("decide")

_CONTEXT = {
    "type": "object",
    "properties": {
        "context": {
            "type": "object",
            "properties": {
                "targetingKey": {"type": "string", "maxLength": 256},
                "anonymous": {"type": "boolean"},
            },
        }
    },
}
_ASKED = {"requestBody": {"required": True, "content": {"application/json": {"schema": _CONTEXT}}}}
_FAILED: dict[int | str, dict[str, Any]] = {
    400: {"description": "OFREP's own form: key, errorCode, errorDetails"}
}


async def ofrep_caller(request: Request) -> Principal:
    """Who calls: by the `Authorization` header, or with the same token in `X-API-Key`, as OFREP allows."""
    key = request.headers.get("x-api-key")
    if key is not None and "authorization" not in request.headers:
        line = (b"authorization", b"Bearer " + key.encode("latin-1"))
        request.scope["headers"] = [*request.scope["headers"], line]
    return await _by_authorization(request)


Caller = Annotated[Principal, Depends(ofrep_caller)]
Channel = Annotated[str, Query(alias="ch", min_length=1, max_length=128)]


@router.post(
    "/evaluate/flags/{key}",
    openapi_extra=_ASKED,
    responses={**_FAILED, 404: {"description": "FLAG_NOT_FOUND"}},
)
async def evaluate_flag(key: str, request: Request, caller: Caller, services: ServicesDep) -> Response:
    """What one flag is for somebody, at the moment of its use."""
    inquiry = await _read(request, caller, services)
    if isinstance(inquiry, str):
        return _answered(400, failure(key, inquiry))
    found = await services.flags.desk.one(key, inquiry)
    if isinstance(found, Unanswerable):
        status = 404 if found is Unanswerable.FLAG_NOT_FOUND else 400
        return _answered(status, failure(key, found.value))
    return _answered(200, success(key, found, services.settings.log.origin))


@router.post(
    "/evaluate/flags",
    openapi_extra=_ASKED,
    responses={**_FAILED, 304: {"description": "As before"}},
)
async def evaluate_flags(request: Request, caller: Caller, services: ServicesDep) -> Response:
    """What every flag is for somebody, and where changes will be told."""
    inquiry = await _read(request, caller, services)
    if isinstance(inquiry, str):
        return _answered(400, failure("", inquiry))
    answers = await services.flags.desk.all(inquiry)
    content = bulk(answers, services.settings.log.origin)
    channel = services.flags.streams.issue(inquiry.whose)
    etag = etag_of(
        {**content, "channel": channel}
    )  # whoever holds a dead channel must be told of the new one
    headers = {**_NOBODY_KEEPS_IT, "etag": etag}
    if matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    if answers.index is not None:
        content["metadata"] |= {"auditLog": services.settings.log.origin, "auditIndex": answers.index}
    content["eventStreams"] = [stream_of(channel)]
    return _answered(200, content, headers)


@router.get("/stream", response_class=StreamingResponse)
async def tell_of_changes(request: Request, channel: Channel, services: ServicesDep) -> StreamingResponse:
    """Tells a page that its flags may have changed (server-sent events). The token in the address comes with every bulk
    answer.
    """
    flags = services.flags
    stream = flags.streams.open(channel)
    says = _says(services)
    last = request.headers.get("last-event-id")
    content = send(flags.streams, stream, says, lambda: flags.shelf.digest, last_name=last)
    return StreamingResponse(content, media_type="text/event-stream", headers=HEADERS)


def _says(services: Services) -> Any:
    shelf = services.flags.shelf

    def says(changes: set[Change]) -> list[Mapping[str, Any]]:
        if Change.FLAGS not in changes:
            return []
        return [{"type": "refetchEvaluation", "etag": shelf.digest, "lastModified": shelf.changed_at}]

    return says


async def _read(request: Request, caller: Principal, services: Services) -> Inquiry | str:
    """For whom it is asked, or OFREP's word for what is wrong.

    Raises:
        NotPermittedError: a device's token asks about somebody else.
    """
    limits = services.settings.limits
    gpc = has_gpc(request.headers.raw)
    try:
        raw = await read_bytes(request, limits.max_body_bytes)
        context = read_context(loads_strict(raw, max_depth=limits.max_json_depth))
        return read_inquiry(context, caller, services.identities, gpc=gpc)
    except (BodyInvalidError, BodyTooLargeError, ParseFailedError):
        return "PARSE_ERROR"
    except ContextInvalidError:
        return "INVALID_CONTEXT"


def _answered(status: int, content: Any, headers: Mapping[str, str] = _NOBODY_KEEPS_IT) -> Response:
    return Response(json.dumps(content), status, dict(headers), "application/json")
