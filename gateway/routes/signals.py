"""Signals about consent: that Global Privacy Control is honoured, whether it was just now, and what else is honoured."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request, Response

from consent import has_gpc, honoured_signals
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
    """Whether this request carried Global Privacy Control and which purposes it denies; every signal that is honoured, and where.

    For a page to show to the person who visits it: it tells of the request and of the policy, and of nobody.
    """
    received = has_gpc(request.headers.raw)
    response.headers["vary"] = "Sec-GPC"
    policy = services.policy
    denied = [each.id for each in policy.purposes if received and policy.gpc_mask >> each.bit & 1]
    return {
        "gpc": {"received": received, "honored": received, "purposes_denied": denied},
        "signals": [
            {
                "signal": each.signal,
                "standard": each.standard,
                "found_in": list(each.found_in),
                "can_deny": list(each.can_deny),
            }
            for each in honoured_signals(services.policy)
        ],
    }
