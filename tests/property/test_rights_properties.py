"""Whatever happens to a request in whatever order: its states are those of the table, and its deadline is the law's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from consent import (
    Filed,
    Identity,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    StepRefusal,
    Why,
    months_later,
    received,
    take_step,
)
from privacy import SubjectRef

TIMES = st.integers(0, 1 << 33)
ACTS = st.lists(
    st.tuples(st.sampled_from(RightsAct), st.sampled_from(Why), st.integers(0, 10**8)), max_size=12
)
CLOSED = {RightsStatus.COMPLETED, RightsStatus.REFUSED, RightsStatus.WITHDRAWN}


def opened(identity: Identity, at: int) -> Filed:
    request = RightsRequest(
        request_id=b"r" * 16,
        subject=SubjectRef(b"s" * 16),
        holder=b"h" * 16,
        right=Right.ACCESS,
        status=RightsStatus.IN_PROGRESS,
        identity=identity,
        source="shop",
        received_at=at,
        due_at=0,
    )
    changed, step = received(request)
    return Filed(changed, (step,))


@given(st.sampled_from(Identity), TIMES, ACTS)
def test_no_order_of_acts_breaks_the_rules(identity: Identity, at: int, acts: list[tuple]) -> None:
    filed = opened(identity, at)
    now = at
    for act, why, wait in acts:
        now += wait
        before = filed.request
        taken = take_step(filed, act, why, now)
        if isinstance(taken, StepRefusal):
            continue
        filed = taken
        after = filed.request
        assert before.status not in CLOSED or (act is RightsAct.PROVIDED and after == before)
        assert after.due_at in (months_later(at, 1), months_later(at, 3))
        assert (after.closed_at is not None) == (after.status in CLOSED)
        if after.status is RightsStatus.COMPLETED:
            assert after.identity is not Identity.PENDING, "nothing is handed out to a stranger"
    assert [step.number for step in filed.steps] == list(range(1, len(filed.steps) + 1))
    assert sum(step.act is RightsAct.EXTENDED for step in filed.steps) <= 1
    assert sum(step.act in (RightsAct.REFUSED, RightsAct.WITHDRAWN) for step in filed.steps) <= 1


@given(TIMES, st.integers(1, 3), st.integers(-14, 14))
def test_a_deadline_is_never_later_than_the_law_counts_it_anywhere(at: int, months: int, hours: int) -> None:
    """The law: the period ends with the day of the same date, or with the month's last day; days are those of the place."""
    ours = datetime.fromtimestamp(months_later(at, months), UTC) + timedelta(hours=hours)
    day = (datetime.fromtimestamp(at, UTC) + timedelta(hours=hours)).date()
    year, month = day.year, day.month + months
    if month > 12:
        year, month = year + 1, month - 12
    following = day.replace(year=year + month // 12, month=month % 12 + 1, day=1)
    last = min(following - timedelta(days=1), following - timedelta(days=1), key=lambda each: each)
    ends = last.replace(day=min(day.day, last.day))
    assert ours.date() <= ends
    assert (ends - ours.date()).days <= 4


@given(TIMES, st.integers(0, 1 << 20))
def test_who_asks_later_has_no_earlier_day(at: int, wait: int) -> None:
    """Of the last days of a month several end with the same day, each at its own time of day."""
    first, second = (datetime.fromtimestamp(months_later(asked, 1), UTC) for asked in (at, at + wait))
    assert first.date() <= second.date()
