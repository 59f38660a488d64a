"""Destinations: how they are doing, what could not be delivered, and the keys with which receivers check us."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Query

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import Admin
from gateway.routing import LetterKey, UnknownDestinationError

router = APIRouter(prefix="/v1/destinations", tags=["destinations"])

Position = Annotated[int, Query(ge=0, le=1 << 53)]
Limit = Annotated[int, Query(ge=1, le=1000)]


@router.get("")
async def list_destinations(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Every destination: lag, circuit, what was delivered, what waits."""
    return {"destinations": [asdict(status) for status in services.router.status()]}


@router.get("/keys")
async def signing_keys(services: ServicesDep) -> dict[str, Any]:
    """The public keys of our request signatures (JWK), for receivers."""
    return {"keys": services.router.public_keys()}


@router.get("/{destination_id}/dead-letters")
async def dead_letters(
    destination_id: str,
    _caller: Admin,
    services: ServicesDep,
    limit: Limit = 100,
    after_index: Position | None = None,
) -> dict[str, Any]:
    """Signals that could not be delivered: where they stand in the log and why; never what they say."""
    purpose = next((s.purpose for s in services.router.status() if s.id == destination_id), None)
    if purpose is None:
        raise NotFoundError
    after = None if after_index is None else LetterKey(destination_id, purpose, after_index, 1 << 30)
    letters = await services.router.letters(destination_id, after, limit)
    return {
        "dead_letters": [
            {
                "index": letter.key.index,
                "position": letter.key.position,
                "reason": letter.reason.value,
                "status": letter.status,
                "attempts": letter.attempts,
                "failed_at": letter.failed_at,
            }
            for letter in letters
        ]
    }


@router.post("/{destination_id}/dead-letters/retry")
async def retry_dead_letters(
    destination_id: str, _caller: Admin, services: ServicesDep, limit: Limit = 100
) -> dict[str, Any]:
    """Try them again now, once each, through consent as it stands."""
    try:
        return asdict(await services.router.retry(destination_id, limit))
    except UnknownDestinationError:
        raise NotFoundError from None
