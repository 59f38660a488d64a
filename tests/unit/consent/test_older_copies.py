"""What was denied after the records were copied is denied again, and nothing else is."""

from __future__ import annotations

import os

from hypothesis import given
from hypothesis import strategies as st

from consent import (
    MINORITY,
    RESTRICTION,
    ActorKind,
    Evidence,
    KeptDenial,
    MemoryRecords,
    Status,
    denied_since,
    kept_of,
    stand,
)
from privacy import SubjectRef
from tests.unit.consent.material import DEFAULT, NOW, change

ANN = SubjectRef(b"a" * 16)
REC = "recommendations"
STATUSES = (Status.GIVEN, Status.REFUSED, Status.WITHDRAWN, Status.OBJECTED)


def steps(*statuses: Status, at: int = NOW, every: int = 0) -> list[tuple[Status, int]]:
    return [(status, at + every * n) for n, status in enumerate(statuses)]


def ledger_of(written):
    """A ledger with changes of one purpose, and what is kept of them."""
    ledger = MemoryRecords(os.urandom)
    kept = []
    for status, at in written:
        for event in ledger.record(ANN, [change(REC, status)], now=at, source="shop"):
            denial = kept_of(event)
            kept += [] if denial is None else [denial]
    return ledger, kept


def records_after(written):
    return ledger_of(written)[0].records_of(ANN) or {}


@given(
    st.lists(st.tuples(st.sampled_from(STATUSES), st.integers(0, 2)), min_size=1, max_size=8),
    st.integers(0, 8),
)
def test_a_copy_of_any_moment_ends_where_a_denial_ended_and_is_left_alone_where_a_grant_did(written, copied):
    times, at = [], NOW
    for status, later in written:
        at += later
        times.append((status, at))
    _, kept = ledger_of(times)
    copy = records_after(times[:copied])
    changes = denied_since(copy, kept, DEFAULT, at + 1)
    denials_since = [status for status, _ in times[copied:] if status is not Status.GIVEN]
    assert bool(changes) == bool(denials_since)
    if changes:
        [again] = changes
        assert (again.purpose, again.status) == (REC, denials_since[-1])
        assert again.follows is None, "whatever the copy says, it is recorded"


def test_the_records_themselves_are_left_alone_and_so_is_a_grant_after_the_denial_was_written_again():
    ledger, kept = ledger_of(steps(Status.GIVEN, Status.WITHDRAWN, Status.GIVEN))
    assert denied_since(ledger.records_of(ANN), kept, DEFAULT, NOW) == ()
    ledger, _ = ledger_of(steps(Status.GIVEN))
    changes = denied_since(ledger.records_of(ANN), kept, DEFAULT, NOW + 5)
    ledger.record(ANN, changes, now=NOW + 5, source="restore")
    assert denied_since(ledger.records_of(ANN), kept, DEFAULT, NOW + 6) == ()
    ledger.record(ANN, [change(REC)], now=NOW + 6, source="shop")
    assert denied_since(ledger.records_of(ANN), kept, DEFAULT, NOW + 7) == (), "though its epoch is no higher"


def test_what_the_person_did_themselves_is_written_again_as_theirs():
    for evidence, actor in ((Evidence.USER_ACTION, ActorKind.PERSON), (Evidence.APP_ASSERTED, ActorKind.APP)):
        kept = KeptDenial(REC, Status.WITHDRAWN, 2, NOW, evidence)
        [again] = denied_since({}, [kept], DEFAULT, NOW)
        assert (again.evidence, again.actor, again.keyed) == (evidence, actor, True)


def test_a_standing_is_put_in_force_again_and_what_the_policy_does_not_have_is_left_out():
    for standing in (RESTRICTION, MINORITY):
        put = stand(standing, True, ActorKind.PERSON, DEFAULT, NOW)
        ledger = MemoryRecords(os.urandom)
        [event] = ledger.record(ANN, [put], now=NOW, source="portal")
        kept = kept_of(event)
        assert kept is not None
        [again] = denied_since({}, [kept], DEFAULT, NOW)
        assert (again.purpose, again.status) == (standing, Status.RESTRICTED)
        lifted = stand(standing, False, ActorKind.PERSON, DEFAULT, NOW)
        assert kept_of(ledger.record(ANN, [lifted], now=NOW, source="portal")[0]) is None
        assert denied_since(ledger.records_of(ANN) or {}, [kept], DEFAULT, NOW) == ()
    gone = KeptDenial("no-such-purpose", Status.WITHDRAWN, 2, NOW, Evidence.USER_ACTION)
    assert denied_since({}, [gone], DEFAULT, NOW) == ()
