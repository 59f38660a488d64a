"""What stands in the file: pseudonyms and wrapped keys, and after a denial or an erasure not even those."""

from __future__ import annotations

import os
import shutil

import pytest
from sqlalchemy import text

from consent import ActorKind, Evidence, Link, Status
from gateway.stores import ledger, subject_keys
from gateway.stores.catalogue import SqlCatalogue
from gateway.stores.database import DATABASE_FILE
from gateway.stores.records import SqlRecords
from privacy import KeyEpochError, SubjectRef, UnwrapError
from tests.unit.consent.material import DEFAULT, NOW, change
from tests.unit.gateway.stores.backends import LATER_RING, NEXT_RING, RING, open_database

ANN, BOB = SubjectRef(b"a" * 16), SubjectRef(b"b" * 16)
REC = "recommendations"


@pytest.fixture
def store(tmp_path):
    with open_database(tmp_path) as database:
        yield SqlRecords(database, RING)


def write(store, subject, *changes, now=NOW):
    return store.record(subject, changes, now=now, source="shop")


def change_rows(store, statement):
    store._database.write(lambda connection: connection.execute(text(statement)))


def wrapped_of(store, row=1):
    query = text(f"SELECT wrapped FROM signal_key WHERE subject_id = {row}")
    return store._database.read(lambda connection: connection.execute(query).scalars().all())


def test_no_key_is_ever_written_in_plain(store, tmp_path):
    write(store, ANN, change(REC))
    content = (tmp_path / DATABASE_FILE).read_bytes()
    assert store.person_of(ANN).evidence_key not in content
    material = store.signal_keys([1], DEFAULT.bits)[1][0].material
    assert not any(half in content for half in (material[:32], material[32:]))


def test_a_withdrawal_overwrites_the_wrapped_key_in_the_file(store, tmp_path):
    write(store, ANN, change(REC))
    [wrapped] = wrapped_of(store)
    assert wrapped in (tmp_path / DATABASE_FILE).read_bytes()
    write(store, ANN, change(REC, Status.WITHDRAWN))
    assert wrapped not in (tmp_path / DATABASE_FILE).read_bytes()
    assert not (tmp_path / "records.db-journal").exists()


def test_an_erasure_overwrites_everything_of_the_person_in_the_file(store, tmp_path):
    write(
        store, ANN, change(REC, method="canary-method", evidence=Evidence.APP_ASSERTED, actor=ActorKind.APP)
    )
    store.link(Link(SubjectRef(b"d" * 16), ANN, "canary-source", NOW))
    event_id = store.history_of(ANN)[0].event_id
    store.erase(ANN, now=NOW)
    content = (tmp_path / DATABASE_FILE).read_bytes()
    assert all(
        trace not in content for trace in (ANN, event_id, b"canary-method", b"canary-source", b"d" * 16)
    )


def test_a_key_moved_to_somebody_else_does_not_open(store):
    write(store, ANN, change(REC))
    write(store, BOB, change(REC))
    change_rows(
        store, "UPDATE signal_key SET wrapped = (SELECT wrapped FROM signal_key WHERE subject_id = 1)"
    )
    with pytest.raises(UnwrapError):
        store.signal_keys([1, 2], DEFAULT.bits)
    change_rows(
        store, "UPDATE person SET evidence_key = (SELECT evidence_key FROM person WHERE subject_id = 1)"
    )
    with pytest.raises(UnwrapError):
        store.person_of(BOB)


def test_a_key_moved_to_another_purpose_does_not_open(store):
    write(store, ANN, change(REC))
    change_rows(store, "UPDATE signal_key SET purpose = 'advertising'")
    with pytest.raises(UnwrapError):
        store.signal_keys([1], DEFAULT.bits)


def test_after_a_rotation_an_older_copy_cannot_be_opened(tmp_path):
    with open_database(tmp_path) as database:
        store = SqlRecords(database, RING)
        write(store, ANN, change(REC))
        keys, key = store.signal_keys([1], DEFAULT.bits), store.person_of(ANN).evidence_key
        shutil.copy(tmp_path / DATABASE_FILE, tmp_path / "backup.db")
        assert store.rewrap(NEXT_RING) == 2
    with open_database(tmp_path) as database:
        store = SqlRecords(database, LATER_RING)
        assert (store.signal_keys([1], DEFAULT.bits), store.person_of(ANN).evidence_key) == (keys, key)
    shutil.copy(tmp_path / "backup.db", tmp_path / DATABASE_FILE)
    with open_database(tmp_path) as database, pytest.raises(KeyEpochError):
        SqlRecords(database, LATER_RING).person_of(ANN)


def test_a_rotation_that_was_interrupted_is_finished_by_the_next(store, monkeypatch):
    people = [SubjectRef(number.to_bytes(16, "big")) for number in range(7)]
    for person in people:
        write(store, person, change(REC), change("analytics"))
    before = store.signal_keys(range(1, 8), DEFAULT.bits)
    monkeypatch.setattr(subject_keys, "_REWRAP_CHUNK", 3)
    calls, entropy = [], store._wrapping.entropy

    def fails_in_the_middle(size):
        calls.append(size)
        if len(calls) == 13:
            raise RuntimeError
        return entropy(size)

    store._wrapping.entropy = fails_in_the_middle
    with pytest.raises(RuntimeError):
        store.rewrap(NEXT_RING)
    store._wrapping.entropy = os.urandom
    assert store.signal_keys(range(1, 8), DEFAULT.bits) == before
    assert 0 < store.rewrap(NEXT_RING) < 21
    assert store.rewrap(NEXT_RING) == 0
    store._wrapping.ring = LATER_RING
    assert store.signal_keys(range(1, 8), DEFAULT.bits) == before
    assert len(list(store.load_people())) == 7


def test_reading_in_chunks_misses_nobody(store, monkeypatch):
    monkeypatch.setattr(ledger, "_CHUNK", 2)
    monkeypatch.setattr(subject_keys, "_CHUNK", 2)
    people = [SubjectRef(number.to_bytes(16, "big")) for number in range(7)]
    for person in people:
        write(store, person, change(REC), change("analytics", Status.REFUSED))
    store.erase(people[2], now=NOW)
    rows = list(store.load_people())
    assert [row.subject for row in rows] == people[:2] + people[3:]
    assert all(set(row.records) == {REC, "analytics"} for row in rows)
    assert set(store.signal_keys(range(1, 8), DEFAULT.bits)) == {1, 2, 4, 5, 6, 7}
    assert store.mismatches() == []


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE consent_state SET status = 'given' WHERE subject_id = 2",
        "UPDATE consent_state SET sequenced = 1 WHERE subject_id = 2",
        "UPDATE consent_state SET epoch = 9 WHERE subject_id = 2",
        "DELETE FROM consent_state WHERE subject_id = 2",
        "DELETE FROM consent_event WHERE subject_id = 2 AND epoch = 1",
        "UPDATE consent_event SET status = 'given' WHERE subject_id = 2 AND epoch = 2",
        "UPDATE consent_event SET log_index = 5 WHERE subject_id = 2 AND epoch = 2",
    ],
)
def test_a_state_that_is_not_the_fold_is_found(store, tampering):
    for subject in (ANN, BOB):
        write(store, subject, change(REC))
        write(store, subject, change(REC, Status.WITHDRAWN))
    assert store.mismatches() == []
    change_rows(store, tampering)
    assert store.mismatches() == [2]


def test_records_survive_the_process(tmp_path):
    with open_database(tmp_path) as database:
        store = SqlRecords(database, RING)
        [event] = write(store, ANN, change(REC))
        store.mark_sequenced({event.seq: 4})
        row, keys = store.person_of(ANN), store.signal_keys([1], DEFAULT.bits)
    with open_database(tmp_path) as database:
        store = SqlRecords(database, RING)
        assert (store.person_of(ANN), store.signal_keys([1], DEFAULT.bits)) == (row, keys)
        assert store.history_of(ANN)[0].log_index == 4


def test_a_catalogue_with_a_missing_number_is_corrupt(tmp_path):
    from consent import StoreCorruptError
    from scoring import Item

    with open_database(tmp_path) as database:
        store = SqlCatalogue(database)
        store.upsert([Item(id="a"), Item(id="b"), Item(id="c")])
        database.write(
            lambda connection: connection.execute(text("UPDATE item SET body = '{}' WHERE idx = 2"))
        )
        with pytest.raises(StoreCorruptError):
            list(store.load_all())
        database.write(lambda connection: connection.execute(text("DELETE FROM item WHERE idx = 1")))
        with pytest.raises(StoreCorruptError):
            list(store.load_all())
