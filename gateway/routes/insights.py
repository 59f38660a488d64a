"""`/ops/insights`: published numbers as a page. For whoever may read `/metrics`; others find nothing here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from gateway.callers.operators import may_look
from gateway.errors import NotFoundError
from gateway.ops.insights import make_insights
from gateway.ops.spelling import Spelling
from gateway.routes.bodies import ServicesDep

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
        _by_release(await aggregates.books.published(), {each.id for each in aggregates.catalogue.releases}),
        await aggregates.books.balances(),
        aggregates.catalogue.budget,
        Spelling(language),
    )
    return ops.pages.render("insights.html", language, page=page)


def _by_release(
    published: Mapping[str, bytes], names: Collection[str]
) -> dict[str, Sequence[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for key, body in published.items():
        if key.partition("@")[0] not in names:
            continue
        read = msgspec.json.decode(body)
        found.setdefault(read["release"], []).append(read)
    return {name: sorted(bodies, key=lambda each: each["begin"]) for name, bodies in found.items()}
