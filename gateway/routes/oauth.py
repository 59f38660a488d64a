"""Tokens: for clients, for devices, and the keys to verify them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import Field

from gateway.callers.token_endpoint import MAX_FORM_BYTES
from gateway.errors import NotPermittedError, QuestionInvalidError
from gateway.routes.bodies import ServicesDep, StrictBody, described, read_bytes, strict
from gateway.routes.callers import Decider
from gateway.routes.consents import RawId, Subject, subject_of

router = APIRouter(tags=["tokens"])

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["grant_type"],
                    "properties": {
                        "grant_type": {"const": "client_credentials"},
                        "client_id": {"type": "string"},
                        "client_secret": {"type": "string"},
                        "scope": {"type": "string"},
                    },
                }
            }
        },
    }
}


class DeviceTokenBody(StrictBody):
    """For whose browser or device: `subject`, or `anonymous_id` alone."""

    subject: Subject | None = None
    """Whose it is: a signed-in person's session, or a browser or device."""
    anonymous_id: RawId | None = None
    """Short for a `subject` with that id: the app's id of the browser or device."""
    ttl_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3600
    """How long it should hold, at most."""


@router.post("/oauth/token", openapi_extra=_FORM)
async def issue_token(request: Request, services: ServicesDep) -> Response:
    """Client credentials for a client token (RFC 6749, section 4.4)."""
    answer = services.door.token_endpoint.respond(
        request.scope["headers"], await read_bytes(request, MAX_FORM_BYTES)
    )
    response = Response(answer.body, status_code=answer.status)
    response.raw_headers = [*answer.headers, (b"content-length", str(len(answer.body)).encode())]
    return response


@router.post("/v1/device-tokens", openapi_extra=described(DeviceTokenBody))
async def issue_device_token(
    body: Annotated[DeviceTokenBody, Depends(strict(DeviceTokenBody))], caller: Decider, services: ServicesDep
) -> dict[str, Any]:
    """A token with which one browser may ask about whom it speaks for, and about nobody else.

    Raises:
        QuestionInvalidError: it names not exactly one.
        NotPermittedError: a token that is bound to one person makes no other.
        ScopeMissingError: for somebody who is signed in, the caller needs the scope `rights` as well. A browser's token that was
            made without it opens nothing of whom the browser is linked to, but slates.
    """
    if (body.subject is None) is (body.anonymous_id is None):
        raise QuestionInvalidError(pointer="#/subject", code="not_one_subject")
    if caller.subject is not None:
        raise NotPermittedError
    if body.subject is not None and body.subject.id is not None:
        caller.require("rights")  # it opens why and proof of a known person's decisions, and their wishes
    ref = subject_of(body.subject or Subject(anonymous_id=body.anonymous_id), caller, services)
    token, expires_in = services.door.own_tokens.issue_device_token(
        ref.hex(), body.ttl_seconds, opens_linked=caller.allows("rights"), now=services.clock.now()
    )
    return {"access_token": token, "token_type": "Bearer", "expires_in": expires_in, "scope": "decide"}


@router.get("/.well-known/jwks.json")
async def key_set(services: ServicesDep) -> Response:
    """The public keys of the gateway's tokens."""
    return Response(services.door.own_tokens.key_set(), media_type="application/json")
