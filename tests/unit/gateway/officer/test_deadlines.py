"""Which request has to be answered first."""

from __future__ import annotations

from consent import Filed, Identity, Right, RightsRequest, RightsStatus
from gateway.officer.deadlines import SOON_SECONDS, Urgency, urgency, waiting

NOON = 1_728_043_200
"""Unix seconds."""


def request(due_at: int, status: RightsStatus = RightsStatus.IN_PROGRESS) -> Filed:
    made = RightsRequest(
        request_id=bytes(16),
        subject=None,
        holder=bytes(16),
        right=Right.ACCESS,
        status=status,
        identity=Identity.APP,
        source="app",
        received_at=NOON,
        due_at=due_at,
    )
    return Filed(made, (), None)


def test_a_deadline_is_overdue_near_or_far() -> None:
    assert urgency(request(NOON - 1), NOON) is Urgency.OVERDUE
    assert urgency(request(NOON), NOON) is Urgency.DUE_SOON
    assert urgency(request(NOON + SOON_SECONDS), NOON) is Urgency.DUE_SOON
    assert urgency(request(NOON + SOON_SECONDS + 1), NOON) is Urgency.OPEN


def test_the_most_urgent_comes_first_and_nobody_is_named() -> None:
    found = waiting([request(NOON + 9), request(NOON - 9)], NOON)
    assert [each.due_at - NOON for each in found] == [-9, 9]
    assert "subject" not in type(found[0]).__slots__
