"""One profile of a person: what they permit, and what is known of them for each purpose that they permit."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from gateway.routes.bodies import ServicesDep, described, strict
from gateway.routes.callers import Decider
from gateway.routes.consents import standing_of, subject_of
from gateway.routes.features import values_of
from gateway.routes.segments import WhoBody, offers_of, segments_of

router = APIRouter(prefix="/v1/profiles", tags=["rules"])


@router.post("/query", openapi_extra=described(WhoBody))
async def query_profile(
    caller: Decider, body: Annotated[WhoBody, Depends(strict(WhoBody))], services: ServicesDep
) -> dict[str, Any]:
    """Consents, features, segments and offers of a person, each under its purpose; nothing of one that they do not permit.

    It takes the scopes `decide` and `consent:read`. Somebody unknown looks like somebody who never answered.
    """
    caller.require("consent:read")
    ref = subject_of(body.subject, caller, services)
    segments, offers = await segments_of(ref, services), await offers_of(ref, services)
    profile, values = standing_of(ref, services), values_of(ref, services)
    for each in profile["purposes"]:
        purpose, permitted = each["purpose"], each["permitted"]
        each["features"] = values.get(purpose, {})
        each["segments"] = _of(purpose, segments) if permitted else []
        each["offers"] = _of(purpose, offers) if permitted else []
    return profile


def _of(purpose: str, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those of one purpose, which need not be said again of each."""
    return [
        {name: value for name, value in each.items() if name != "purpose"}
        for each in found
        if each["purpose"] == purpose
    ]
