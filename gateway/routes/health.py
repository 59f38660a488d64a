"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

import hmac
import ipaddress
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.errors import NotFoundError
from gateway.metrics import CONTENT_TYPE
from gateway.routes.bodies import ServicesDep

router = APIRouter(tags=["operations"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/readyz", responses={503: {"description": "Not ready"}})
async def readyz(services: ServicesDep) -> JSONResponse:
    """The log takes entries, the records answer, and the clock can be believed."""
    await services.records.ask()
    checks = services.readiness()
    ready = all(checks.values())
    return JSONResponse({"ready": ready, "checks": checks}, status_code=200 if ready else 503)


@router.get("/metrics", response_class=Response)
async def metrics(request: Request, services: ServicesDep) -> Response:
    """Prometheus metrics: for this machine, or for who knows the token. Others find nothing here."""
    if not _may_read(request, services.metrics_token):
        raise NotFoundError
    return Response(services.metrics.render(), headers={"content-type": CONTENT_TYPE})


def _may_read(request: Request, token: str | None) -> bool:
    given = request.headers.get("authorization", "")
    if token is not None:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    client: Any = request.client
    try:
        return client is not None and ipaddress.ip_address(client.host).is_loopback
    except ValueError:
        return False
