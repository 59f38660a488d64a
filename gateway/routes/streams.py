"""The stream of a person's session: slates, flags or consent may have changed. Whoever wants to know what, asks.

A page opens it with a token of its own in the address (`POST /v1/stream-tokens`), because `EventSource` sends no header;
whoever can send one may bring a device's token instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import StreamingResponse

from gateway.callers.principals import Principal
from gateway.errors import NotPermittedError, QuestionInvalidError
from gateway.push.sending import HEADERS, send
from gateway.push.streams import Change, Stream
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Decider, having
from gateway.routes.consents import Subject
from gateway.routes.services import Services
from privacy import SubjectRef

router = APIRouter(prefix="/v1", tags=["push"])

_require_decider = having("decide")


class StreamTokenBody(StrictBody):
    """For whom a stream is wanted."""

    subject: Subject
    """The person whose session it is."""


@router.post("/stream-tokens", openapi_extra=described(StreamTokenBody))
async def issue_stream_token(
    caller: Decider, body: Annotated[StreamTokenBody, Depends(strict(StreamTokenBody))], services: ServicesDep
) -> dict[str, Any]:
    """A token for the address of a stream. It names nobody, lives shortly, and dies when the person withdraws anything."""
    ref = services.identities.ref_of(known=body.subject.id, anonymous=body.subject.anonymous_id)
    whose = _insist(ref, caller)
    token = services.flags.streams.issue(whose)
    return {
        "token": token,
        "expires_in": services.settings.flags.stream_token_seconds,
        "stream": f"/v1/stream?ch={token}",
    }


@router.get("/stream", response_class=StreamingResponse)
async def stream_session(
    request: Request,
    services: ServicesDep,
    channel: Annotated[str | None, Query(alias="ch", min_length=1, max_length=128)] = None,
) -> StreamingResponse:
    """Tells a page what may have changed for its person (server-sent events)."""
    flags = services.flags
    stream = await _open(request, channel, services)
    content = send(
        flags.streams,
        stream,
        _says,
        lambda: flags.shelf.digest,
        last_name=request.headers.get("last-event-id"),
    )
    return StreamingResponse(content, media_type="text/event-stream", headers=HEADERS)


async def _open(request: Request, channel: str | None, services: Services) -> Stream:
    if channel is not None:
        return services.flags.streams.open(channel)
    caller = await _require_decider(request)
    if caller.subject is None:
        raise NotPermittedError
    return services.flags.streams.open_for(caller.subject)


def _says(changes: set[Change]) -> list[Mapping[str, Any]]:
    return [{"type": change.value} for change in sorted(changes)]


def _insist(ref: SubjectRef | None, caller: Principal) -> SubjectRef:
    """The person, whom the caller may speak for.

    Raises:
        QuestionInvalidError: it names not exactly one.
        NotPermittedError: a device's token names somebody else.
    """
    if ref is None:
        raise QuestionInvalidError(pointer="#/subject", code="not_one_subject")
    if caller.subject is not None and caller.subject != ref:
        raise NotPermittedError
    return ref
