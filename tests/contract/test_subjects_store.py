"""The contracts of keys, links and erasures, on every adapter."""

from __future__ import annotations

import pytest

from consent import NOBODY_ROW, Link, Status
from privacy import SubjectRef, day_of, key_fingerprint
from tests.unit.consent.material import DAY, DEFAULT, NOW, change
from tests.unit.gateway.stores.backends import BACKENDS, NEXT_RING, open_records

ANN, BOB, DEVICE, TABLET = (SubjectRef(letter * 16) for letter in (b"a", b"b", b"d", b"t"))
REC, MOD = "recommendations", "model-improvement"
BITS = DEFAULT.bits


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    with open_records(request.param, tmp_path) as records:
        yield records


def write(store, subject, *changes, now=NOW, **other):
    return store.record(subject, changes, now=now, source="shop", **other)


def keys_of(store, row=1):
    return store.signal_keys([row], BITS).get(row, {})


def test_a_grant_comes_with_a_key_per_purpose(store):
    write(store, ANN, change(REC), change(MOD))
    write(store, BOB, change(REC))
    keys = store.signal_keys([1, 2, 3], BITS)
    assert {row: set(bits) for row, bits in keys.items()} == {1: {BITS[REC], BITS[MOD]}, 2: {BITS[REC]}}
    every = [key for bits in keys.values() for key in bits.values()]
    assert len({key.material for key in every}) == 3
    assert {key.first_day for key in every} == {day_of(NOW)}
    assert store.signal_keys([], BITS) == {}
    assert store.signal_keys([1], {MOD: 2}) == {1: {2: keys[1][2]}}
    assert store.signal_keys([1], {}) == {}


def test_days_that_are_over_are_destroyed_and_those_since_are_what_they_were(store):
    today = day_of(NOW)
    write(store, ANN, change(REC), change(MOD))
    write(store, BOB, change(REC), now=NOW + 30 * DAY)
    before = store.signal_keys([1, 2], BITS)
    assert store.age(REC, older_than=today, first_day=today + 9, at_most=10) == 0
    assert store.age(REC, older_than=today + 7, first_day=today + 9, at_most=10) == 1
    assert store.age(REC, older_than=today + 7, first_day=today + 9, at_most=10) == 0
    after = store.signal_keys([1, 2], BITS)
    aged = after[1].pop(BITS[REC])
    whole = before[1].pop(BITS[REC])
    assert after == before, "no other purpose, and nobody else"
    assert (aged.first_day, aged.of(today + 8)) == (today + 9, None)
    assert aged.of(today + 9) == whole.of(today + 9)


def test_keys_are_aged_a_few_at_a_time(store):
    for number in range(1, 6):
        write(store, SubjectRef(number.to_bytes(16, "big")), change(REC))
    day = day_of(NOW) + 1
    assert [store.age(REC, older_than=day, first_day=day, at_most=2) for _ in range(4)] == [2, 2, 1, 0]


def test_many_people_are_read_at_once(store):
    people = [
        SubjectRef(number.to_bytes(16, "big"))
        for number in range(1200 if store.__class__.__name__ == "MemoryRecords" else 60)
    ]
    for person in people:
        write(store, person, change(REC))
    assert set(store.signal_keys(range(1, len(people) + 1), BITS)) == set(range(1, len(people) + 1))


@pytest.mark.parametrize(
    "ending",
    [Status.REFUSED, Status.WITHDRAWN, Status.REVOKED, Status.OBJECTED, Status.EXPIRED, Status.INVALIDATED],
)
def test_an_ending_destroys_the_key_of_its_purpose_and_no_other(store, ending):
    write(store, ANN, change(REC), change(MOD))
    before = keys_of(store)
    write(store, ANN, change(REC, ending))
    assert keys_of(store) == {BITS[MOD]: before[BITS[MOD]]}


def test_a_destroyed_key_never_comes_back(store):
    write(store, ANN, change(REC))
    seen = {keys_of(store)[BITS[REC]]}
    for _ in range(5):
        write(store, ANN, change(REC, Status.WITHDRAWN))
        write(store, ANN, change(REC))
        seen.add(keys_of(store)[BITS[REC]])
    assert len(seen) == 6


def test_a_renewal_keeps_the_key_and_a_grant_after_an_expiry_does_not(store):
    write(store, ANN, change(REC, valid_until=NOW + 10))
    first = keys_of(store)
    write(store, ANN, change(REC, valid_until=NOW + 20), now=NOW + 9)
    assert keys_of(store) == first
    write(store, ANN, change(REC), now=NOW + 20)
    assert keys_of(store) != first


def test_purposes_that_need_no_consent_have_a_key_from_the_arrival(store):
    write(store, ANN, change(REC, Status.REFUSED), arrival_keys=[MOD])
    first = keys_of(store)
    assert set(first) == {BITS[MOD]}
    write(store, ANN, change(REC), arrival_keys=[MOD])
    assert keys_of(store)[BITS[MOD]] == first[BITS[MOD]]
    write(store, ANN, change(MOD, Status.OBJECTED))
    write(store, ANN, change(REC), arrival_keys=[MOD])
    assert set(keys_of(store)) == {BITS[REC]}


def test_conditions_have_no_key(store):
    write(store, ANN, change("location", keyed=False))
    assert keys_of(store) == {}


def test_a_rotation_leaves_every_key_what_it_was(store):
    write(store, ANN, change(REC), change(MOD))
    before = (keys_of(store), store.person_of(ANN))
    store.rewrap(NEXT_RING)
    assert (keys_of(store), store.person_of(ANN)) == before
    assert store.rewrap(NEXT_RING) == 0


def test_links_come_and_go(store):
    first, second = Link(DEVICE, ANN, "shop", NOW), Link(TABLET, ANN, "shop", NOW)
    assert list(store.load_links()) == []
    store.link(second)
    store.link(first)
    assert list(store.load_links()) == sorted([first, second], key=lambda link: link.anonymous)
    assert store.unlink(DEVICE)
    assert not store.unlink(DEVICE)
    assert [each.anonymous for each in store.load_links()] == [TABLET]


def test_linking_again_replaces(store):
    store.link(Link(DEVICE, ANN, "shop", NOW))
    store.link(Link(DEVICE, BOB, "app", NOW + 1))
    assert list(store.load_links()) == [Link(DEVICE, BOB, "app", NOW + 1)]


def test_an_erasure_leaves_nothing_but_the_fingerprint(store):
    write(store, ANN, change(REC))
    write(store, BOB, change(REC))
    store.link(Link(DEVICE, ANN, "shop", NOW))
    store.link(Link(TABLET, BOB, "shop", NOW))
    ann = store.person_of(ANN)
    erasure = store.erase(ANN, now=NOW + 7)
    assert erasure.fingerprint == key_fingerprint(ann.evidence_key)
    assert (erasure.subject_id, erasure.erased_at, erasure.log_index) == (1, NOW + 7, None)
    assert store.person_of(ANN) is store.records_of(ANN) is None
    assert store.history_of(ANN) == []
    assert keys_of(store) == {}
    assert [event.subject for event in store.unsequenced()] == [BOB]
    assert [row.subject for row in store.load_people()] == [BOB]
    assert [link.anonymous for link in store.load_links()] == [TABLET]


def test_the_keys_that_erasures_destroyed_are_known_but_nobody_elses(store):
    assert store.destroyed_keys() == []
    write(store, ANN, change(REC))
    first = store.erase(ANN, now=NOW + 1)
    store.erase(BOB, now=NOW + 2)  # who was never known
    write(store, ANN, change(REC), now=NOW + 3)
    second = store.erase(ANN, now=NOW + 4)
    store.mark_erasures_sequenced({first.erasure_id: 7})
    assert store.destroyed_keys() == [first.fingerprint, second.fingerprint]


def test_erasing_an_anonymous_person_forgets_their_links(store):
    store.link(Link(DEVICE, ANN, "shop", NOW))
    assert store.erase(DEVICE, now=NOW).subject_id == NOBODY_ROW
    assert list(store.load_links()) == []


def test_erasing_nobody_looks_like_any_other_erasure(store):
    write(store, BOB, change(REC))
    nobody, again, bob = (store.erase(who, now=NOW) for who in (ANN, ANN, BOB))
    assert [nobody.subject_id, again.subject_id, bob.subject_id] == [NOBODY_ROW, NOBODY_ROW, 1]
    assert len({each.fingerprint for each in (nobody, again, bob)}) == 3
    assert all(len(each.fingerprint) == 32 for each in (nobody, again, bob))
    assert store.unsequenced_erasures() == [nobody, again, bob]


def test_who_comes_back_is_somebody_new(store):
    write(store, ANN, change(REC))
    before, key = store.person_of(ANN), keys_of(store)
    store.erase(ANN, now=NOW)
    [event] = write(store, ANN, change(REC))
    after = store.person_of(ANN)
    assert after.subject_id == event.subject_id == 2
    assert event.seq == 2
    assert event.epoch == 1
    assert after.evidence_key != before.evidence_key
    assert keys_of(store, 2)[BITS[REC]] != key[BITS[REC]]
    assert keys_of(store, 1) == {}


def test_erasures_wait_for_the_log(store):
    for subject in (ANN, BOB):
        write(store, subject, change(REC))
    one, two = store.erase(ANN, now=NOW), store.erase(BOB, now=NOW)
    assert store.unsequenced_erasures() == [one, two]
    store.mark_erasures_sequenced({one.erasure_id: 5})
    store.mark_erasures_sequenced({one.erasure_id: 6, 99: 1})
    store.mark_erasures_sequenced({})
    assert store.unsequenced_erasures() == [two]


def test_marking_events_of_somebody_erased_is_nothing(store):
    [event] = write(store, ANN, change(REC))
    store.erase(ANN, now=NOW)
    store.mark_sequenced({event.seq: 1})
    assert store.unsequenced() == []
