"""Segments: saved, filled from lists, looked at. What a person is in, and which offers they hold, is asked for one person."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep, StrictBody, described, read_bytes, strict
from gateway.routes.callers import Admin, Decider
from gateway.routes.consents import Subject, subject_of
from gateway.routes.rules import DefinitionName, refused
from gateway.routes.services import Services
from gateway.rules.bodies import SegmentBody
from gateway.rules.checking import DefinitionInvalidError
from gateway.rules.definitions import DefinitionKind
from gateway.rules.rulebook import Held
from privacy import SubjectRef
from scoring import Segment, Standing

router = APIRouter(tags=["rules"])

_CSV = {
    "requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}},
}


class WhoBody(StrictBody):
    """About whom it is."""

    subject: Subject
    """The person asked about."""


@router.get("/v1/segments")
async def list_segments(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every segment, with its size unless it is small."""
    held = services.rules.rulebook.held
    found = [segment for (kind, _), segment in sorted(held.items()) if kind is DefinitionKind.SEGMENT]
    return {"segments": await _shown(found, services)}


@router.put("/v1/segments/{name}", openapi_extra=described(SegmentBody))
async def put_segment(
    name: DefinitionName,
    _caller: Admin,
    body: Annotated[SegmentBody, Depends(strict(SegmentBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Save a segment: from the next signal on people join and leave it."""
    try:
        held = await services.rules.desk.put(DefinitionKind.SEGMENT, name, body)
    except DefinitionInvalidError as invalid:
        raise refused(invalid) from None
    return (await _shown([held], services))[0]


@router.get("/v1/segments/{name}")
async def get_segment(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """A segment. Its size is null while it has fewer members than may be told; who left by time alone is not counted."""
    return (await _shown([_held(name, services)], services))[0]


@router.get("/v1/segments/{name}/treatment")
async def get_treatment(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Whether a segment's members fare like everybody else. Its purpose must be one that nobody is shown anything for."""
    try:
        return await services.rules.fair_treatment.of(name)
    except DefinitionInvalidError as invalid:
        raise refused(invalid) from None


@router.delete("/v1/segments/{name}")
async def delete_segment(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, bool]:
    """Remove a segment that nothing else reads."""
    try:
        await services.rules.desk.remove(DefinitionKind.SEGMENT, name)
    except DefinitionInvalidError as invalid:
        raise refused(invalid) from None
    return {"deleted": True}


@router.post("/v1/segments/{name}/members", openapi_extra=_CSV)
async def take_members(
    name: DefinitionName, _caller: Admin, request: Request, services: ServicesDep
) -> dict[str, Any]:
    """Take people in from a list (CSV, one column `id` or `anonymous_id`). Who does not permit the purpose stays out."""
    raw = await read_bytes(request, services.settings.limits.max_body_bytes)
    taken = await services.rules.intake.take_in(raw, name)
    return {"taken": taken.taken, "present": taken.present, "withheld": taken.withheld}


@router.post("/v1/segments/query", openapi_extra=described(WhoBody))
async def query_segments(
    caller: Decider, body: Annotated[WhoBody, Depends(strict(WhoBody))], services: ServicesDep
) -> dict[str, Any]:
    """The segments that a person is in now, of the purposes that they permit."""
    return {"segments": await segments_of(subject_of(body.subject, caller, services), services)}


async def segments_of(ref: SubjectRef, services: Services) -> list[dict[str, Any]]:
    """The segments that a person is in now, each with its purpose and since when."""
    rulebook = services.rules.rulebook
    for bit, slot in permitted(ref, services):
        rulebook.record(rulebook.engine.refresh(bit, slot, services.clock.now()))
    await services.rules.recorder.settled()
    names = {purpose.bit: purpose.id for purpose in services.policy.purposes}
    found = [
        {"segment": segment, "purpose": names[bit], "since": since}
        for bit, standing in _standings(ref, services)
        for segment, since in standing.segments.items()
    ]
    return sorted(found, key=lambda each: str(each["segment"]))


@router.post("/v1/offers/query", openapi_extra=described(WhoBody))
async def query_offers(
    caller: Decider, body: Annotated[WhoBody, Depends(strict(WhoBody))], services: ServicesDep
) -> dict[str, Any]:
    """The offers that a person holds now, under purposes that they permit."""
    return {"offers": await offers_of(subject_of(body.subject, caller, services), services)}


async def offers_of(ref: SubjectRef, services: Services) -> list[dict[str, Any]]:
    """The offers that a person holds now, each with its purpose and how long it is valid."""
    await services.rules.recorder.settled()
    now = services.clock.now()
    names = {purpose.bit: purpose.id for purpose in services.policy.purposes}
    found = [
        {"offer": offer, "purpose": names[bit], "valid_until": until}
        for bit, standing in _standings(ref, services)
        for offer, until in standing.offers.items()
        if until > now
    ]
    return sorted(found, key=lambda each: str(each["offer"]))


def permitted(ref: SubjectRef, services: Services) -> list[tuple[int, int]]:
    """Purpose and slot, for each purpose with rules that the person permits now."""
    slot = services.people.slot_of.get(services.identities.linked_or_own(ref))
    if slot is None:
        return []
    mask = services.enforcement.permitted_bits(slot, services.clock.now())
    bits = services.rules.rulebook.engine.definitions.bits
    return [(bit, slot) for bit in sorted(bits) if mask >> bit & 1]


def _standings(ref: SubjectRef, services: Services) -> list[tuple[int, Standing]]:
    memory = services.rules.rulebook.engine.memory
    looked = [(bit, memory.look(bit, slot)) for bit, slot in permitted(ref, services)]
    return [(bit, standing) for bit, standing in looked if standing is not None]


def _held(name: str, services: Services) -> Held:
    held = services.rules.rulebook.held.get((DefinitionKind.SEGMENT, name))
    if held is None:
        raise NotFoundError
    return held


async def _shown(found: list[Held], services: Services) -> list[dict[str, Any]]:
    """Segments, with who belongs to them at this moment counted."""
    compiled = [each.compiled for each in found if isinstance(each.compiled, Segment)]
    await services.rules.roll_call.hold(frozenset(each.bit for each in compiled))
    engine = services.rules.rulebook.engine
    return [
        {
            "id": held.definition.name,
            "version": held.definition.version,
            "in_force": held.definition.name in engine.definitions.segments,
            "findings": [{"where": each.where, "code": each.code} for each in held.findings],
            "segment": held.body.model_dump(mode="json"),
            "size": engine.memory.membership.size(held.definition.name),
        }
        for held in found
    ]
