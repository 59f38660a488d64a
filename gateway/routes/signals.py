"""Global Privacy Control: that the gateway honours it, and whether it was honoured just now."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from gateway.routes.bodies import ServicesDep

router = APIRouter(tags=["signals"])

GPC_SINCE = "2026-11-20"
"""When the gateway's support was last described."""


@router.get("/.well-known/gpc.json")
async def gpc_support() -> dict[str, Any]:
    """The support resource. Source: Global Privacy Control, section 4."""
    return {"gpc": True, "lastUpdate": GPC_SINCE}


@router.get("/v1/signals/status")
async def signal_status(request: Request, response: Response, services: ServicesDep) -> dict[str, Any]:
    """Whether this request carried the signal, and which purposes it denies."""
    received = (b"sec-gpc", b"1") in request.scope["headers"]
    response.headers["vary"] = "Sec-GPC"
    denied = [purpose.id for purpose in services.policy.purposes if purpose.gpc_sensitive] if received else []
    return {"gpc": {"received": received, "honored": received, "purposes_denied": denied}}
