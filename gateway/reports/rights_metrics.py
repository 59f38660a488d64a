"""How requests of people were dealt with, out of their entries in the log: how many, how they ended, and in how many days.
And the wishes about slates that are no requests, and are over when they are said.

Times are those of the entries, rounded down to the minute by default. A request that was received before the range has no known
duration.

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
    """Received in the range, and not ended in it."""
    overdue: int = 0
    """Of those, the ones whose deadline had passed at the end of the range."""
    late: int = 0
    """Ended after their deadline."""
    days: list[float] = field(default_factory=list)
    """From receipt to answer, of those both received and answered (complied with or denied) in the range."""

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
            "median_days": round(median(self.days), 2) if self.days else None,
            "mean_days": round(fmean(self.days), 2) if self.days else None,
        }


def rights_metrics(facts: Iterable[tuple[int, str]], end: int) -> dict[str, Metrics]:
    """The metrics of each right.

    Args:
        facts: unix seconds and details of the entries of the kind `rights`, in order.
        end: of the range, unix seconds.
    """
    requests: dict[str, _Request] = {}
    for at, details in facts:
        said = json.loads(details)
        if not _is_step(said):
            continue
        request = requests.setdefault(said["request"], _Request(said["right"]))
        if said["act"] == "received":
            request.received = at
        elif said["act"] == "extended":
            request.extended = True
        elif said["act"] in _ENDS and request.ended is None:
            request.ended, request.end, request.why = at, said["act"], said["why"]
    metrics: dict[str, Metrics] = {}
    for request in requests.values():
        _count(metrics.setdefault(request.right, Metrics()), request, end)
    return metrics


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
        whole.days += part.days
    return whole


def _is_step(said: Mapping[str, Any]) -> bool:
    """Whether an entry is about a request, and no wish (`gateway.own_slates`)."""
    return _STEP <= said.keys()


def _count(metrics: Metrics, request: _Request, end: int) -> None:
    metrics.received += request.received is not None
    metrics.complied += request.end == "completed"
    metrics.taken_back += request.end == "withdrawn"
    if request.end == "refused":
        metrics.denied[request.why] += 1
    if request.received is None:
        return
    due = months_later(request.received, EXTENDED_MONTHS if request.extended else MONTHS)
    if request.ended is None:
        metrics.still_open += 1
        metrics.overdue += due < end
        return
    metrics.late += due < request.ended
    if request.end != "withdrawn":
        metrics.days.append((request.ended - request.received) / DAY_SECONDS)
