"""The contracts of rights requests, notifications, kept refusals and disputed items, on every adapter."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest
from msgspec.structs import replace

from consent import (
    Filed,
    Identity,
    MemoryRecords,
    MemoryRights,
    Notification,
    NotificationState,
    OvertakenError,
    Right,
    RightsAct,
    RightsRequest,
    RightsStatus,
    StoreUnavailableError,
    Why,
    received,
    take_step,
)
from gateway.stores.records import SqlRecords
from gateway.stores.rights import SqlRights
from privacy import SubjectRef
from tests.unit.consent.material import NOW, change
from tests.unit.gateway.stores.backends import BACKENDS, RING, open_database

ANN, BOB = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)


@contextmanager
def open_rights(backend, directory):
    if backend == "memory":
        records = MemoryRecords(os.urandom)
        yield MemoryRights(records), records
        return
    with open_database(directory) as database:
        yield SqlRights(database), SqlRecords(database, RING)


@pytest.fixture(params=BACKENDS)
def stores(request, tmp_path):
    with open_rights(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture
def store(stores):
    return stores[0]


def new(letter=b"1", subject=ANN, right=Right.ERASURE, identity=Identity.APP, at=NOW, **other):
    request = RightsRequest(
        request_id=letter * 16,
        subject=subject,
        holder=b"h" * 16,
        right=right,
        status=RightsStatus.IN_PROGRESS,
        identity=identity,
        source="shop",
        received_at=at,
        due_at=0,
        **other,
    )
    opened, step = received(request)
    return Filed(opened, (step,))


def notification(letter=b"1", destination="crm", state=NotificationState.WAITING, **other):
    return Notification(
        request_id=letter * 16,
        destination=destination,
        purpose="recommendations",
        state=state,
        subject_there="abc",
        **other,
    )


def test_there_is_nothing_at_first(store):
    assert store.get(b"1" * 16) is None
    assert store.of_subject(ANN) == store.still_open() == store.unsequenced_steps() == []
    assert not store.ever_filed()
    assert store.notifications_of(b"1" * 16) == store.due_notifications(NOW, 9) == []
    assert store.load_marks() == {}
    assert list(store.load_disputed()) == []


def test_what_was_filed_is_found_as_it_was(store):
    one = new(purpose="advertising", lifts=True)
    two = new(b"2", at=NOW + 1)
    store.add(one, reserved=True)
    store.add(two, reserved=False)
    store.add(new(b"3", BOB), reserved=True)
    assert store.get(b"1" * 16) == one
    assert store.of_subject(ANN) == [one, two]
    assert store.of_subject(BOB) == [new(b"3", BOB)]


def test_a_request_goes_on_by_steps(store):
    first = new(identity=Identity.PENDING)
    store.add(first, reserved=True)
    later = take_step(first, RightsAct.IDENTITY_CONFIRMED, Why.OFFICER, NOW + 5)
    store.go_on(later, reserved=True)
    assert store.get(b"1" * 16) == later
    longer = take_step(later, RightsAct.EXTENDED, Why.COMPLEXITY, NOW + 6)
    store.go_on(longer, reserved=False)
    assert store.get(b"1" * 16).request.due_at == longer.request.due_at


def test_of_two_steps_at_once_one_is_refused(store):
    first = new()
    store.add(first, reserved=True)
    done = take_step(first, RightsAct.COMPLETED, Why.NONE, NOW)
    store.go_on(done, reserved=True)
    with pytest.raises(OvertakenError):
        store.go_on(take_step(first, RightsAct.WITHDRAWN, Why.NONE, NOW), reserved=True)
    assert store.get(b"1" * 16) == done
    assert store.still_open() == []
    assert store.ever_filed()


def test_steps_wait_for_the_log(store):
    first = new()
    store.add(first, reserved=True)
    store.go_on(take_step(first, RightsAct.COMPLETED, Why.NONE, NOW), reserved=True)
    assert store.unsequenced_steps() == [(b"1" * 16, 1), (b"1" * 16, 2)]
    store.mark_steps_sequenced([(b"1" * 16, 1, 7), (b"9" * 16, 1, 8)])
    store.mark_steps_sequenced([(b"1" * 16, 1, 9)])
    store.mark_steps_sequenced([])
    assert store.unsequenced_steps() == [(b"1" * 16, 2)]
    assert [step.log_index for step in store.get(b"1" * 16).steps] == [7, None]


def test_an_erasure_cuts_every_request_off_and_keeps_it(stores):
    store, records = stores
    records.record(ANN, [change("recommendations")], now=NOW, source="shop")
    answered = new(b"2", right=Right.ACCESS)
    done = take_step(answered, RightsAct.COMPLETED, Why.NONE, NOW)
    for each in (new(), answered, new(b"3", BOB)):
        store.add(each, reserved=True)
    store.go_on(done, reserved=True)
    erasure = records.erase(ANN, now=NOW)
    assert store.of_subject(ANN) == []
    assert store.get(b"1" * 16).erasure == erasure
    assert store.get(b"1" * 16).request.subject is None
    assert store.get(b"2" * 16) == Filed(replace(done.request, subject=None), done.steps)
    assert store.of_subject(BOB) == [new(b"3", BOB)]
    closed = take_step(store.get(b"1" * 16), RightsAct.COMPLETED, Why.NONE, NOW + 1)
    store.go_on(closed, reserved=True)
    assert store.get(b"1" * 16).erasure == erasure


def test_the_next_erasure_of_that_pseudonym_is_another(stores):
    store, records = stores
    store.add(new(), reserved=True)
    first = records.erase(ANN, now=NOW)
    store.add(new(b"2"), reserved=True)
    second = records.erase(ANN, now=NOW + 1)
    assert (store.get(b"1" * 16).erasure, store.get(b"2" * 16).erasure) == (first, second)


def test_a_step_of_somebody_erased_does_not_bring_them_back(stores):
    store, records = stores
    before = new()
    store.add(before, reserved=True)
    records.erase(ANN, now=NOW)
    store.go_on(take_step(before, RightsAct.COMPLETED, Why.NONE, NOW), reserved=True)
    assert store.get(b"1" * 16).request.subject is None
    assert store.of_subject(ANN) == []


def test_notifications_are_due_once_the_erasure_is_completed(store):
    first = new()
    store.add(first, [notification(), notification(destination="lake", next_at=NOW + 50)], reserved=True)
    store.add(new(b"2"), [notification(b"2")], reserved=True)
    assert store.due_notifications(NOW + 99, 9) == []
    store.go_on(take_step(first, RightsAct.COMPLETED, Why.NONE, NOW), reserved=True)
    assert store.due_notifications(NOW + 49, 9) == [notification()]
    assert [each.destination for each in store.due_notifications(NOW + 50, 9)] == ["crm", "lake"]
    assert len(store.due_notifications(NOW + 50, 1)) == 1


def test_a_settled_notification_keeps_no_name(store):
    first = new()
    store.add(
        first,
        [notification(), notification(destination="lake", state=NotificationState.BY_HAND)],
        reserved=True,
    )
    store.go_on(take_step(first, RightsAct.COMPLETED, Why.NONE, NOW), reserved=True)
    told = replace(
        notification(), state=NotificationState.ACKNOWLEDGED, subject_there=None, attempts=3, settled_at=NOW
    )
    store.settle_notification(told)
    store.settle_notification(notification(b"9"))
    assert store.notifications_of(b"1" * 16)[0] == told
    assert store.due_notifications(NOW + 99, 9) == []
    assert store.notifications_of(b"9" * 16) == []


def test_marks_come_and_go(store):
    store.keep_marks({b"x" * 16, b"y" * 16}, set(), NOW)
    store.keep_marks({b"y" * 16, b"z" * 16}, {b"x" * 16, b"never" * 4}, NOW + 1)
    assert store.load_marks() == {b"y" * 16: NOW + 1, b"z" * 16: NOW + 1}
    store.keep_marks(set(), {b"y" * 16}, NOW + 2)
    assert store.load_marks() == {b"z" * 16: NOW + 1}


def test_disputed_items_are_kept_sealed_and_go_with_the_person(stores):
    store, records = stores
    for subject in (ANN, BOB):
        records.record(subject, [change("recommendations")], now=NOW, source="shop")
    ann, bob = (records.person_of(subject).subject_id for subject in (ANN, BOB))
    store.dispute(ann, b"sealed-ann")
    store.dispute(bob, b"sealed-bob")
    assert sorted(store.load_disputed()) == [(ann, b"sealed-ann"), (bob, b"sealed-bob")]
    records.erase(ANN, now=NOW)
    assert list(store.load_disputed()) == [(bob, b"sealed-bob")]
    with pytest.raises(StoreUnavailableError):
        store.dispute(ann, b"sealed-too-late")
    assert list(store.load_disputed()) == [(bob, b"sealed-bob")]


def test_what_is_lifted_is_kept_no_more_and_nothing_else_goes(stores):
    store, records = stores
    for subject in (ANN, BOB):
        records.record(subject, [change("recommendations")], now=NOW, source="shop")
    ann, bob = (records.person_of(subject).subject_id for subject in (ANN, BOB))
    for whose, sealed in ((ann, b"one"), (ann, b"two"), (ann, b"three"), (bob, b"four")):
        store.dispute(whose, sealed)
    store.lift(ann, {b"one", b"two", b"four", b"never kept"})
    store.lift(ann, set())
    assert sorted(store.load_disputed()) == [(ann, b"three"), (bob, b"four")]


def test_marks_and_notifications_stay_when_the_person_goes(stores):
    store, records = stores
    records.record(ANN, [change("recommendations")], now=NOW, source="shop")
    store.add(new(), [notification()], reserved=True)
    store.keep_marks({b"x" * 16}, {b"x" * 16}, NOW)
    records.erase(ANN, now=NOW)
    assert store.load_marks() == {b"x" * 16: NOW}
    assert store.notifications_of(b"1" * 16) == [notification()]
