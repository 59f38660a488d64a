"""Records of an older schema are brought to the present one, and say no more than was known."""

from __future__ import annotations

import sqlite3

import pytest

from consent import Assurance, Reason, StoreCorruptError, resolve
from gateway.stores.database import DATABASE_FILE, SCHEMA, Database
from gateway.stores.records import SqlRecords
from privacy import SubjectRef
from tests.unit.consent.material import DEFAULT, EVERY_NOTICE, NOW, change
from tests.unit.gateway.stores.backends import RESERVE, RING, open_database

ANN = SubjectRef(b"a" * 16)
ADDED = {
    "consent_event": ["notice", "ui_variant", "jurisdiction", "assurance", "age_band"],
    "consent_state": ["notice"],
    "signal_key": ["first_day"],
}


def make_schema_1(directory):
    """Records as the first schema had them."""
    with open_database(directory) as database:
        records = SqlRecords(database, RING)
        (event,) = records.record(ANN, [change("recommendations")], now=NOW, source="shop")
        records.mark_sequenced({event.seq: 5})
    file = sqlite3.connect(directory / DATABASE_FILE)
    for table, columns in ADDED.items():
        for column in columns:
            file.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    file.execute("UPDATE meta SET value = 1 WHERE name = 'schema'")
    file.commit()
    file.close()


def columns_of(directory):
    file = sqlite3.connect(directory / DATABASE_FILE)
    found = {table: {row[1] for row in file.execute(f"PRAGMA table_info({table})")} for table in ADDED}
    file.close()
    return found


def test_old_consents_are_kept_name_no_notice_and_do_not_count(tmp_path):
    make_schema_1(tmp_path)
    assert not any(set(ADDED[table]) & found for table, found in columns_of(tmp_path).items())
    with open_database(tmp_path) as database:
        records = SqlRecords(database, RING)
        (event,) = records.history_of(ANN)
        assert (event.notice, event.ui_variant, event.jurisdiction, event.age_band) == (None,) * 4
        assert (event.assurance, event.log_index) == (Assurance.ASSERTED, 5)
        assert records.mismatches() == []
        found = resolve(records.records_of(ANN), DEFAULT, NOW, EVERY_NOTICE)
        assert found.reason(0) is Reason.UNPROVABLE
        records.record(ANN, [change("recommendations")], now=NOW + 1, source="shop")
    assert all(set(ADDED[table]) <= found for table, found in columns_of(tmp_path).items())


def test_a_migrated_file_is_like_a_new_one(tmp_path):
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    make_schema_1(old)
    for directory in (old, new):
        with open_database(directory):
            pass
    assert columns_of(old) == columns_of(new)


@pytest.mark.parametrize("schema", [0, SCHEMA + 1])
def test_a_schema_that_nobody_knows_is_refused_and_left_alone(tmp_path, schema):
    make_schema_1(tmp_path)
    file = sqlite3.connect(tmp_path / DATABASE_FILE)
    file.execute("UPDATE meta SET value = ? WHERE name = 'schema'", (schema,))
    file.commit()
    file.close()
    before = columns_of(tmp_path)
    with pytest.raises(StoreCorruptError):
        Database.open(tmp_path, reserve_bytes=RESERVE)
    assert columns_of(tmp_path) == before
