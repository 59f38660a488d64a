"""Four eyes: every way in which one person could do it alone is refused."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.editorial.decisions import EditorialAct, EditorialDecision, approve, end

PROPOSED = EditorialDecision(
    decision_id="0" * 32,
    act=EditorialAct.BLOCK,
    placement=None,
    items=("cup",),
    expires_at=1000,
    proposed_by="anna",
    proposed_at=0,
)
STEPS = st.lists(
    st.tuples(st.sampled_from([approve, end]), st.sampled_from(["anna", "bert"]), st.integers(0, 1200)),
    max_size=8,
)


@given(STEPS)
def test_nobody_puts_anything_in_force_or_out_of_force_alone(steps):
    decision = PROPOSED
    for step, by, now in sorted(steps, key=lambda each: each[2]):
        before = decision.holds(now)
        decision = step(decision, by, now) or decision
        if decision.holds(now):
            assert decision.approved_by not in (None, decision.proposed_by)
        if before and not decision.holds(now):
            assert decision.ended_by not in (None, decision.end_wanted_by)


@given(STEPS)
def test_one_person_alone_brings_nothing_about(steps):
    decision = PROPOSED
    for step, _, now in steps:
        decision = step(decision, "anna", now) or decision
        assert not decision.holds(now)


def test_nothing_holds_after_its_time():
    approved = approve(PROPOSED, "bert", 10)
    assert approved is not None
    assert approved.holds(999)
    assert not approved.holds(1000)
    assert approved.status(1000) == "expired"
    assert approve(PROPOSED, "bert", 1000) is None
