"""Published numbers, and the budget that they are taken from. Nothing here says anything of the data but what was published."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, Query, Response
from pydantic import Field

from gateway.aggregates.exporting import csv_of
from gateway.errors import NotFoundError, QuestionInvalidError
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import Admin, Editor
from gateway.routes.services import Services
from privacy import (
    TOLD_DELTA,
    Balance,
    CatalogueError,
    Loss,
    Release,
    Spend,
    Window,
    epsilon_of,
    epsilon_of_loss,
    notes_of,
    of_last_days,
    window_at,
    window_named,
)

router = APIRouter(prefix="/v1", tags=["releases"])

MOST_PUBLICATIONS = 1000
"""Of a page."""
MOST_SPENDS = 1000
"""Of a page of bookings."""
MOST_DAYS = 400
"""The scopes of so many are told."""
_KEPT = "private, no-store"


class RunBody(StrictBody):
    """The window to be measured."""

    window: Annotated[str, Field(max_length=32)] | None = None
    """Its name; the last one that closed when it is left out."""
    close_now: bool = False
    """Close the present window at once: what comes later is in no number of it."""


@router.get("/releases")
async def list_releases(_caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """How the budget's terms stand; every release: what it is, what a window costs, whether it is in force, its last numbers."""
    aggregates = services.aggregates
    latest = await aggregates.books.last_windows()
    return {
        "terms": await _terms(services),
        "notes": notes_of(aggregates.catalogue),
        "releases": [
            {
                "id": release.id,
                "version": release.version,
                "title": release.title,
                "shape": release.__struct_config__.tag,
                "purpose": release.purpose,
                "audience": release.audience,
                "window": release.window.value,
                "status": standing.value,
                "unfit": aggregates.in_force.unfit.get(release.id),
                "rho": None if deployed is None else deployed.loss.rho,
                "proposed_by": None if deployed is None else deployed.proposed_by,
                "approved_by": None if deployed is None else deployed.approved_by,
                "not_published": aggregates.schedule.not_published(release),
                "latest": next(map(msgspec.json.decode, latest.get(release.id, ())), None),
            }
            for release, standing, deployed in await aggregates.in_force.standings()
        ],
    }


@router.get("/releases/{name}")
async def publications(
    name: str,
    _caller: Admin,
    services: ServicesDep,
    format: Literal["json", "csv"] = "json",  # noqa: A002
    limit: Annotated[int, Query(ge=1, le=MOST_PUBLICATIONS)] = 100,
    before: Annotated[int | None, Query(ge=0, lt=1 << 53)] = None,
) -> Response:
    """The last publications of a release, the oldest first; `before` of one page asks for those before it. As JSON or, with
    `format=csv`, one line a number, and the next page in the header `Link`.
    """
    release = _named(services, name)
    found = await services.aggregates.books.published(release.id, most=limit, before=before)
    earlier = found[-1].place if len(found) == limit else None
    bodies = sorted((msgspec.json.decode(each.body) for each in found), key=_in_order)
    headers = {"cache-control": _KEPT}
    if format == "csv":
        if earlier is not None:
            headers["link"] = f'<?format=csv&limit={limit}&before={earlier}>; rel="next"'
        return Response(csv_of(bodies), media_type="text/csv; charset=utf-8", headers=headers)
    content = msgspec.json.encode({"release": release.id, "publications": bodies, "before": earlier})
    return Response(content, media_type="application/json", headers=headers)


@router.post("/releases/{name}/runs", openapi_extra=described(RunBody))
async def run(
    name: str, _caller: Admin, body: Annotated[RunBody, Depends(strict(RunBody))], services: ServicesDep
) -> dict[str, Any]:
    """Publish a window now, if it is closed, in force and within the budget; the same window again is the same bytes."""
    release = _named(services, name)
    runs = services.aggregates.runs
    ended, published = await runs.run(release, _window(release, body, services), early=body.close_now)
    return {
        "status": ended.value,
        "publication": None if published is None else msgspec.json.decode(published),
    }


@router.get("/releases/{name}/runs")
async def progress(name: str, _caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """The run of this release that is under way: its window, its step, and how much of the log it has read; null between runs."""
    release, doing = _named(services, name), services.aggregates.runs.progress
    if doing is None or doing.release != release.id:
        return {"running": None}
    return {"running": {"window": doing.window, "step": doing.step.value, "share": doing.share}}


@router.post("/releases/proposals")
async def propose(caller: Admin, services: ServicesDep) -> dict[str, Any]:
    """Propose what stands in releases.toml and is not known yet, the budget's `terms` too; somebody else approves it."""
    made = await services.aggregates.in_force.propose(caller.source_id)
    return {
        "proposed": [{"id": each.release, "version": each.version, "rho": each.loss.rho} for each in made]
    }


@router.post("/releases/{name}/approval")
async def approve(name: str, caller: Editor, services: ServicesDep) -> dict[str, Any]:
    """Put a release that somebody else proposed in force; under the name `terms`, those of the budget ([budget], [windows])."""
    done = await services.aggregates.in_force.approve(name, caller.source_id)
    return {"id": done.release, "version": done.version, "approved_by": done.approved_by}


@router.get("/budget")
async def budget(
    _caller: Admin,
    services: ServicesDep,
    days: Annotated[int, Query(ge=1, le=MOST_DAYS)] = 35,
    limit: Annotated[int, Query(ge=1, le=MOST_SPENDS)] = 100,
    before: Annotated[str | None, Query(pattern=r"^[0-9]{1,15}:[ -~]{1,200}$")] = None,
) -> dict[str, Any]:
    """What each person's day may cost, what may be spent of every day at once (by devices that learn together), what both
    come to in thirty days, and what is spent; in rho, and in epsilon at delta 1e-9 and what keys that are found need beside it.
    The scopes are those of the last `days` on which anything was booked; the bookings the last `limit`, the oldest first;
    `before` of one answer asks for those before them.
    """
    aggregates, fleet = services.aggregates, services.fleet
    daily = aggregates.catalogue.budget.daily
    always = Loss(0 if fleet is None else fleet.rounds.budget_micro_rho)
    balances = {each.scope: each for each in await aggregates.books.balances()}
    spends = await aggregates.books.last_spends(most=limit, before=None if before is None else _place(before))
    return {
        "rho_per_day": daily.rho,
        "epsilon_per_day": epsilon_of(daily.rho, TOLD_DELTA),
        "epsilon_per_30_days": epsilon_of(30 * daily.rho, TOLD_DELTA),
        "rho_always": always.rho,
        "epsilon_always": epsilon_of(always.rho, TOLD_DELTA),
        "epsilon_in_all": epsilon_of(30 * daily.rho + always.rho, TOLD_DELTA),
        "delta": TOLD_DELTA,
        "delta_per_day": TOLD_DELTA + daily.delta,
        "delta_per_30_days": TOLD_DELTA + 30 * daily.delta,
        "scopes": [_balance(balances[scope]) for scope in of_last_days(balances, days)],
        "spends": [_spend(each) for _, each in reversed(spends)],
        "before": f"{spends[-1][0]}:{spends[-1][1].key}" if len(spends) == limit else None,
    }


def _place(said: str) -> tuple[int, str]:
    place, _, key = said.partition(":")
    return int(place), key


def _balance(balance: Balance) -> dict[str, Any]:
    return {
        "scope": balance.scope,
        "rho": balance.most.rho,
        "spent": balance.spent.rho,
        "epsilon": epsilon_of_loss(balance.spent, TOLD_DELTA),
        "delta": TOLD_DELTA + balance.spent.delta,
        "burnt": balance.burnt,
    }


def _spend(spend: Spend) -> dict[str, Any]:
    return {
        "key": spend.key,
        "rho": spend.loss.rho,
        "epsilon": epsilon_of_loss(spend.loss, TOLD_DELTA),
        "delta": spend.loss.delta,
        "state": spend.state.value,
        "index": spend.log_index,
    }


async def _terms(services: Services) -> dict[str, Any]:
    """How the terms of the budget stand: [budget] and [windows]."""
    standing, deployed = await services.aggregates.in_force.terms.standing()
    return {
        "status": standing.value,
        "version": None if deployed is None else deployed.version,
        "proposed_by": None if deployed is None else deployed.proposed_by,
        "approved_by": None if deployed is None else deployed.approved_by,
    }


def _named(services: Services, name: str) -> Release:
    try:
        return services.aggregates.catalogue.named(name)
    except CatalogueError:
        raise NotFoundError from None


def _window(release: Release, body: RunBody, services: Services) -> Window:
    """The window that is meant.

    Raises:
        QuestionInvalidError: there is none of this name.
    """
    now = services.clock.now()
    if body.window is not None:
        try:
            return window_named(release.window, body.window)
        except CatalogueError:
            raise QuestionInvalidError("window") from None
    present = window_at(release.window, now)
    if body.close_now:
        return present
    late = 60 * services.aggregates.catalogue.windows.late_minutes
    return window_at(release.window, window_at(release.window, now - late).begin - 1)


def _in_order(body: dict[str, Any]) -> tuple[int, int]:
    return body["begin"], body["version"]
