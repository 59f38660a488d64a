"""A seeded ledger is one that the gateway takes for its own."""

from __future__ import annotations

from pathlib import Path

from bench import seeding
from bench.bodies import GROUPS
from gateway.directory.init_directory import initialise
from gateway.settings.reading import load_settings
from gateway.stores.database import Database
from gateway.stores.records import SqlRecords
from privacy import Pseudonymiser, load_key_file, load_key_ring


def test_everybody_has_given_what_their_group_permits_and_nothing_else(tmp_path: Path) -> None:
    directory = tmp_path / "seeded"
    initialise(directory)
    seeding.write_consents(directory, 3)
    keys = load_settings(directory).keys_dir
    pseudonyms = Pseudonymiser(load_key_file(keys / "lookup.key"))
    database = Database.open(directory)
    records = SqlRecords(database, load_key_ring(keys))
    try:
        assert records.unsequenced() == []
        for group, purposes in GROUPS.items():
            for number in range(3):
                person = records.person_of(pseudonyms.known(f"{group}-{number}"))
                assert person is not None
                assert set(person.records) == set(purposes)
        assert records.person_of(pseudonyms.known("three-3")) is None
    finally:
        database.close()


def test_settings_that_hold_training_off_are_accepted(tmp_path: Path) -> None:
    directory = tmp_path / "seeded"
    initialise(directory)
    seeding.hold_off_training(directory)
    assert load_settings(directory).model.retrain_interval_seconds == seeding.HELD_OFF_SECONDS


def test_a_copy_is_a_directory_with_its_keys_and_replaces_the_one_before(tmp_path: Path) -> None:
    initialise(tmp_path / "seeded")
    (tmp_path / "measured").mkdir()
    (tmp_path / "measured" / "stale").touch()
    copy = seeding.copy(tmp_path / "seeded", tmp_path / "measured")
    assert not (copy / "stale").exists()
    settings = load_settings(copy)
    assert settings.keys_dir == seeding.keys_of(copy)
    assert (settings.keys_dir / "lookup.key").read_bytes() == (
        tmp_path / "seeded.keys" / "lookup.key"
    ).read_bytes()
