"""The first page: how the log is, what was withheld and why, what was decided, which requests wait, how consent went."""

from __future__ import annotations

from collections import Counter

from starlette.responses import Response

from gateway.officer.charts import bars, days
from gateway.officer.console import Console, Visit, show
from gateway.officer.deadlines import Urgency, urgency
from gateway.officer.health import look_at
from gateway.officer.looks import Page


async def overview(console: Console, visit: Visit) -> Response:
    """Everything at one look."""
    around, now = console.around, console.clock.now()
    tally = await around.tallies.now()
    counted = Counter(urgency(filed, now) for filed in await around.rights.still_open())
    return await show(
        console,
        visit,
        Page.OVERVIEW,
        "overview.html",
        health=look_at(around.sequencer, around.log_directory, around.origin, around.cosigned),
        now=now,
        tally=tally,
        withheld=bars(tally.withheld),
        decisions=bars(tally.decisions),
        consent=days(tally.given, tally.ended, now),
        deadlines={each.value: counted[each] for each in Urgency},
    )
