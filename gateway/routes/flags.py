"""Flags: taking them into force, and looking at them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Depends, Path
from pydantic import Field, Strict

from gateway.errors import FlagRefusedError, NotFoundError
from gateway.flags.checking import FlagRule
from gateway.flags.model import Flag, FlagType
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Admin
from scoring import Role

router = APIRouter(prefix="/v1/flags", tags=["flags"])

Key = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]
KeyInPath = Annotated[str, Path(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._-]+$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Moment = Annotated[int, Field(ge=0, le=1 << 40)]
Text = Annotated[str, Field(max_length=1024)]
EventName = Annotated[str, Field(min_length=1, max_length=128)]


class MetricBody(StrictBody):
    """One number per person, made of the events after the exposure."""

    name: Key
    """What it is called."""
    event: EventName
    """The name of the event that counts."""
    field: EventName | None = None
    """A number of the event that is added up; without one, events are counted."""
    once: bool = False
    """Count a person once (a conversion)."""
    role: Annotated[Role, Field(strict=False)] = Role.GOAL
    """A goal, or a guardrail: what must not get worse."""
    more_is_better: bool = True
    """Which way is good."""


class ExperimentBody(StrictBody):
    """What makes a split an experiment."""

    id: Key
    """Its name, among all flags."""
    hypothesis: Text = ""
    """What is expected, said before it begins."""
    baseline: Key
    """The variant that the others are compared with."""
    metrics: Annotated[list[MetricBody], Field(min_length=1, max_length=50)]
    """What is measured."""
    alpha: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """How often at most a difference may be claimed where there is none."""


class NamespaceBody(StrictBody):
    """A part of everybody, which experiments share out among themselves."""

    id: Key
    """The id of the namespace."""
    start: Share
    """Where the part begins."""
    end: Share
    """Where it ends."""


class RampStepBody(StrictBody):
    """From a moment on, more take part."""

    at: Moment
    """The moment (unix seconds)."""
    coverage: Share
    """What share of everybody."""


class SplitBody(StrictBody):
    """People are shared out among variants."""

    salt: Key
    """What is hashed with each person's pseudonym: another salt shares out anew."""
    weights: Annotated[dict[Key, Share], Field(min_length=1, max_length=100)]
    """Variant -> share; sums to 1."""
    coverage: Share = 1.0
    """What share of everybody takes part before the ramp's first step."""
    ramp: Annotated[tuple[RampStepBody, ...], Field(max_length=100), Strict(False)] = ()
    """When the coverage rises."""
    namespace: NamespaceBody | None = None
    """Only people of this part take part."""
    experiment: ExperimentBody | None = None
    """What is measured, if anything."""


class RuleBody(StrictBody):
    """What some get instead of the default."""

    when: Annotated[str, Field(min_length=1, max_length=1000)] | None = None
    """A CEL condition over the context; without one the rule applies to everybody."""
    variant: Key | None = None
    """What they get."""
    split: SplitBody | None = None
    """Or how they are shared out."""


class FlagBody(StrictBody):
    """A named choice between variants."""

    type: FlagType
    """What its values are."""
    variants: Annotated[dict[Key, Any], Field(min_length=1, max_length=100)]
    """Name -> value."""
    default: Key
    """The variant of everybody whom no rule concerns, and of everybody who is not to be experimented with."""
    enabled: bool = True
    """Switched off, everybody gets the default."""
    rules: Annotated[tuple[RuleBody, ...], Field(max_length=100), Strict(False)] = ()
    """In order; the first that applies decides."""
    gives_way_to: Annotated[tuple[Key, ...], Field(max_length=20), Strict(False)] = ()
    """Members of the context which, when true, make it the default: what people need to use a page at all."""
    description: Text = ""
    """What it is for, for people."""


@router.put("/{key}", openapi_extra=described(FlagBody))
async def put_flag(
    key: KeyInPath,
    _caller: Admin,
    body: Annotated[FlagBody, Depends(strict(FlagBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Take a flag into force, in place of the one of this key."""
    try:
        flag = msgspec.convert({"key": key, **body.model_dump(mode="json")}, Flag)
    except msgspec.ValidationError:
        raise FlagRefusedError(FlagRule.VALUE_TYPE) from None
    await services.flags.shelf.put(flag)
    return {"flag": _shown(flag), "flags": services.flags.shelf.digest}


@router.get("")
async def list_flags(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every flag in force, by key, and the keys of those that are stored but cannot be."""
    shelf = services.flags.shelf
    return {
        "flags": [_shown(ready.flag) for ready in shelf.all()],
        "digest": shelf.digest,
        "not_in_force": shelf.not_in_force(),
    }


@router.get("/{key}")
async def get_flag(key: KeyInPath, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Return one flag as written."""
    ready = services.flags.shelf.get(key)
    if ready is None:
        raise NotFoundError
    return _shown(ready.flag)


@router.delete("/{key}")
async def delete_flag(key: KeyInPath, _caller: Admin, services: ServicesDep) -> dict[str, bool]:
    """Take a flag out of force: apps fall back to their own default."""
    if not await services.flags.shelf.delete(key):
        raise NotFoundError
    return {"deleted": True}


def _shown(flag: Flag) -> dict[str, Any]:
    shown: dict[str, Any] = msgspec.to_builtins(flag)
    return shown
