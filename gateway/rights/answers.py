"""A request as others are told of it: the same members for everybody, known here or not. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from consent import (
    REPORTING,
    Filed,
    Notification,
    NotificationState,
    Right,
    RightsStatus,
    RightsStep,
    is_extended,
    is_overdue,
)


def describe(
    filed: Filed, notifications: Sequence[Notification], origin: str, now: int, *, names: bool = False
) -> dict[str, Any]:
    """A request as JSON.

    Args:
        filed: the request and its steps.
        notifications: who is told of an erasure.
        origin: the log's name.
        now: unix seconds.
        names: whether whoever reads it must tell recipients by hand, and so needs the names they know the person by.
    """
    request = filed.request
    name = request.request_id.hex()
    path = f"/v1/rights/{name}"
    done = request.status is RightsStatus.COMPLETED
    reports = request.right in REPORTING and request.status in (
        RightsStatus.IN_PROGRESS,
        RightsStatus.COMPLETED,
    )
    return {
        "request_id": name,
        "type": request.right.value,
        "status": request.status.value,
        "identity": request.identity.value,
        "purpose": request.purpose,
        "lift": request.lifts,
        "received_at": moment(request.received_at),
        "due_at": moment(request.due_at),
        "extended": is_extended(request),
        "overdue": is_overdue(request, now),
        "closed_at": None if request.closed_at is None else moment(request.closed_at),
        "reason": _reason(filed),
        "audit": _place(_evidence(filed), origin),
        "steps": [_step(step, origin) for step in filed.steps],
        "report": f"{path}/report" if reports else None,
        "certificate": f"{path}/certificate" if done and request.right is Right.ERASURE else None,
        "recipients": [_recipient(notification, names) for notification in notifications],
    }


def moment(at: int) -> str:
    """Unix seconds as RFC 3339, with the offset spelt out."""
    return datetime.fromtimestamp(at, UTC).isoformat()


def _evidence(filed: Filed) -> int | None:
    """The entry that proves the most: that of the erasure, else of the last step."""
    return filed.steps[-1].log_index if filed.erasure is None else filed.erasure.log_index


def _reason(filed: Filed) -> str | None:
    return filed.steps[-1].why.value if filed.request.status is RightsStatus.REFUSED else None


def _step(step: RightsStep, origin: str) -> dict[str, Any]:
    place = _place(step.log_index, origin)
    return {"act": step.act.value, "at": moment(step.at), "reason": step.why.value, "audit": place}


def _place(index: int | None, origin: str) -> dict[str, Any] | None:
    return None if index is None else {"log": origin, "index": index}


def _recipient(notification: Notification, names: bool) -> dict[str, Any]:
    by_hand = names and notification.state in (NotificationState.BY_HAND, NotificationState.REFUSED)
    known_as = {"known_as": (notification.subject_there or "").split()} if by_hand else {}
    return {
        "destination": notification.destination,
        "purpose": notification.purpose,
        "state": notification.state.value,
        "attempts": notification.attempts,
        "settled_at": None if notification.settled_at is None else moment(notification.settled_at),
        **known_as,
    }
