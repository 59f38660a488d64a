"""What editors decide: propose, approve, end. Every step needs a credential, and every decision two."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends
from pydantic import Field, Strict

from gateway.editorial.decisions import Act, EditorialDecision
from gateway.editorial.desk import Proposed
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Editor

router = APIRouter(prefix="/v1/editorial", tags=["editorial"])

ItemId = Annotated[str, Field(min_length=1, max_length=128)]


class EditorialBody(StrictBody):
    """What an editor proposes."""

    act: Literal["pin", "boost", "block", "freeze"]
    """What is to be done."""
    items: Annotated[tuple[ItemId, ...], Field(min_length=1, max_length=100), Strict(False)]
    """The items' ids: one, or those of a frozen slate in their order."""
    placement: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    """Where; not with a block, which holds everywhere."""
    place: Annotated[int, Field(ge=1, le=100)] = 1
    """Of a pin: the place, from 1."""
    strength: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.5
    """Of a boost: the share of the highest possible score that is added."""
    expires_in_seconds: Annotated[int, Field(ge=1, le=366 * 86_400)]
    """For how long; nothing holds for ever."""


@router.post("", openapi_extra=described(EditorialBody))
async def propose(
    caller: Editor, body: Annotated[EditorialBody, Depends(strict(EditorialBody))], services: ServicesDep
) -> dict[str, Any]:
    """Propose a decision; somebody else approves it."""
    wanted = Proposed(
        act=Act(body.act),
        placement=body.placement,
        items=body.items,
        place=body.place - 1,
        strength=body.strength,
        seconds=body.expires_in_seconds,
    )
    return _describe(await services.editorial.propose(wanted, caller.source_id), services.clock.now())


@router.get("")
async def decisions(_caller: Editor, services: ServicesDep) -> dict[str, Any]:
    """Every decision with everybody who had a part in it, the oldest first."""
    now = services.clock.now()
    return {"decisions": [_describe(each, now) for each in services.editorial.in_force.all()]}


@router.post("/{decision_id}/approval")
async def approve(decision_id: str, caller: Editor, services: ServicesDep) -> dict[str, Any]:
    """Put somebody else's proposal in force, from the very next question on."""
    return _describe(await services.editorial.approve(decision_id, caller.source_id), services.clock.now())


@router.delete("/{decision_id}")
async def end(decision_id: str, caller: Editor, services: ServicesDep) -> dict[str, Any]:
    """Take a proposal back; or want an end of what is in force, which comes when a second editor wants it, too."""
    return _describe(await services.editorial.end(decision_id, caller.source_id), services.clock.now())


def _describe(decision: EditorialDecision, now: int) -> dict[str, Any]:
    return {
        "id": decision.decision_id,
        "act": decision.act.value,
        "status": decision.status(now),
        "placement": decision.placement,
        "items": list(decision.items),
        "place": decision.place + 1 if decision.act is Act.PIN else None,
        "strength": decision.strength if decision.act is Act.BOOST else None,
        "expires_at": decision.expires_at,
        "proposed_by": decision.proposed_by,
        "proposed_at": decision.proposed_at,
        "approved_by": decision.approved_by,
        "approved_at": decision.approved_at,
        "end_wanted_by": decision.end_wanted_by,
        "ended_by": decision.ended_by,
        "ended_at": decision.ended_at,
    }
