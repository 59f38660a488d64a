"""Declared features: values of a person under names of their own, for whoever shows or decides something."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep, described, strict
from gateway.routes.callers import Admin, Decider
from gateway.routes.consents import subject_of
from gateway.routes.rules import DefinitionName, refused
from gateway.routes.segments import WhoBody, permitted
from gateway.routes.services import Services
from gateway.rules.bodies import FeatureBody
from gateway.rules.checking import DefinitionInvalidError
from gateway.rules.definitions import DefinitionKind
from gateway.rules.rulebook import Held
from privacy import SubjectRef

router = APIRouter(prefix="/v1/features", tags=["rules"])


@router.get("")
async def list_features(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every declared feature."""
    held = services.rules.rulebook.held
    found = [feature for (kind, _), feature in sorted(held.items()) if kind is DefinitionKind.FEATURE]
    return {"features": [_shown(each, services) for each in found]}


@router.put("/{name}", openapi_extra=described(FeatureBody))
async def put_feature(
    name: DefinitionName,
    _caller: Admin,
    body: Annotated[FeatureBody, Depends(strict(FeatureBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Declare a feature: what it reads is kept from the next signal on."""
    try:
        held = await services.rules.desk.put(DefinitionKind.FEATURE, name, body)
    except DefinitionInvalidError as invalid:
        raise refused(invalid) from None
    return _shown(held, services)


@router.get("/{name}")
async def get_feature(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """A declared feature."""
    held = services.rules.rulebook.held.get((DefinitionKind.FEATURE, name))
    if held is None:
        raise NotFoundError
    return _shown(held, services)


@router.delete("/{name}")
async def delete_feature(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, bool]:
    """Declare a feature no more; what nothing else reads is dropped."""
    await services.rules.desk.remove(DefinitionKind.FEATURE, name)
    return {"deleted": True}


@router.post("/query", openapi_extra=described(WhoBody))
async def query_features(
    caller: Decider, body: Annotated[WhoBody, Depends(strict(WhoBody))], services: ServicesDep
) -> dict[str, Any]:
    """A person's values now, by purpose: of the purposes that they permit."""
    return {"purposes": values_of(subject_of(body.subject, caller, services), services)}


def values_of(ref: SubjectRef, services: Services) -> dict[str, dict[str, Any]]:
    """The values of a person's features now, by purpose, of those that they permit."""
    engine, now = services.rules.rulebook.engine, services.clock.now()
    names = {purpose.bit: purpose.id for purpose in services.policy.purposes}
    found = {names[bit]: engine.values(bit, slot, now) for bit, slot in permitted(ref, services)}
    return {purpose: dict(values) for purpose, values in found.items() if values}


def _shown(held: Held, services: Services) -> dict[str, Any]:
    return {
        "id": held.definition.name,
        "version": held.definition.version,
        "in_force": held.definition.name in services.rules.rulebook.engine.definitions.declared,
        "findings": [{"where": each.where, "code": each.code} for each in held.findings],
        "feature": held.body.model_dump(mode="json"),
    }
