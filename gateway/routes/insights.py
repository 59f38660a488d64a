"""`/ops/insights`: published numbers as a page. For whoever may read `/metrics`; others find nothing here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.callers.operators import may_look
from gateway.errors import NotFoundError
from gateway.ops.insights import MOST_WINDOWS, make_insights
from gateway.ops.spelling import Spelling
from gateway.routes.bodies import ServicesDep
from gateway.routes.services import Services

router = APIRouter(prefix="/ops", tags=["operations"])


@router.get("/insights", response_class=HTMLResponse)
async def look(request: Request, services: ServicesDep) -> Response:
    """Every release with its last numbers, their intervals and what they cost."""
    if not may_look(request, services.metrics_token, services.settings.server):
        raise NotFoundError
    ops, aggregates = services.ops, services.aggregates
    language = ops.languages.choose(None, request.headers.get("accept-language"))
    page = make_insights(
        [(release.id, release.title) for release in aggregates.catalogue.releases],
        {release.id: await _course(release.id, services) for release in aggregates.catalogue.releases},
        await aggregates.books.balances(),
        aggregates.catalogue.budget,
        Spelling(language),
    )
    return ops.pages.render("insights.html", language, page=page)


async def _course(release: str, services: Services) -> Sequence[Mapping[str, Any]]:
    """The last publications of a release, the oldest first."""
    found = await services.aggregates.books.published(release, most=MOST_WINDOWS)
    return sorted((msgspec.json.decode(each.body) for each in found), key=lambda each: each["begin"])
