"""Exports of the log, for officers: an archive that whoever is handed it can check without us (docs/evidence.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse
from pydantic import Field
from starlette.background import BackgroundTask

from gateway.callers.principals import Principal
from gateway.errors import QuestionInvalidError
from gateway.reporting.encodings import Encoding
from gateway.reporting.errors import ExportError
from gateway.reporting.query import MAX_VALUES, Query, moment_of
from gateway.reports.desk import discard
from gateway.routes.bodies import ServicesDep, StrictBody, described, strict
from gateway.routes.callers import having, leave_people_to_officers

router = APIRouter(prefix="/v1/audit", tags=["audit"])

Words = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=MAX_VALUES)]
Time = Annotated[str, Field(max_length=40)]


class ExportAsked(StrictBody):
    """What to export. Whatever is not given is not looked at."""

    since: Annotated[Time | None, Field(alias="from")] = None
    """Not before: a date or ISO 8601; UTC unless it says otherwise."""
    before: Annotated[Time | None, Field(alias="to")] = None
    """Earlier than this."""
    purposes: Words = Field(default_factory=list)
    """Of the policy."""
    purpose: Annotated[str, Field(max_length=64)] | None = None
    """One more, for whoever asks for one alone."""
    kinds: Words = Field(default_factory=list)
    """Kinds of entries."""
    outcomes: Words = Field(default_factory=list)
    """The outcomes to select; empty for all."""
    sources: Words = Field(default_factory=list)
    """Rules or segments that entries are of."""
    format: Literal["parquet", "csv", "jsonl", "html"] = "parquet"
    """The form of the rows."""


@router.post("/exports", response_class=FileResponse, openapi_extra=described(ExportAsked))
async def make_export(
    _caller: Annotated[Principal, Depends(having("audit:read"))],
    asked: Annotated[ExportAsked, Depends(strict(ExportAsked))],
    services: ServicesDep,
) -> FileResponse:
    """Make an export and hand it out as a zip archive. The log gets an entry that says so. One at a time.

    Raises:
        QuestionInvalidError: it cannot be answered.
        ScopeMissingError: it has rows about people, which are left to officers.
    """
    codes = {entry.id: entry.code for entry in services.policy.entries}
    named = [*asked.purposes, *([] if asked.purpose is None else [asked.purpose])]
    try:
        query = Query(
            since=moment_of(asked.since),
            before=moment_of(asked.before),
            kinds=tuple(asked.kinds),
            outcomes=tuple(asked.outcomes),
            purposes=tuple(codes.get(name, name) for name in named),
            sources=tuple(asked.sources),
        )
        query.check()
    except ExportError:
        raise QuestionInvalidError from None
    leave_people_to_officers(services, query.kinds)
    archive = await services.exports.make(query, Encoding(asked.format))
    return FileResponse(
        archive,
        media_type="application/zip",
        filename="export.zip",
        headers={"cache-control": "private, no-store"},
        background=BackgroundTask(discard, archive),
    )
