"""How requests of people were dealt with, out of their entries in the log: how many, how they ended, and in how many days.
And the wishes about slates that are no requests, and are over when they are said.

Times are those of the entries, rounded down to the minute by default. Requests that were received before the range are
followed from the entries before it; where those are published no more, it is not known when they were received: that is counted.

Source: GDPR art. 12(3) (one month, three when extended); California Code of Regulations, title 11, section 7102 (requests to
delete, correct, know, opt out and limit: received, complied with, denied, median and mean days).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import fmean, median
from typing import Any

from consent import EXTENDED_MONTHS, MONTHS, months_later
from privacy import DAY_SECONDS

_STEP = frozenset({"act", "request", "right", "why"})
"""What an entry of a request has."""
_ENDS = frozenset({"completed", "refused", "withdrawn"})

CALIFORNIAN: Mapping[str, tuple[str, ...]] = {
    "know": ("access", "portability"),
    "delete": ("erasure",),
    "correct": ("rectification",),
    "opt out": ("objection",),
    "limit": ("restriction",),
}
"""Which of our rights are which of the regulation's requests."""


@dataclass(slots=True)
class _Request:
    right: str
    received: int | None = None
    is_new: bool = False
    """Whether it was received in the range."""
    was_over: bool = False
    """Whether it had ended before the range."""
    ended: int | None = None
    end: str = ""
    why: str = ""
    extended: bool = False


@dataclass(slots=True)
class Metrics:
    """Of one right, or of several together."""

    received: int = 0
    """In the range."""
    complied: int = 0
    """Completed in the range."""
    denied: Counter[str] = field(default_factory=Counter)
    """Refused in the range, by reason."""
    taken_back: int = 0
    """By whoever had made them."""
    still_open: int = 0
    """Received in the range or before it, and not ended."""
    overdue: int = 0
    """Of those, the ones whose deadline had passed at the end of the range."""
    late: int = 0
    """Ended in the range after their deadline."""
    receipt_unknown: int = 0
    """With a step in the range, and no published entry that says when they were received: neither overdue, late nor days."""
    days: list[float] = field(default_factory=list)
    """From receipt to answer, of those answered (complied with or denied) in the range."""

    def row(self) -> dict[str, Any]:
        """As a row of a table; days None where there is none."""
        return {
            "received": self.received,
            "complied": self.complied,
            "denied": sum(self.denied.values()),
            "denied_because": dict(sorted(self.denied.items())),
            "taken_back": self.taken_back,
            "still_open": self.still_open,
            "overdue": self.overdue,
            "late": self.late,
            "receipt_unknown": self.receipt_unknown,
            "median_days": round(median(self.days), 2) if self.days else None,
            "mean_days": round(fmean(self.days), 2) if self.days else None,
        }


def rights_metrics(
    facts: Iterable[tuple[int, str]], end: int, earlier: Iterable[tuple[int, str]] = ()
) -> dict[str, Metrics]:
    """The metrics of each right.

    Args:
        facts: unix seconds and details of the entries of the kind `rights` in the range, in order.
        end: of the range, or now if that is earlier: unix seconds.
        earlier: the same of those before the range.
    """
    requests: dict[str, _Request] = {}
    _follow(requests, earlier)
    for request in requests.values():
        request.is_new, request.was_over = False, request.ended is not None
    _follow(requests, facts)
    metrics: dict[str, Metrics] = {}
    for request in requests.values():
        if not request.was_over:
            _count(metrics.setdefault(request.right, Metrics()), request, end)
    return metrics


def _follow(requests: dict[str, _Request], facts: Iterable[tuple[int, str]]) -> None:
    for at, details in facts:
        said = json.loads(details)
        if not _is_step(said):
            continue
        request = requests.setdefault(said["request"], _Request(said["right"]))
        if said["act"] == "received":
            request.received, request.is_new = at, True
        elif said["act"] == "extended":
            request.extended = True
        elif said["act"] in _ENDS and request.ended is None:
            request.ended, request.end, request.why = at, said["act"], said["why"]


def wishes(facts: Iterable[tuple[int, str]]) -> dict[str, int]:
    """How many wishes there were of each act, of the same entries: those that are no step of a request."""
    said = (json.loads(details) for _, details in facts)
    return dict(sorted(Counter(str(each.get("act", "")) for each in said if not _is_step(each)).items()))


def californian(metrics: Mapping[str, Metrics]) -> dict[str, Metrics]:
    """The same as the regulation's five requests."""
    return {
        name: together(metrics[right] for right in rights if right in metrics)
        for name, rights in CALIFORNIAN.items()
    }


def together(parts: Iterable[Metrics]) -> Metrics:
    """Several rights as one."""
    whole = Metrics()
    for part in parts:
        whole.received += part.received
        whole.complied += part.complied
        whole.denied += part.denied
        whole.taken_back += part.taken_back
        whole.still_open += part.still_open
        whole.overdue += part.overdue
        whole.late += part.late
        whole.receipt_unknown += part.receipt_unknown
        whole.days += part.days
    return whole


def _is_step(said: Mapping[str, Any]) -> bool:
    """Whether an entry is about a request, and no wish (`gateway.own_slates`)."""
    return _STEP <= said.keys()


def _count(metrics: Metrics, request: _Request, end: int) -> None:
    metrics.received += request.is_new
    metrics.complied += request.end == "completed"
    metrics.taken_back += request.end == "withdrawn"
    if request.end == "refused":
        metrics.denied[request.why] += 1
    metrics.still_open += request.ended is None
    if request.received is None:
        metrics.receipt_unknown += 1
        return
    due = months_later(request.received, EXTENDED_MONTHS if request.extended else MONTHS)
    if request.ended is None:
        metrics.overdue += due < end
        return
    metrics.late += due < request.ended
    if request.end != "withdrawn":
        metrics.days.append((request.ended - request.received) / DAY_SECONDS)
