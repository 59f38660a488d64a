"""The banner in a page: its program, its texts, and the token with which one person answers."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from pydantic import Field

from gateway.banner.script import SCRIPT_AGE_SECONDS, script, tag_of
from gateway.callers.principals import PROMPTS
from gateway.errors import NotFoundError, OriginRefusedError, QuestionInvalidError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import ConsentWriter
from gateway.routes.consents import Subject, subject_of

router = APIRouter(tags=["consent"])


class BannerTokenBody(StrictBody):
    """For whom, and in pages of which origin."""

    subject: Subject
    """Who answers: the app's id of the browser, or of the signed-in person."""
    origin: Annotated[str, Field(min_length=1, max_length=255)]
    """The page's origin, exactly as the browser sends it; it must be in `cors.allowed_origins`."""
    ttl_seconds: Annotated[int, Field(ge=1, le=86_400)] = 900
    """How long it should hold, at most."""


@router.get("/banner/v1.js", response_class=Response)
async def banner_script(request: Request) -> Response:
    """The program that asks. Any page may load it; what it does there needs a token."""
    headers = {
        "cache-control": f"public, max-age={SCRIPT_AGE_SECONDS}",
        "cross-origin-resource-policy": "cross-origin",
        "x-content-type-options": "nosniff",
    }
    return _tagged(request, script(), "text/javascript", headers)


@router.get("/v1/projects/{write_key}/notice")
async def notice(
    write_key: str,
    request: Request,
    services: ServicesDep,
    locale: Annotated[str, Query(description="A BCP 47 tag.")] = "",
) -> Response:
    """What a banner has to say, in the language asked for or the policy's own: texts, and nothing about anybody."""
    principal = services.door.authenticator.authenticate_key(write_key)
    if principal is None or principal.kind != "browser":
        raise NotFoundError
    whole = "portal/notice" if services.settings.portal.enabled else None
    told = {**services.prompts.notice(locale), "page": whole}
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    return _tagged(request, body, "application/json", {"cache-control": "public, no-cache"})


@router.post("/v1/banner-tokens", openapi_extra=described(BannerTokenBody))
async def issue_banner_token(
    caller: ConsentWriter,
    body: Annotated[BannerTokenBody, Depends(strict(BannerTokenBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """A token with which one person reads and answers their own prompts, from pages of one origin."""
    if caller.subject is not None:
        raise QuestionInvalidError
    ref = subject_of(body.subject, caller, services)
    if body.origin not in services.settings.cors.allowed_origins:
        raise OriginRefusedError
    token, expires_in = services.door.own_tokens.issue_banner_token(
        ref.hex(), body.origin, body.ttl_seconds, now=services.clock.now()
    )
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": expires_in,
        "scope": PROMPTS,
    }


def _tagged(request: Request, content: bytes, media_type: str, headers: dict[str, str]) -> Response:
    """The content, or that it is what the browser has already. Source: RFC 9110, section 13.1.2."""
    tag = tag_of(content)
    known = [each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=304, headers={**headers, "etag": tag})
    return Response(content, media_type=media_type, headers={**headers, "etag": tag})
