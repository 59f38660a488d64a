"""The ledger's arithmetic: epochs, keys, renewals and the fold."""

from __future__ import annotations

import msgspec
import pytest

from consent import (
    RESTRICTION,
    Evidence,
    KeyFate,
    OvertakenError,
    Stamp,
    Status,
    StoreCorruptError,
    agrees,
    event_of,
    fold,
    next_step,
    record_of,
)
from privacy import SubjectRef
from tests.unit.consent.material import NOW, change, record

ANN = SubjectRef(b"a" * 16)


def an_event(seq, before=None, subject_id=1, now=NOW, **other):
    asked = change("shop", **other)
    stamp = Stamp(seq, bytes(16), ANN, subject_id, now, "app")
    return event_of(asked, next_step(before, asked, now), stamp)


def test_a_first_grant_gets_a_key():
    assert next_step(None, change("shop"), NOW) == (Status.GIVEN, 1, KeyFate.FRESH)


def test_a_grant_that_continues_is_a_renewal_and_keeps_the_key():
    before = record("shop", epoch=4, valid_until=NOW + 1)
    assert next_step(before, change("shop"), NOW) == (Status.RENEWED, 5, KeyFate.KEEP)
    renewed = record("shop", Status.RENEWED, epoch=5, valid_until=None)
    assert next_step(renewed, change("shop"), NOW) == (Status.RENEWED, 6, KeyFate.KEEP)


@pytest.mark.parametrize(
    "before",
    [
        record("shop", Status.WITHDRAWN),
        record("shop", Status.REFUSED),
        record("shop", Status.EXPIRED),
        record("shop", Status.INVALIDATED),
        record("shop", valid_until=NOW),
        record("shop", version=2),
    ],
)
def test_a_grant_after_an_interruption_gets_a_fresh_key(before):
    assert next_step(before, change("shop"), NOW) == (Status.GIVEN, 2, KeyFate.FRESH)


@pytest.mark.parametrize(
    "status",
    [Status.REFUSED, Status.WITHDRAWN, Status.REVOKED, Status.OBJECTED, Status.INVALIDATED, Status.EXPIRED],
)
def test_every_ending_destroys_the_key(status):
    assert next_step(record("shop", epoch=7), change("shop", status), NOW) == (status, 8, KeyFate.DESTROY)


def test_conditions_and_standings_have_no_key():
    assert next_step(None, change("place", keyed=False), NOW).key is KeyFate.KEEP
    restricted = change(RESTRICTION, Status.RESTRICTED, keyed=False)
    assert next_step(None, restricted, NOW) == (Status.RESTRICTED, 1, KeyFate.KEEP)
    assert next_step(None, change("place", Status.REFUSED, keyed=False), NOW).key is KeyFate.KEEP


def test_a_grant_judged_before_another_change_is_not_recorded():
    with pytest.raises(OvertakenError):
        next_step(record("shop", Status.WITHDRAWN, epoch=2), change("shop", follows=1), NOW)
    with pytest.raises(OvertakenError):
        next_step(None, change("shop", follows=1), NOW)
    assert next_step(record("shop", epoch=2), change("shop", follows=2), NOW).epoch == 3
    assert next_step(None, change("shop", follows=0), NOW).epoch == 1


def test_the_record_is_what_the_last_event_says():
    given = an_event(1)
    withdrawn = an_event(2, record_of(given, None), status=Status.WITHDRAWN)
    assert fold([given, withdrawn]) == {"shop": record_of(withdrawn, record_of(given, None))}
    assert fold([]) == {}


def test_a_record_is_sequenced_when_its_event_is():
    given = an_event(1)
    assert not record_of(given, None).sequenced
    assert record_of(msgspec.structs.replace(given, log_index=0), None).sequenced


def test_a_weaker_denial_never_takes_the_place_of_a_stronger_one():
    own = an_event(1, status=Status.WITHDRAWN, evidence=Evidence.USER_ACTION)
    of_app = an_event(2, record_of(own, None), status=Status.REFUSED, evidence=Evidence.APP_ASSERTED)
    assert fold([own, of_app])["shop"].evidence is Evidence.USER_ACTION
    lifted = an_event(3, fold([own, of_app])["shop"], evidence=Evidence.USER_ACTION)
    again = an_event(4, fold([own, of_app, lifted])["shop"], status=Status.REFUSED, evidence=Evidence.IMPORT)
    assert fold([own, of_app, lifted, again])["shop"].evidence is Evidence.IMPORT


def test_events_out_of_order_are_corruption():
    one, two = an_event(1), an_event(2, record("shop"))
    for wrong in ([two, one], [one, one], [two], [one, an_event(2, record("shop"), subject_id=2)]):
        with pytest.raises(StoreCorruptError):
            fold(wrong)
        assert not agrees(wrong, {})


def test_agreement_is_equality_with_the_fold():
    one = an_event(1)
    assert agrees([one], {"shop": record_of(one, None)})
    assert not agrees([one], {})
    assert not agrees([], {"shop": record_of(one, None)})
    assert not agrees([one], {"shop": msgspec.structs.replace(record_of(one, None), sequenced=True)})
