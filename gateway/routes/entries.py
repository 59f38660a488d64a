"""The entries of the log, searched: for officers' programs. Each comes with its exact bytes, so that it can be proven.

The log itself, whole and byte for byte, is under `/log/` (gateway.routes.log); exports prove what they left out.
"""

from __future__ import annotations

import base64
import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from audit import Kind, Outcome, encode_entry
from gateway.callers.principals import Principal
from gateway.errors import QuestionInvalidError
from gateway.evidence.searching import PAGE_ENTRIES, Searching, Wanted
from gateway.reporting.errors import ExportError
from gateway.reporting.query import moment_of
from gateway.routes.bodies import ServicesDep
from gateway.routes.callers import having, leave_people_to_officers

router = APIRouter(prefix="/v1/audit", tags=["audit"])

MOST_ENTRIES = 500
"""On one page."""

Time = Annotated[str | None, Field(max_length=40)]


class EntriesAsked(BaseModel):
    """Which entries. Whatever is not given is not looked at; a parameter that there is not is refused."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    kind: Kind | None = None
    """What they are about."""
    outcome: Outcome | None = None
    """How it ended; of withheld events, the reason that shares an entry."""
    purpose: Annotated[str | None, Field(max_length=64)] = None
    """A purpose of the policy, by its id or its code."""
    since: Annotated[Time, Field(alias="from")] = None
    """Not before: a date or ISO 8601; UTC unless it says otherwise."""
    end: Annotated[Time, Field(alias="to")] = None
    """Earlier than this."""
    before: Annotated[int | None, Field(ge=0, lt=1 << 53)] = None
    """Only entries before this index: where the page before said to go on."""
    limit: Annotated[int, Field(ge=1, le=MOST_ENTRIES)] = PAGE_ENTRIES
    """So many at most."""


@router.get("/entries")
async def find_entries(
    _caller: Annotated[Principal, Depends(having("audit:read"))],
    asked: Annotated[EntriesAsked, Query()],
    services: ServicesDep,
    response: Response,
) -> dict[str, Any]:
    """Entries of the log, the newest first, a page at a time; `before` of one page asks for the next.

    Raises:
        QuestionInvalidError: a time cannot be read, or the policy has no such purpose.
        ScopeMissingError: entries about people are left to officers.
    """
    leave_people_to_officers(services, () if asked.kind is None else (asked.kind,))
    wanted = Wanted(
        kind=asked.kind,
        outcome=asked.outcome,
        purpose=None if asked.purpose is None else _code(asked.purpose, services),
        first_at=_moment(asked.since),
        end_at=_moment(asked.end),
    )
    searching = Searching(services.sequencer)
    found = await searching.find(wanted, before=asked.before, at_most=asked.limit)
    response.headers["cache-control"] = "private, no-store"
    return {
        "size": services.sequencer.durable_size,
        "entries": [
            {"index": index, "entry": json.loads(raw), "bytes": base64.b64encode(raw).decode("ascii")}
            for index, raw in ((index, encode_entry(entry)) for index, entry in found.entries)
        ],
        "before": found.before,
    }


def _code(purpose: str, services: ServicesDep) -> str:
    for rule in services.policy.entries:
        if purpose in (rule.id, rule.code):
            return rule.code
    raise QuestionInvalidError


def _moment(text: str | None) -> int | None:
    try:
        return moment_of(text)
    except ExportError:
        raise QuestionInvalidError from None
