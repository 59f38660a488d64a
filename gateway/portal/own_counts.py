"""The portal's seam to published numbers: in how many of them a person counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from gateway.aggregates.opening import Aggregates
from gateway.clock import Clock
from gateway.portal.neighbours import Counted
from privacy import SubjectRef


class ReleaseCounts:
    """`gateway.portal.neighbours.PersonCounts`, over the releases."""

    def __init__(self, aggregates: Aggregates, clock: Clock) -> None:
        """Ask `aggregates`, at the time of `clock`."""
        self._aggregates = aggregates
        self._clock = clock

    @property
    def most(self) -> int:
        """See the port."""
        return self._aggregates.catalogue.counted_per_day

    async def counts_of(self, ref: SubjectRef) -> list[Counted]:
        """See the port."""
        today = datetime.fromtimestamp(self._clock.now(), UTC).date()
        days = [today - timedelta(days=back) for back in range(self._aggregates.catalogue.windows.keep_days)]
        found = await self._aggregates.cube.counted_of(ref, days)
        return [
            Counted(_midnight(day), purpose, count)
            for (day, purpose), count in found.items()
            if count or day == today
        ]


def _midnight(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
