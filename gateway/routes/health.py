"""Is it alive, is it ready, how is it doing."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from gateway.callers.operators import may_look
from gateway.errors import NotFoundError
from gateway.routes.bodies import ServicesDep
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
    if not may_look(request, services.metrics_token, services.settings.server):
        raise NotFoundError
    return Response(services.metrics.render(), headers={"content-type": CONTENT_TYPE})
