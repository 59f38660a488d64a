"""`volens records check`: what stands is what the events come to, or it is said."""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from consent import Status
from gateway.cli import main
from gateway.stores.database import Database
from gateway.stores.records import SqlRecords
from privacy import SubjectRef, load_key_ring
from tests.unit.consent.material import NOW, change


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A data directory with two people who gave and withdrew."""
    made = tmp_path / "data"
    assert main(["init", str(made)]) == 0
    with closing(Database.open(made)) as database:
        records = SqlRecords(database, load_key_ring(tmp_path / "data.keys"))
        for who in (b"a", b"b"):
            for status in (Status.GIVEN, Status.WITHDRAWN):
                records.record(
                    SubjectRef(who * 16), [change("recommendations", status)], now=NOW, source="shop"
                )
    return made


def test_good_records_are_good_and_stay_as_they_are(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = hashlib.sha256((directory / "records.db").read_bytes()).digest()
    assert main(["records", "check", str(directory)]) == 0
    assert capsys.readouterr().out.split() == ["people", "2", "differing", "0"]
    assert hashlib.sha256((directory / "records.db").read_bytes()).digest() == before


def test_a_grant_that_no_event_made_is_found(directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(Database.open(directory)) as database:
        forged = text("UPDATE consent_state SET status = 'given' WHERE subject_id = 2")
        database.write(lambda connection: connection.execute(forged))
    assert main(["records", "check", str(directory)]) == 1
    told = capsys.readouterr()
    assert told.out.split() == ["people", "2", "differing", "1"]
    assert "restore a backup" in told.err


def test_a_damaged_page_that_no_start_reads_is_found(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = directory / "records.db"
    with closing(sqlite3.connect(path)) as file:
        index = "SELECT rootpage FROM sqlite_master WHERE type = 'index' AND tbl_name = 'consent_event'"
        page, size = file.execute(index).fetchone()[0], file.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(path.read_bytes())
    content[(page - 1) * size : page * size] = bytes(255 for _ in range(size))
    path.write_bytes(content)
    assert main(["records", "check", str(directory)]) == 1
    assert capsys.readouterr().err == "volens: the records are damaged\n"


def test_without_records_there_is_nothing_to_check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", str(tmp_path / "empty")]) == 0
    assert main(["records", "check", str(tmp_path / "empty")]) == 1
    assert capsys.readouterr().err.startswith("volens: ")
