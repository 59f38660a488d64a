"""Rights requests by how near their deadline is. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from consent import Filed, is_extended, is_overdue
from privacy import DAY_SECONDS

SOON_SECONDS = 7 * DAY_SECONDS


class Urgency(StrEnum):
    """How near a deadline is."""

    OVERDUE = "overdue"
    DUE_SOON = "due_soon"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request that was not answered yet."""

    request_id: str
    """Its name, which names nobody."""
    right: str
    """What is asked for."""
    status: str
    """Where it stands."""
    received_at: int
    """When it was received (unix seconds)."""
    due_at: int
    """When it must be answered (unix seconds)."""
    urgency: Urgency
    """How near the deadline is."""
    is_extended: bool
    """Whether it was moved."""


def waiting(filed: Iterable[Filed], now: int) -> list[Waiting]:
    """The open requests, the most urgent first."""
    found = [_described(each, now) for each in filed]
    return sorted(found, key=lambda each: (each.due_at, each.received_at))


def urgency(filed: Filed, now: int) -> Urgency:
    """How near the deadline of an open request is."""
    if is_overdue(filed.request, now):
        return Urgency.OVERDUE
    return Urgency.DUE_SOON if filed.request.due_at - now <= SOON_SECONDS else Urgency.OPEN


def _described(filed: Filed, now: int) -> Waiting:
    request = filed.request
    return Waiting(
        request.request_id.hex(),
        request.right.value,
        request.status.value,
        request.received_at,
        request.due_at,
        urgency(filed, now),
        is_extended(request),
    )
