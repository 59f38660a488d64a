"""Requests by which people exercise their rights: deadlines by the calendar, and steps in their order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from consent import (
    CONFIRMATIONS,
    EXTENSIONS,
    REFUSALS,
    Filed,
    Identity,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    StepRefusal,
    Why,
    is_extended,
    is_overdue,
    months_later,
    received,
    take_step,
)
from privacy import SubjectRef


def at(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


RECEIVED = at("2026-08-31T10:20:30")


def filed(identity=Identity.APP, right=Right.ACCESS):
    request = RightsRequest(
        request_id=b"r" * 16,
        subject=SubjectRef(b"s" * 16),
        holder=b"h" * 16,
        right=right,
        status=RightsStatus.IN_PROGRESS,
        identity=identity,
        source="shop",
        received_at=RECEIVED,
        due_at=0,
    )
    opened, step = received(request)
    return Filed(opened, (step,))


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-03-05T12:00:00", 1, "2026-04-05T12:00:00"),
        ("2026-08-31T10:20:30", 1, "2026-09-30T10:20:30"),
        ("2026-01-31T23:59:59", 1, "2026-02-28T23:59:59"),
        ("2028-01-30T00:00:00", 1, "2028-02-29T00:00:00"),
        ("2026-12-15T08:00:00", 1, "2027-01-15T08:00:00"),
        ("2026-11-30T08:00:00", 3, "2027-02-28T08:00:00"),
        ("2026-10-31T08:00:00", 3, "2027-01-31T08:00:00"),
    ],
)
def test_a_month_is_a_calendar_month(start, months, end):
    assert months_later(at(start), months) == at(end)


def test_the_clock_runs_from_the_receipt_whoever_asked():
    for identity in Identity:
        assert filed(identity).request.due_at == at("2026-09-30T10:20:30")
    assert filed(Identity.PENDING).request.status is RightsStatus.IDENTITY_PENDING
    assert filed(Identity.PERSON).steps[0].why is Why.PERSON_SESSION


def test_a_confirmed_identity_lets_it_go_on_and_does_not_move_the_deadline():
    later = take_step(filed(Identity.PENDING), RightsAct.IDENTITY_CONFIRMED, Why.OFFICER, RECEIVED + 9)
    assert later.request.status is RightsStatus.IN_PROGRESS
    assert later.request.identity is Identity.OFFICER
    assert later.request.due_at == filed().request.due_at
    assert [step.number for step in later.steps] == [1, 2]


def test_an_extension_needs_a_reason_comes_once_and_in_time():
    longer = take_step(filed(), RightsAct.EXTENDED, Why.COMPLEXITY, RECEIVED + 1)
    assert longer.request.due_at == at("2026-11-30T10:20:30")
    assert is_extended(longer.request)
    assert not is_extended(filed().request)
    assert take_step(longer, RightsAct.EXTENDED, Why.COMPLEXITY, RECEIVED + 2) is StepRefusal.EXTENDED_ALREADY
    assert take_step(filed(), RightsAct.EXTENDED, Why.EXCESSIVE, RECEIVED) is StepRefusal.WRONG_REASON
    late = filed().request.due_at + 1
    assert take_step(filed(), RightsAct.EXTENDED, Why.COMPLEXITY, late) is StepRefusal.TOO_LATE


@pytest.mark.parametrize(
    ("act", "reasons"),
    [
        (RightsAct.REFUSED, REFUSALS),
        (RightsAct.COMPLETED, {Why.NONE}),
        (RightsAct.WITHDRAWN, {Why.NONE}),
        (RightsAct.EXTENDED, EXTENSIONS),
        (RightsAct.PROVIDED, {Why.NONE}),
    ],
)
def test_each_act_has_its_own_reasons(act, reasons):
    for why in Why:
        taken = take_step(filed(), act, why, RECEIVED)
        assert (taken is StepRefusal.WRONG_REASON) == (why not in reasons)


def test_only_who_may_confirms():
    for why in Why:
        taken = take_step(filed(Identity.PENDING), RightsAct.IDENTITY_CONFIRMED, why, RECEIVED)
        assert isinstance(taken, Filed) == (why in CONFIRMATIONS)


def test_nothing_is_done_before_the_identity_is_known():
    for act in (RightsAct.COMPLETED, RightsAct.PROVIDED):
        assert take_step(filed(Identity.PENDING), act, Why.NONE, RECEIVED) is StepRefusal.NOT_NOW


def test_what_is_open_too_long_is_overdue_and_what_is_closed_never_is():
    request = filed().request
    assert not is_overdue(request, request.due_at)
    assert is_overdue(request, request.due_at + 1)
    closed = take_step(filed(), RightsAct.COMPLETED, Why.NONE, request.due_at + 9)
    assert closed.request.closed_at == request.due_at + 9
    assert not is_overdue(closed.request, request.due_at + 10)
