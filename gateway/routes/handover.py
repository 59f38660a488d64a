"""Hand-over tokens: an app's server sends somebody who is at its page, signed in or anonymous, on to the portal."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AfterValidator, Field

from gateway.callers.tokens import HANDOVER_SECONDS
from gateway.errors import NotPermittedError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Rights
from gateway.routes.consents import Subject, subject_of
from gateway.settings.values import check_origin

router = APIRouter(tags=["portal"])


class HandoverBody(StrictBody):
    """Whom to hand over, and from where."""

    subject: Subject
    """Who is at the page."""
    origin: Annotated[str, Field(max_length=255), AfterValidator(check_origin)]
    """The web origin of the page, exactly as browsers send it."""


@router.post("/v1/handover-tokens", openapi_extra=described(HandoverBody))
async def issue_handover_token(
    caller: Rights, body: Annotated[HandoverBody, Depends(strict(HandoverBody))], services: ServicesDep
) -> dict[str, Any]:
    """A token that the page posts to `action` as the form field `token`: once, within a minute, from this origin."""
    caller.require("consent:write")
    ref = subject_of(body.subject, caller, services)
    if caller.subject is not None:
        raise NotPermittedError
    token = services.door.own_tokens.issue_handover_token(ref.hex(), body.origin, now=services.clock.now())
    action = f"{services.settings.server.public_url or ''}/portal/handover"
    return {"token": token, "expires_in": HANDOVER_SECONDS, "action": action}
