"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep
from gateway.settings.groups import Server
from gateway.settings.values import is_loopback
from gateway.telemetry.metrics import CONTENT_TYPE

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
    if not _may_read(request, services.metrics_token, services.settings.server):
        raise NotFoundError
    return Response(services.metrics.render(), headers={"content-type": CONTENT_TYPE})


def _may_read(request: Request, token: str | None, server: Server) -> bool:
    given = request.headers.get("authorization", "")
    if token is not None:
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    return is_loopback(request.client.host if request.client else None) and _is_for_us(request, server)


def _is_for_us(request: Request, server: Server) -> bool:
    """Whether the request is for a name of ours: a page of somebody else's can let its own name point here (rebinding)."""
    try:
        host = urlsplit(f"//{request.headers.get('host', '')}").hostname
    except ValueError:
        return False
    ours = {server.host.lower(), urlsplit(server.public_url or "").hostname}
    return host is not None and (is_loopback(host) or host in ours)
