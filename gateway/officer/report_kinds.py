"""What the report builder offers, and over which time. Pure.

Each is an export of `gateway.reports`: its report counts the whole range, its rows are the entries of the kinds named here, and
every entry that is not among them is there as a hash. Rows about people need a second officer, although they name nobody: whoever
holds many of them may learn what each alone does not say.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from types import MappingProxyType

from audit import Kind
from gateway.evidence.about_nobody import OF_THE_LOG, are_about_nobody
from privacy import DAY_SECONDS


class Report(StrEnum):
    """What can be made."""

    ACCOUNTABILITY = "accountability"
    OFFICERS = "officers"
    CONSENT = "consent"
    REQUESTS = "requests"
    DECISIONS = "decisions"
    ENTRIES = "entries"


class RangeChosen(StrEnum):
    """Over which time."""

    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    ALWAYS = "always"
    OWN = "own"


_KINDS: Mapping[Report, tuple[Kind, ...]] = MappingProxyType(
    {
        Report.ACCOUNTABILITY: OF_THE_LOG,
        Report.OFFICERS: (Kind.ADMIN, Kind.EXPORT),
        Report.CONSENT: (Kind.CONSENT,),
        Report.REQUESTS: (Kind.RIGHTS, Kind.ERASURE),
        Report.DECISIONS: (Kind.DECISION, Kind.PERMISSION, Kind.EVENT, Kind.WITHHELD, Kind.RULE),
        Report.ENTRIES: (),
    }
)
ROWS: Mapping[Report, str] = MappingProxyType(
    {
        Report.ACCOUNTABILITY: "html",
        Report.OFFICERS: "csv",
        Report.CONSENT: "csv",
        Report.REQUESTS: "csv",
        Report.DECISIONS: "csv",
        Report.ENTRIES: "jsonl",
    }
)
"""In which form the rows are."""

_DAYS = {RangeChosen.WEEK: 7, RangeChosen.MONTH: 30, RangeChosen.QUARTER: 90}


def kinds_of(report: Report) -> tuple[Kind, ...]:
    """Of which kinds its rows are; empty means of any."""
    return _KINDS[report]


def is_sensitive(report: Report) -> bool:
    """Whether a second officer must agree: some of its rows are about people."""
    return not are_about_nobody(_KINDS[report])


def range_of(chosen: RangeChosen, own: tuple[int | None, int | None], now: int) -> tuple[int, int] | None:
    """From when to when (unix seconds, the end is not in it); None if days of one's own are wanted and not both given.

    Args:
        chosen: which.
        own: the days that were given, for `OWN`.
        now: unix seconds; today is in every other range.
    """
    tomorrow = now - now % DAY_SECONDS + DAY_SECONDS
    if chosen is RangeChosen.OWN:
        first, end = own
        return None if first is None or end is None else (first, end)
    if chosen is RangeChosen.ALWAYS:
        return 0, tomorrow
    if chosen is RangeChosen.YEAR:
        return int(datetime(datetime.fromtimestamp(now, UTC).year, 1, 1, tzinfo=UTC).timestamp()), tomorrow
    return tomorrow - _DAYS[chosen] * DAY_SECONDS, tomorrow
