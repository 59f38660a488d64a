"""The tracking API's cooler corners: the settings that browsers fetch, the pixel, and the metrics that nobody wants."""

from __future__ import annotations

from base64 import b64decode
from typing import Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from audit import LogUnavailableError
from gateway.errors import CallerError, NotFoundError, UnavailableError
from gateway.routes.bodies import ServicesDep, read_bytes

router = APIRouter(tags=["events"])

GIF = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
"""One transparent pixel."""


@router.get("/v1/projects/{write_key}/settings")
async def source_settings(write_key: str, request: Request, services: ServicesDep) -> JSONResponse:
    """What analytics.js loads: where to send events, and the consent categories. It reports no metrics to anybody."""
    principal = services.door.authenticator.authenticate_key(write_key)
    if principal is None or principal.kind != "browser":
        raise NotFoundError
    here = f"{request.url.scheme}://{request.url.netloc}"
    reached = urlsplit(services.settings.server.public_url or here)
    categories = sorted({name for purpose in services.policy.purposes for name in purpose.mappings.segment})
    body: dict[str, Any] = {
        "integrations": {
            "Segment.io": {
                "apiKey": write_key,
                "apiHost": f"{reached.netloc}{reached.path}/v1",
                "protocol": reached.scheme,
            },
        },
        "metrics": {"sampleRate": 0},
        "plan": {"track": {"__default": {"enabled": True, "integrations": {}}}},
        "consentSettings": {"allCategories": categories, "hasUnmappedDestinations": False},
    }
    return JSONResponse(body, headers={"cache-control": "no-store"})


@router.get("/pixel/v1/track", response_class=Response)
async def pixel(request: Request, services: ServicesDep, data: str = "") -> Response:
    """One event in a GET: the base64 JSON of a track call in `data`. The picture comes back whatever becomes of it."""
    try:
        await services.front().track(_decoded(data), "track", request.scope["headers"])
    except (CallerError, LogUnavailableError, UnavailableError, ValueError):
        services.metrics.count_pixel_failure()
    return Response(GIF, media_type="image/gif", headers={"cache-control": "no-store"})


def _decoded(data: str) -> bytes:
    """Base64 of either alphabet; a plus that was not escaped arrives as a blank."""
    return b64decode(data.replace(" ", "+") + "=" * (-len(data) % 4), altchars=b"-_")


@router.post("/v1/m")
async def discard_metrics(request: Request, services: ServicesDep) -> dict[str, bool]:
    """Client metrics: read to the end and thrown away."""
    await read_bytes(request, services.settings.limits.max_batch_bytes)
    return {"success": True}
