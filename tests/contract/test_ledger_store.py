"""The contract of the consent ledger, on every adapter."""

from __future__ import annotations

import os
import tempfile
import threading
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent import (
    MINORITY,
    ActorKind,
    Admitted,
    Assurance,
    CallResult,
    Evidence,
    MemoryRecords,
    OvertakenError,
    Status,
    WriteRefusal,
    fold,
    resolve,
    stand,
)
from privacy import SubjectRef
from tests.unit.consent.material import DAY, DEFAULT, EVERY_NOTICE, NOW, change
from tests.unit.gateway.stores.backends import BACKENDS, open_records

ANN, BOB = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)
REC, MOD, ADV = "recommendations", "model-improvement", "advertising"


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    with open_records(request.param, tmp_path) as records:
        yield records


def write(store, subject, *changes, now=NOW, **other):
    return store.record(subject, changes, now=now, source="shop", **other)


def test_nobody_is_known_at_first(store):
    assert store.person_of(ANN) is None
    assert store.records_of(ANN) is None
    assert store.history_of(ANN) == []
    assert store.unsequenced() == []
    assert list(store.load_people()) == []
    assert store.mismatches() == []


def test_a_first_consent_makes_a_person_with_a_key_of_their_own(store):
    write(store, ANN, change(REC))
    write(store, BOB, change(REC))
    ann, bob = store.person_of(ANN), store.person_of(BOB)
    assert len(ann.evidence_key) == len(bob.evidence_key) == 32
    assert ann.evidence_key != bob.evidence_key
    assert (ann.subject_id, bob.subject_id) == (1, 2)
    assert ann.records == store.records_of(ANN)
    assert store.person_of(ANN) == ann


def test_an_event_is_found_by_its_id_until_the_person_is_erased(store):
    [ann] = write(store, ANN, change(REC))
    [bob] = write(store, BOB, change(REC, ui_variant=b"u" * 32, jurisdiction="FR", age_band="16-17"))
    assert store.event(ann.event_id) == ann
    assert store.event(bob.event_id) == bob
    assert (bob.notice, bob.ui_variant, bob.jurisdiction) == (b"n" * 32, b"u" * 32, "FR")
    assert (bob.age_band, bob.assurance) == ("16-17", Assurance.ASSERTED)
    assert store.records_of(BOB)[REC].notice == bob.notice
    assert store.event(bytes(16)) is None
    store.erase(ANN, now=NOW)
    assert store.event(ann.event_id) is None
    assert store.event(bob.event_id) == bob


def test_an_event_says_everything_that_was_asked_and_when(store):
    asked = change(
        REC, evidence=Evidence.APP_ASSERTED, actor=ActorKind.APP, valid_until=NOW + DAY, method="banner, left"
    )
    [event] = write(store, ANN, asked, now=NOW + 5)
    assert (event.seq, event.subject, event.subject_id, event.epoch) == (1, ANN, 1, 1)
    assert (event.purpose, event.status, event.version) == (REC, Status.GIVEN, 1)
    assert (event.evidence, event.actor, event.source) == (Evidence.APP_ASSERTED, ActorKind.APP, "shop")
    assert (event.method, event.locale, event.notice_version) == ("banner, left", "en", "n1")
    assert (event.occurred_at, event.recorded_at, event.valid_until) == (NOW, NOW + 5, NOW + DAY)
    assert event.log_index is None
    assert len(event.event_id) == 16
    assert store.history_of(ANN) == [event]


def test_order_is_the_ledgers_own_and_epochs_rise_per_person_and_purpose(store):
    events = [
        *write(store, ANN, change(REC), change(MOD)),
        *write(store, BOB, change(REC)),
        *write(store, ANN, change(REC, Status.WITHDRAWN), now=NOW - 100),
    ]
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert [event.epoch for event in events] == [1, 1, 1, 2]
    assert len({event.event_id for event in events}) == 4
    assert store.history_of(ANN) == [events[0], events[1], events[3]]
    assert store.records_of(ANN)[REC].status is Status.WITHDRAWN


def test_a_grant_waits_for_the_log_and_a_denial_does_not(store):
    [given] = write(store, ANN, change(REC))
    assert not resolve(store.records_of(ANN), DEFAULT, NOW, EVERY_NOTICE).permits(0)
    store.mark_sequenced({given.seq: 0})
    assert resolve(store.records_of(ANN), DEFAULT, NOW, EVERY_NOTICE).permits(0)
    write(store, ANN, change(REC, Status.WITHDRAWN))
    assert not resolve(store.records_of(ANN), DEFAULT, NOW, EVERY_NOTICE).permits(0)


def test_the_outbox_holds_what_was_not_sequenced_in_order(store):
    one, two = write(store, ANN, change(REC), change(MOD))
    [three] = write(store, BOB, change(REC))
    assert store.unsequenced() == [one, two, three]
    store.mark_sequenced({two.seq: 17})
    assert store.unsequenced() == [one, three]
    assert [event.log_index for event in store.history_of(ANN)] == [None, 17]
    assert {purpose: record.sequenced for purpose, record in store.records_of(ANN).items()} == {
        REC: False,
        MOD: True,
    }


def test_a_place_in_the_log_is_given_once(store):
    [given] = write(store, ANN, change(REC))
    store.mark_sequenced({given.seq: 3})
    store.mark_sequenced({given.seq: 9, 4711: 5})
    store.mark_sequenced({})
    assert store.history_of(ANN)[0].log_index == 3


def test_sequencing_an_older_grant_does_not_make_a_newer_one_count(store):
    [first] = write(store, ANN, change(REC))
    write(store, ANN, change(REC, Status.WITHDRAWN))
    write(store, ANN, change(REC))
    store.mark_sequenced({first.seq: 0})
    assert not store.records_of(ANN)[REC].sequenced
    assert store.mismatches() == []


def test_a_grant_that_continues_is_a_renewal(store):
    write(store, ANN, change(REC))
    assert [event.status for event in write(store, ANN, change(REC))] == [Status.RENEWED]
    write(store, ANN, change(REC, Status.REFUSED))
    assert [event.status for event in write(store, ANN, change(REC))] == [Status.GIVEN]


def test_a_grant_that_was_overtaken_changes_nothing_at_all(store):
    write(store, ANN, change(REC), change(MOD))
    write(store, ANN, change(REC, Status.WITHDRAWN))
    before = (store.records_of(ANN), store.history_of(ANN))
    with pytest.raises(OvertakenError):
        write(store, ANN, change(MOD, Status.WITHDRAWN), change(REC, follows=1))
    assert (store.records_of(ANN), store.history_of(ANN)) == before
    with pytest.raises(OvertakenError):
        write(store, BOB, change(REC, follows=1))
    assert store.person_of(BOB) is None
    assert store.signal_keys([1, 2], DEFAULT.bits)[1].keys() == {DEFAULT.bits[MOD]}


def test_nothing_to_record_is_a_mistake_of_the_caller(store):
    with pytest.raises(ValueError, match="nothing"):
        write(store, ANN)


def test_several_changes_of_one_purpose_in_one_call_follow_one_another(store):
    events = write(store, ANN, change(REC), change(REC, Status.WITHDRAWN), change(REC))
    assert [(event.status, event.epoch) for event in events] == [
        (Status.GIVEN, 1),
        (Status.WITHDRAWN, 2),
        (Status.GIVEN, 3),
    ]
    assert fold(events) == store.records_of(ANN)


def test_a_weaker_denial_leaves_the_stronger_evidence_standing(store):
    write(store, ANN, change(REC, Status.WITHDRAWN))
    write(store, ANN, change(REC, Status.REFUSED, evidence=Evidence.APP_ASSERTED))
    assert store.records_of(ANN)[REC].evidence is Evidence.USER_ACTION
    assert store.mismatches() == []


def test_standings_are_recorded_like_anything_else(store):
    write(store, ANN, stand(MINORITY, True, ActorKind.APP, DEFAULT, NOW))
    assert store.records_of(ANN)[MINORITY].status is Status.RESTRICTED
    assert store.signal_keys([1], DEFAULT.bits) == {}


def test_everybody_is_loaded_by_row_with_keys_and_records(store):
    for subject in (BOB, ANN):
        write(store, subject, change(REC), change(ADV, Status.REFUSED))
    rows = list(store.load_people())
    assert [row.subject for row in rows] == [BOB, ANN]
    assert rows == [store.person_of(BOB), store.person_of(ANN)]


def test_writers_of_one_purpose_wait_for_one_another(store):
    barrier, failures = threading.Barrier(4), []

    def hammer():
        barrier.wait()
        try:
            for _ in range(10):
                write(store, ANN, change(REC))
                write(store, ANN, change(REC, Status.WITHDRAWN))
        except Exception as error:  # noqa: BLE001 (a thread's failure is told below)
            failures.append(error)

    threads = [threading.Thread(target=hammer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [event.epoch for event in store.history_of(ANN)] == list(range(1, 81))
    assert store.mismatches() == []


def admitting(*changes, arrival=()):
    """A judge who admits these changes whatever the records say, and remembers what they said."""

    def judge(records):
        judge.heard.append(records)
        return Admitted(changes, arrival)

    judge.heard = []
    return judge


def ask(store, subject, judge, *, now=NOW, reserved=False):
    return store.change(subject, judge, now=now, source="shop", reserved=reserved)


def test_a_change_is_judged_on_the_records_and_recorded_in_one_step(store):
    first = admitting(change(REC), arrival=(MOD,))
    recorded = ask(store, ANN, first)
    assert first.heard == [None]
    assert recorded.person == store.person_of(ANN)
    assert recorded.events == store.history_of(ANN)
    assert set(store.signal_keys([1], DEFAULT.bits)[1]) == {DEFAULT.bits[REC], DEFAULT.bits[MOD]}

    second = admitting(change(REC, Status.WITHDRAWN), change(ADV, Status.WITHDRAWN))
    again = ask(store, ANN, second, now=NOW + 1, reserved=True)
    assert second.heard == [recorded.person.records]
    assert [event.epoch for event in again.events] == [2, 1]
    assert again.person == store.person_of(ANN)
    assert store.mismatches() == []


def test_what_the_judge_refuses_leaves_no_trace(store):
    assert ask(store, ANN, lambda _: WriteRefusal.WRONG_NOTICE) is WriteRefusal.WRONG_NOTICE
    assert store.person_of(ANN) is None
    write(store, ANN, change(REC))
    before = store.person_of(ANN)
    assert ask(store, ANN, lambda _: WriteRefusal.BACK_DATED) is WriteRefusal.BACK_DATED
    assert store.person_of(ANN) == before


def test_a_grant_is_never_written_into_the_space_for_denials(store):
    judge = admitting(change(ADV, Status.REFUSED), change(REC))
    with pytest.raises(ValueError, match="denials"):
        ask(store, ANN, judge, reserved=True)
    assert store.person_of(ANN) is None


def test_a_judge_of_an_overtaken_change_is_told_and_nothing_is_recorded(store):
    write(store, ANN, change(REC))
    with pytest.raises(OvertakenError):
        ask(store, ANN, admitting(change(MOD), change(REC, follows=0)))
    assert set(store.records_of(ANN)) == {REC}


def test_calls_together_see_one_another_and_fail_alone(store):
    results = store.together(
        [
            lambda: write(store, ANN, change(REC)),
            lambda: write(store, ANN, change(MOD), change(REC, follows=0)),
            lambda: ask(store, ANN, admitting(change(ADV)), now=NOW + 1),
            lambda: store.mark_sequenced({1: 7}),
            lambda: store.records_of(ANN)[REC].sequenced,
            lambda: store.erase(BOB, now=NOW),
        ]
    )
    failures = [each.failure for each in results]
    assert isinstance(failures.pop(1), OvertakenError)
    assert failures == [None] * 5
    assert [event.seq for event in results[0].value] == [1]
    assert set(results[2].value.person.records) == {REC, ADV}
    assert results[4] == CallResult(True)
    assert results[5].value.subject_id == 0, "nobody, and an erasure all the same"
    assert [event.log_index for event in store.history_of(ANN)] == [7, None]
    assert store.mismatches() == []


def test_no_calls_together_are_nothing(store):
    assert store.together([]) == []


STEPS = st.lists(
    st.tuples(
        st.sampled_from([ANN, BOB]),
        st.lists(
            st.builds(
                change,
                st.sampled_from([REC, MOD, ADV]),
                st.sampled_from([Status.GIVEN, Status.REFUSED, Status.WITHDRAWN, Status.EXPIRED]),
                version=st.integers(1, 2),
                evidence=st.sampled_from(list(Evidence)),
                valid_until=st.none() | st.integers(NOW - 5, NOW + 20),
                follows=st.none() | st.integers(0, 2),
            ),
            min_size=1,
            max_size=3,
        ),
        st.sampled_from(["write", "sequence", "erase"]),
    ),
    max_size=12,
)


def _told(store):
    people = [(row.subject, row.subject_id, row.records) for row in store.load_people()]
    ids = [row[1] for row in people]
    keys = {row: sorted(bits) for row, bits in store.signal_keys(ids, DEFAULT.bits).items()}
    events = [_without_id(event) for subject in (ANN, BOB) for event in store.history_of(subject)]
    return people, keys, events, [_without_id(event) for event in store.unsequenced()]


def _without_id(event):
    return {name: getattr(event, name) for name in event.__struct_fields__ if name != "event_id"}


@given(STEPS)
def test_calls_together_come_to_the_same_as_one_after_the_other(steps):
    with tempfile.TemporaryDirectory() as directory, open_records("sqlite", Path(directory)) as together:
        alone = MemoryRecords(os.urandom)

        def call(store, at, subject, changes, then):
            if then == "sequence":
                return store.mark_sequenced({event.seq: event.seq + 9 for event in store.unsequenced()[::2]})
            if then == "erase":
                return store.erase(subject, now=NOW + at) and None
            return [_without_id(each) for each in write(store, subject, *changes, now=NOW + at)]

        def calls(store):
            return [partial(call, store, at, *step) for at, step in enumerate(steps)]

        singly = [alone.together([each])[0] for each in calls(alone)]
        for got, expected in zip(together.together(calls(together)), singly, strict=True):
            assert got.value == expected.value
            assert type(got.failure) is type(expected.failure)
        assert _told(together) == _told(alone)
        assert together.mismatches() == []


@given(STEPS)
def test_the_adapters_agree_on_random_histories_and_the_state_is_the_fold(steps):
    with tempfile.TemporaryDirectory() as directory, open_records("sqlite", Path(directory)) as durable:
        model = MemoryRecords(os.urandom)
        for at, (subject, changes, then) in enumerate(steps):
            answers = []
            for store in (model, durable):
                try:
                    answers.append([_without_id(e) for e in write(store, subject, *changes, now=NOW + at)])
                except OvertakenError:
                    answers.append("overtaken")
                if then == "sequence":
                    store.mark_sequenced({event.seq: event.seq + 100 for event in store.unsequenced()[::2]})
                elif then == "erase":
                    store.erase(subject, now=NOW + at)
            assert answers[0] == answers[1]
            assert _told(model) == _told(durable)
        assert model.mismatches() == durable.mismatches() == []
