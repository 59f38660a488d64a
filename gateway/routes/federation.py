"""What whoever drives rounds asks of the gateway: who may be asked, where in the log that was looked at, and to publish."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path
from pydantic import Field

from federated import Part, Standing
from gateway.errors import FleetRefusedError
from gateway.fleet.model_items import items_of_model
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Admin
from gateway.routes.devices import fleet_of

router = APIRouter(prefix="/v1/federation", tags=["models"])

Name = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
RoundId = Annotated[int, Path(ge=1, le=1 << 40)]
MAX_DEVICES = 10_000
MAX_RECORD_BYTES = 1 << 17
"""Of the body that ends a round, whatever `limits.max_body_bytes` says: what it spent is booked by then."""
MAX_MODEL_BYTES = 12 << 20
"""Likewise of the body that publishes a model."""


class ManifestBody(StrictBody):
    """What a round is to do."""

    manifest: Annotated[str, Field(max_length=16_384)]
    """`federated.Manifest` in its canonical spelling."""
    driver: Annotated[str, Field(max_length=64)] = ""
    """Who drives the round: nobody else ends it before its time is over."""


class LookBody(StrictBody):
    """Whose consent is looked at."""

    devices: Annotated[list[Name], Field(max_length=MAX_DEVICES)]
    """Their devices' names."""
    stage: Literal["asked", "checked"]
    """Before devices are asked; or before anything is unmasked, when what that spends is reserved, and never given back."""


class PartBody(StrictBody):
    """What became of a device."""

    device: Name
    """The device's public name."""
    standing: Literal["included", "not-asked", "refused", "dropped", "withdrawn", "faulty"]
    """What became of it."""
    salt: Name
    """Of its leaf."""
    leaf: Name
    """The leaf's hash."""


class PartsBody(StrictBody):
    """What became of some of the devices of a round."""

    parts: Annotated[list[PartBody], Field(max_length=MAX_DEVICES)]
    """Of each of them."""


class CloseBody(StrictBody):
    """How a round ended."""

    record: Annotated[str, Field(max_length=65_536)]
    """`federated.RoundRecord` in its canonical spelling; its digest goes into the log."""


class PublishBody(StrictBody):
    """A model to publish."""

    round: Annotated[int, Field(ge=1)]
    """The round it came of."""
    artefact: Annotated[str, Field(max_length=8 << 20)]
    """The artefact's bytes in base64."""
    card: dict[str, Any]
    """What it was learnt of, how, and how well it does."""


@router.get("/devices")
async def list_devices(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """The devices that may be asked at this moment, one for each person, with their keys; and the names of all that take part."""
    enrolments = fleet_of(services).enrolments
    return {
        "live": [name.hex() for name in enrolments.taking_part()],
        "devices": [
            {
                "device": each.device.hex(),
                "node_key": each.node_key,
                "signing_key": each.signing_key.hex(),
                "receipt": each.receipt.hex(),
            }
            for each in enrolments.live()
        ],
    }


@router.get("/items")
async def list_model_items(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """The items that the model is about: all that may be shown of its categories, in the order in which they were registered."""
    return {"items": items_of_model(services.catalogue, services.settings.federated.categories)}


@router.get("/rounds")
async def list_rounds(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every round, and what of the budget is spent."""
    rounds = fleet_of(services).rounds
    listed = [
        {
            "round": each.round_id,
            "state": each.state.value,
            "opened_at": each.opened_at,
            "opened": each.opened_index,
            "sampled": each.sampled_index,
            "rechecked": each.rechecked_index,
            "closed": each.closed_index,
            "micro_rho": each.spent_micro_rho,
        }
        for each in rounds.all()
    ]
    terms = rounds.terms()
    return {
        "budget": {
            "micro_rho": rounds.budget_micro_rho,
            "spent_micro_rho": rounds.spent_micro_rho,
            "spent_rho": rounds.spent_rho,
        },
        "body_bytes": services.settings.limits.max_body_bytes,
        "terms": {
            "name": terms.name,
            "next_version": terms.version,
            "parent": terms.parent,
            "policy": terms.policy,
            "purpose": terms.purpose,
        },
        "rounds": listed,
    }


@router.post("/rounds", openapi_extra=described(ManifestBody))
async def open_round(
    _caller: Admin, body: Annotated[ManifestBody, Depends(strict(ManifestBody))], services: ServicesDep
) -> dict[str, Any]:
    """Begin a round, and end one that was broken off: its number, the signed manifest, and what was spent before it."""
    opened = await fleet_of(services).rounds.open(body.manifest.encode(), body.driver)
    return {
        "round": opened.round_id,
        "manifest": b64encode(opened.manifest).decode(),
        "spent_rho": opened.spent_rho,
    }


@router.post("/rounds/{round_id}/look", openapi_extra=described(LookBody))
async def look_at_consent(
    round_id: RoundId,
    _caller: Admin,
    body: Annotated[LookBody, Depends(strict(LookBody))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Which of these devices' people permit it, at one place of the log."""
    rounds, devices = fleet_of(services).rounds, [bytes.fromhex(each) for each in body.devices]
    look = rounds.look if body.stage == "asked" else rounds.look_again
    looked = await look(round_id, devices)
    return {"live": sorted(each.hex() for each in looked.live), "index": looked.index}


@router.post("/rounds/{round_id}/parts", openapi_extra=described(PartsBody))
async def tell_parts(
    round_id: RoundId,
    _caller: Admin,
    body: Annotated[PartsBody, Depends(strict(PartsBody))],
    services: ServicesDep,
) -> dict[str, int]:
    """What became of some devices, before the round is ended; in as many requests as `limits.max_body_bytes` makes it."""
    parts = [
        Part(
            bytes.fromhex(each.device),
            Standing(each.standing),
            bytes.fromhex(each.salt),
            bytes.fromhex(each.leaf),
        )
        for each in body.parts
    ]
    return {"told": await fleet_of(services).rounds.tell(round_id, parts)}


@router.post("/rounds/{round_id}/close", openapi_extra=described(CloseBody))
async def close_round(
    round_id: RoundId,
    _caller: Admin,
    body: Annotated[CloseBody, Depends(strict(CloseBody, MAX_RECORD_BYTES))],
    services: ServicesDep,
) -> dict[str, Any]:
    """End a round with its record, once it was told what became of each device; what they are given of that, signed."""
    closed, statement = await fleet_of(services).rounds.close(round_id, body.record.encode())
    return {"round": round_id, "index": closed.closed_index, "statement": b64encode(statement).decode()}


@router.post("/models", openapi_extra=described(PublishBody))
async def publish_model(
    _caller: Admin,
    body: Annotated[PublishBody, Depends(strict(PublishBody, MAX_MODEL_BYTES))],
    services: ServicesDep,
) -> dict[str, Any]:
    """Try a model, and serve it from the next request on."""
    try:
        artefact = b64decode(body.artefact, validate=True)
    except (Error, ValueError):
        raise FleetRefusedError("malformed") from None
    published = await fleet_of(services).registry.publish(artefact, body.card, body.round)
    return {"version": published.version, "index": published.log_index}
