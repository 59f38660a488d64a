"""Nobody is asked before their time, whatever they said and in whatever order; and everybody may be asked again some day."""

from __future__ import annotations

import os
from functools import partial

from hypothesis import given
from hypothesis import strategies as st

from consent import (
    GRANTS,
    ActorKind,
    Answers,
    MemoryRecords,
    PromptReason,
    Status,
    WriteRefusal,
    admit,
    judge_answers,
    prompts_for,
)
from privacy import SubjectRef
from tests.unit.consent.material import (
    DAY,
    EVERY_NOTICE,
    NOW,
    condition_text,
    policy_of,
    purpose_text,
    record,
)

POLICY = policy_of(
    purpose_text("shop", "shp"),
    purpose_text("ads", "ads", gpc_sensitive="true"),
    purpose_text("mail", "mai", broader='["shop"]'),
    condition_text("place", "plc"),
)
NAMES = [rule.id for rule in POLICY.rules]
RECORDS = st.dictionaries(
    st.sampled_from(NAMES),
    st.builds(
        lambda status, ago, until: (status, NOW - ago, until),
        st.sampled_from(sorted(set(Status) - {Status.RESTRICTED})),
        st.integers(0, 400 * DAY),
        st.none() | st.integers(NOW - 30 * DAY, NOW + 30 * DAY),
    ),
).map(
    lambda told: {
        name: record(name, status, given_at=at, recorded_at=at, valid_until=until)
        for name, (status, at, until) in told.items()
    }
)


@given(RECORDS, st.booleans())
def test_the_time_that_is_told_is_the_time_from_which_it_may_be_asked(records, signal):
    for each in prompts_for(records, POLICY, NOW, EVERY_NOTICE, opt_out_signal=signal):
        assert each.may_ask is (each.not_before is None)
        if each.not_before is None:
            continue
        assert each.not_before > NOW
        before, then = (
            {one.purpose: one for one in prompts_for(records, POLICY, at, EVERY_NOTICE)}[each.purpose]
            for at in (each.not_before - 1, each.not_before)
        )
        assert then.may_ask
        assert signal or not before.may_ask


@given(RECORDS, st.booleans())
def test_what_is_given_and_what_was_just_refused_is_never_asked(records, signal):
    for each in prompts_for(records, POLICY, NOW, EVERY_NOTICE, opt_out_signal=signal):
        mine = records.get(each.purpose)
        if each.permitted:
            assert (each.reason, each.may_ask) == (PromptReason.GIVEN, False)
        if mine is not None and mine.status in (Status.REFUSED, Status.WITHDRAWN):
            assert not each.permitted
            assert not (each.may_ask and mine.recorded_at > NOW - 10 * DAY)
        if signal and each.purpose == "ads":
            assert not each.may_ask
            assert not each.permitted


def judged(request, now, known):
    return admit(request, ActorKind.PERSON, known, POLICY, now)


CHOICES = st.dictionaries(st.sampled_from(NAMES), st.booleans(), min_size=1)


@given(st.lists(st.tuples(CHOICES, st.booleans(), st.integers(1, 20 * DAY)), min_size=1, max_size=6))
def test_after_every_answer_the_ledger_says_what_the_person_said(answered):
    store, who, now = MemoryRecords(os.urandom), SubjectRef(bytes(16)), NOW
    for choices, signal, later in answered:
        now += later
        answers = Answers(
            choices=choices, method="banner", locale="en", notice_version=None, opt_out_signal=signal
        )
        requests = judge_answers(answers, ActorKind.PERSON, store.records_of(who), POLICY, now, EVERY_NOTICE)
        if isinstance(requests, WriteRefusal):
            assert requests is WriteRefusal.DENIED_BY_SIGNAL
            assert signal
            assert choices["ads"]
            continue
        for request in requests:
            recorded = store.change(
                who,
                partial(judged, request, now),
                now=now,
                source="banner",
                reserved=request.status not in GRANTS,
            )
            assert not isinstance(recorded, WriteRefusal)
            store.mark_sequenced({event.seq: event.seq for event in recorded.events})
        prompts = {one.purpose: one for one in prompts_for(store.records_of(who), POLICY, now, EVERY_NOTICE)}
        for purpose, yes in choices.items():
            broader_is_off = purpose == "mail" and prompts["shop"].reason is PromptReason.REFUSED
            assert prompts[purpose].permitted is (yes and not broader_is_off)
            assert not prompts[purpose].may_ask
        again = judge_answers(answers, ActorKind.PERSON, store.records_of(who), POLICY, now, EVERY_NOTICE)
        settled = {one.purpose for one in again}
        assert settled <= {"mail"} if choices.get("shop") is False else not settled, (
            "the same again changes nothing"
        )
