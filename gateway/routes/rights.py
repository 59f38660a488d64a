"""Rights of data subjects: erasure. The other rights have their own part."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends

from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Rights
from gateway.routes.consents import Subject, subject_of

router = APIRouter(prefix="/v1/rights", tags=["rights"])


class RightsBody(StrictBody):
    """A request."""

    subject: Subject
    """Whose."""
    type: Literal["erasure"]
    """Which right."""


@router.post("", openapi_extra=described(RightsBody))
async def exercise(
    caller: Rights, body: Annotated[RightsBody, Depends(strict(RightsBody))], services: ServicesDep
) -> dict[str, Any]:
    """Erase a person: keys, rows and memory. Somebody unknown gets the same answer."""
    index = await services.desk.erase(subject_of(body.subject, caller, services))
    audit = None if index is None else {"log": services.settings.log.origin, "index": index}
    return {"type": "erasure", "status": "completed", "audit": audit}
