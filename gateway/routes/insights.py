"""`/ops/insights`: published numbers as a page. For whoever may read `/metrics`; others find nothing here."""

from __future__ import annotations

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.callers.operators import may_look
from gateway.errors import NotFoundError
from gateway.ops.insights import MOST_WINDOWS, make_insights
from gateway.ops.spelling import Spelling
from gateway.routes.bodies import ServicesDep

router = APIRouter(prefix="/ops", tags=["operations"])


@router.get("/insights", response_class=HTMLResponse)
async def look(request: Request, services: ServicesDep) -> Response:
    """Every release with its last numbers, their intervals and what they cost."""
    if not may_look(request, services.metrics_token, services.settings.server):
        raise NotFoundError
    ops, aggregates = services.ops, services.aggregates
    last = await aggregates.books.last_windows(most=MOST_WINDOWS)
    language = ops.languages.choose(None, request.headers.get("accept-language"))
    page = make_insights(
        [(release.id, release.title) for release in aggregates.catalogue.releases],
        {
            release.id: [msgspec.json.decode(body) for body in last.get(release.id, ())]
            for release in aggregates.catalogue.releases
        },
        await aggregates.books.balances(),
        aggregates.catalogue.budget,
        Spelling(language),
        {release.id: aggregates.schedule.not_published(release) for release in aggregates.catalogue.releases},
    )
    return ops.pages.render("insights.html", language, page=page)
