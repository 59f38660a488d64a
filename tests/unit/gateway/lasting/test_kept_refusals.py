"""Marks of refusals: they stand for what the person denied themselves, and for nothing else."""

from __future__ import annotations

import pytest

from consent import (
    MINORITY,
    ActorKind,
    ConsentRecord,
    ConsentRequest,
    Evidence,
    KeptDenial,
    MemoryRights,
    Status,
    WriteRefusal,
    admit,
)
from gateway.lasting.denied_list import DeniedList
from gateway.lasting.kept_refusals import RefusalMarks
from privacy import SubjectRef
from tests.unit.consent.material import DEFAULT, NOW, change, policy_of, purpose_text

ANN, BOB = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)
REC, MOD = "recommendations", "model-improvement"
KEY = b"k" * 32
GRANT = ConsentRequest(purpose=REC, status=Status.GIVEN, method="form", locale="en")


def record(status, evidence=Evidence.USER_ACTION, purpose=REC):
    return ConsentRecord(purpose, status, 1, 3, 7, evidence, NOW, NOW, None, True)


@pytest.fixture
def store(tmp_path):
    found = MemoryRights()
    found.listed = tmp_path / "withdrawn"
    return found


def marks(store, key=KEY):
    return RefusalMarks(key, store, DEFAULT, DeniedList(store.listed))


@pytest.mark.parametrize("status", [Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED, Status.REVOKED])
def test_a_denial_by_the_person_is_kept_through_a_restart(store, status):
    marks(store).keep(ANN, {REC: record(status)}, NOW)
    kept = marks(store).beside(ANN, None)
    assert set(kept) == {REC}
    assert kept[REC].recorded_at == NOW
    assert admit(GRANT, ActorKind.APP, kept, DEFAULT, NOW) is WriteRefusal.LIFTS_A_DENIAL
    assert not isinstance(admit(GRANT, ActorKind.PERSON, kept, DEFAULT, NOW), WriteRefusal)
    assert marks(store).beside(BOB, None) is None


@pytest.mark.parametrize(
    "kept",
    [
        record(Status.GIVEN),
        record(Status.INVALIDATED),
        record(Status.WITHDRAWN, Evidence.APP_ASSERTED),
        record(Status.REFUSED, Evidence.IMPORT),
    ],
)
def test_nothing_else_leaves_a_mark(store, kept):
    marks(store).keep(ANN, {REC: kept}, NOW)
    assert store.load_marks() == {}


def test_a_grant_comes_before_a_mark_and_a_weaker_denial_does_not(store):
    known = marks(store)
    known.keep(ANN, {REC: record(Status.WITHDRAWN)}, NOW)
    given = {REC: record(Status.GIVEN)}
    assert known.beside(ANN, given) == given
    assert set(known.beside(ANN, {MOD: record(Status.GIVEN, purpose=MOD)})) == {REC, MOD}
    weaker = known.beside(ANN, {REC: record(Status.REFUSED, Evidence.APP_ASSERTED)})
    assert weaker == {REC: record(Status.REFUSED)}


def test_a_grant_by_the_person_ends_the_mark_of_that_purpose(store):
    known = marks(store)
    known.keep(ANN, {REC: record(Status.WITHDRAWN), MOD: record(Status.REFUSED, purpose=MOD)}, NOW)
    known.lift(ANN, REC, NOW)
    known.lift(BOB, MOD, NOW)
    assert set(known.beside(ANN, None)) == {MOD}
    assert set(marks(store).beside(ANN, None)) == {MOD}


def test_with_the_first_record_of_anything_what_needs_no_grant_is_recorded_as_denied(store):
    policy = policy_of(
        purpose_text("shop", "shp"),
        purpose_text("care", "car", legal_basis='"legitimate_interests"'),
        purpose_text("ship", "shi", legal_basis='"contract"'),
    )
    known = RefusalMarks(KEY, store, policy, DeniedList(store.listed))
    objected, minor = own(Status.OBJECTED, purpose="care"), own(Status.RESTRICTED, purpose=MINORITY)
    known.note(known.missing(ANN, [own(purpose="shop"), objected, minor, own(purpose="gone")]), NOW)
    first = change("ship")
    found = known.with_denials(ANN, None, [first], NOW + 5)
    assert found[0] is first
    assert [(each.purpose, each.status, each.occurred_at) for each in found[1:]] == [
        (MINORITY, Status.RESTRICTED, NOW + 5),
        ("care", Status.OBJECTED, NOW),
    ]
    assert all(each.evidence is Evidence.USER_ACTION for each in found)
    assert known.with_denials(ANN, {}, [first], NOW) == (first,), "whoever is known has records"
    assert known.with_denials(BOB, None, [first], NOW) == (first,)
    assert [each.purpose for each in known.with_denials(ANN, None, [change("care")], NOW)[1:]] == [MINORITY]


def test_marks_tell_nothing_without_the_key(store):
    marks(store).keep(ANN, {REC: record(Status.WITHDRAWN), MOD: record(Status.REFUSED, purpose=MOD)}, NOW)
    [one, other] = store.load_marks()
    assert len(one) == len(other) == 16
    assert ANN not in one + other
    assert marks(store, b"o" * 32).beside(ANN, None) is None


def own(status=Status.REFUSED, evidence=Evidence.USER_ACTION, purpose=REC):
    return KeptDenial(purpose, status, 1, NOW, evidence)


def test_a_refusal_by_the_person_stands_also_where_no_record_and_no_store_knows_of_it(store, tmp_path):
    known = marks(store)
    known.note(known.missing(ANN, [own(), own(evidence=Evidence.APP_ASSERTED, purpose=MOD)]), NOW)
    assert known.missing(ANN, [own()]) == set()
    restored = MemoryRights()
    restored.listed = store.listed
    seen = marks(restored).beside(ANN, None)
    assert set(seen) == {REC}
    assert admit(GRANT, ActorKind.APP, seen, DEFAULT, NOW + 1) is WriteRefusal.LIFTS_A_DENIAL
    marks(restored).lift(ANN, REC, NOW + 2)
    assert marks(restored).beside(ANN, None) is None
    assert "+" not in restored.listed.read_text()


def test_a_mark_that_comes_back_with_an_older_store_is_over_if_the_list_says_so(store):
    known = marks(store)
    known.keep(ANN, {REC: record(Status.WITHDRAWN)}, NOW)
    older = dict(store.load_marks())
    known.lift(ANN, REC, NOW + 1)
    store.keep_marks(older, (), NOW)
    assert marks(store).beside(ANN, None) is None
    marks(store).keep(ANN, {REC: record(Status.WITHDRAWN)}, NOW + 2)
    assert set(marks(store).beside(ANN, None)) == {REC}


DETAILS = "analytics-details"


@pytest.mark.parametrize("basis", ["consent", "legitimate_interests"])
def test_a_purpose_that_comes_later_is_denied_with_what_it_is_a_part_of(store, basis):
    broader = purpose_text("analytics", "ana")
    part = purpose_text(DETAILS, "det", broader='["analytics"]', legal_basis=f'"{basis}"')
    before, later = (
        policy_of(broader, purpose_text(REC, "rec")),
        policy_of(broader, purpose_text(REC, "rec"), part),
    )
    RefusalMarks(KEY, store, before, DeniedList(store.listed)).keep(
        ANN, {"analytics": record(Status.WITHDRAWN, purpose="analytics")}, NOW
    )
    known = RefusalMarks(KEY, store, later, DeniedList(store.listed))
    grant = ConsentRequest(purpose=DETAILS, status=Status.GIVEN, method="form", locale="en")
    assert admit(grant, ActorKind.APP, known.beside(ANN, None), later, NOW) is WriteRefusal.LIFTS_A_DENIAL
    assert not isinstance(admit(grant, ActorKind.PERSON, known.beside(ANN, None), later, NOW), WriteRefusal)
    first = known.with_denials(ANN, None, [change(REC, Status.GIVEN)], NOW)
    denied = [each.purpose for each in first if each.status is Status.OBJECTED]
    assert denied == ([] if basis == "consent" else [DETAILS])
