"""The OpenAPI document, and `/docs`: the same, to be read. Each is made once, because anybody may ask for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from gateway.ops.interface import make_interface
from gateway.wire.page_security import page_headers

router = APIRouter()


class Interface:
    """What the gateway says about its own interface."""

    def __init__(self, describe: Callable[[], dict[str, Any]]) -> None:
        """Ask `describe` for the OpenAPI document when somebody first wants to see it."""
        self._describe = describe

    @cached_property
    def document(self) -> bytes:
        """The OpenAPI document: JSON."""
        return json.dumps(self._describe(), ensure_ascii=False, separators=(",", ":")).encode()

    @cached_property
    def page(self) -> str:
        """The same as HTML."""
        return make_interface(self._describe())


@router.get("/openapi.json", include_in_schema=False)
async def document(request: Request) -> Response:
    """Every path, with what goes in and what comes out, for programs."""
    return Response(request.app.state.interface.document, media_type="application/json")


@router.get("/docs", response_class=HTMLResponse, include_in_schema=False)
async def interface(request: Request) -> HTMLResponse:
    """Every path, with what goes in and what comes out."""
    page = request.app.state.interface.page
    return HTMLResponse(page, headers=page_headers(page))
