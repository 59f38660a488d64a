"""`/docs`: the OpenAPI document, to be read."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from gateway.ops.interface import make_interface
from gateway.wire.page_security import page_headers

router = APIRouter()


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
async def interface(request: Request) -> HTMLResponse:
    """Every path, with what goes in and what comes out; made once, because anybody may ask for it."""
    kept = request.app.state
    if not hasattr(kept, "interface"):
        kept.interface = make_interface(request.app.openapi())
    return HTMLResponse(kept.interface, headers=page_headers(kept.interface))
