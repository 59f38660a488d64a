"""Rules: saved, looked at, tried, removed. docs/rules.md says how they are written."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path
from fastapi.exceptions import RequestValidationError
from pydantic import Field

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Admin
from gateway.routes.services import Services
from gateway.rules.bodies import RuleBody
from gateway.rules.checking import DefinitionInvalidError
from gateway.rules.definitions import DefinitionKind
from gateway.rules.rulebook import Held
from scoring import Rule

router = APIRouter(prefix="/v1/rules", tags=["rules"])

DefinitionName = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
_HOUR = 3_600


class DryRunBody(StrictBody):
    """On what a rule is tried."""

    hours: Annotated[int, Field(ge=1, le=31 * 24)] = 24
    """On what was recorded in so many hours."""


@router.get("")
async def list_rules(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every rule with what became of it."""
    held = services.rules.rulebook.held
    found = [rule for (kind, _), rule in sorted(held.items()) if kind is DefinitionKind.RULE]
    return {"rules": [_shown(each, services) for each in found]}


@router.put("/{name}", openapi_extra=described(RuleBody))
async def put_rule(
    name: DefinitionName,
    _caller: Admin,
    body: Annotated[RuleBody, Depends(strict(RuleBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Save a rule: from the next signal on it applies. One that reads outside its purpose is refused."""
    try:
        held = await services.rules.desk.put(DefinitionKind.RULE, name, body)
    except DefinitionInvalidError as invalid:
        raise refused(invalid) from None
    return _shown(held, services)


@router.get("/{name}")
async def get_rule(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """A rule, and what became of it: matches, fires, suppressions by reason, conversions, and lift against its holdout."""
    held = _held(name, services)
    return {**_shown(held, services), "lift": _lift(held, services)}


@router.delete("/{name}")
async def delete_rule(name: DefinitionName, _caller: Admin, services: ServicesDep) -> dict[str, bool]:
    """Remove a rule. What it did stays in the log."""
    await services.rules.desk.remove(DefinitionKind.RULE, name)
    return {"deleted": True}


@router.post("/{name}/dry-run", openapi_extra=described(DryRunBody))
async def dry_run(
    name: DefinitionName,
    _caller: Admin,
    body: Annotated[DryRunBody, Depends(strict(DryRunBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """What a rule would have done with what was recorded, through consent as it stands now. It need not be enabled."""
    held = _held(name, services)
    if not isinstance(held.compiled, Rule):
        raise NotFoundError
    definitions, memory = services.rules.rulebook.engine.definitions, services.rules.rulebook.engine.memory
    segments = [each for each in definitions.segments.values() if each.bit == held.compiled.bit]
    members = {each.id: memory.membership.of(each.id) for each in segments}
    since = services.clock.now() - body.hours * _HOUR
    tried = await services.rules.rehearsal.run(held.compiled, segments, members, since)
    return {
        "records": tried.records,
        "signals": tried.signals,
        "matches": tried.matches,
        "fires": tried.fires,
        "people": tried.people,
        "unreadable": tried.unreadable,
        "suppressed": dict(tried.suppressed),
    }


def _lift(held: Held, services: Services) -> dict[str, Any] | None:
    """What the rule brought, by people whom it leaves out; null where it leaves out nobody."""
    rule = held.compiled
    if not isinstance(rule, Rule) or not rule.holdout:
        return None
    found = services.rules.rulebook.engine.memory.lift(rule.bit, rule.id)
    shown: dict[str, Any] = msgspec.to_builtins(found)
    return shown | {"interval": None if found.verdict == "too_few" else list(shown["interval"].values())}


def refused(invalid: DefinitionInvalidError) -> RequestValidationError:
    """What is wrong with a definition, in the form of every other invalid body."""
    return RequestValidationError(
        [
            {"type": each.code, "loc": ("body", *(each.where.split("/") if each.where else ()))}
            for each in invalid.findings
        ]
    )


def _held(name: str, services: Services) -> Held:
    held = services.rules.rulebook.held.get((DefinitionKind.RULE, name))
    if held is None:
        raise NotFoundError
    return held


def _shown(held: Held, services: Services) -> dict[str, Any]:
    engine = services.rules.rulebook.engine
    numbers = engine.memory.statistics_of(held.definition.name)
    assert isinstance(held.body, RuleBody)
    return {
        "id": held.definition.name,
        "version": held.definition.version,
        "in_force": held.definition.name in engine.definitions.rules,
        "findings": [{"where": each.where, "code": each.code} for each in held.findings],
        "rule": held.body.model_dump(mode="json"),
        "statistics": {
            "matches": numbers.matches,
            "fires": numbers.fires,
            "conversions": numbers.conversions,
            "unreadable": numbers.unreadable,
            "suppressed": dict(numbers.suppressed),
        },
    }
