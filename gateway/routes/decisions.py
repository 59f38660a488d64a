"""A person's own slates: why they were as they were, and how the next ones shall be."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from gateway.errors import NotFoundError, QuestionInvalidError, ScopeMissingError
from gateway.own_slates.controls import ABOUT_AN_ITEM, LIFTING, Wish
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Decider, identity_of
from gateway.routes.consents import Subject, subject_of

router = APIRouter(tags=["decisions"])


class ControlBody(StrictBody):
    """What a person wants of their slates."""

    subject: Subject
    """The person who wishes it."""
    wish: Literal["less_like_this", "do_not_use", "use_again", "reset", "pause", "resume"]
    """What they wish."""
    item: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """Which item: with `less_like_this`, `do_not_use` and `use_again`."""


@router.get("/v1/decisions/{decision_id}")
async def explain(
    decision_id: str, caller: Decider, services: ServicesDep, response: Response
) -> dict[str, Any]:
    """Why a slate was as it was: with the token of the person whom it was for.

    Raises:
        NotFoundError: there is none, it was somebody else's, or the token is not a person's: they look alike.
    """
    found = None
    if caller.subject is not None:
        found = await services.explanations.explain(
            decision_id, caller.subject, through_links=caller.opens_linked
        )
    if found is None:
        raise NotFoundError
    response.headers["cache-control"] = "private, no-store"
    return found


@router.post("/v1/controls", openapi_extra=described(ControlBody))
async def control(
    caller: Decider, body: Annotated[ControlBody, Depends(strict(ControlBody))], services: ServicesDep
) -> dict[str, Any]:
    """Carry out what a person wants of their slates; it holds for the next question. An app needs the scope `rights`.

    A device token, which an app makes, ends nothing that the person set themselves; and it wishes for the person whom its browser
    is linked to only if it was made with `rights`.
    """
    wish = Wish(body.wish)
    if caller.subject is None:
        caller.require("rights")
    if (body.item is None) == (wish in ABOUT_AN_ITEM):
        raise QuestionInvalidError
    ref = subject_of(body.subject, caller, services)
    if (
        caller.subject is not None
        and not caller.opens_linked
        and services.identities.linked_or_own(ref) != ref
    ):
        raise ScopeMissingError("rights")
    identity = identity_of(caller, lifts=wish in LIFTING)
    done = await services.controls.carry_out(wish, ref, body.item, identity=identity, source=caller.source_id)
    return {"done": done}
