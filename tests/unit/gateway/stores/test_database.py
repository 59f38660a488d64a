"""The one connection: how durable, how private, and what it says when something is wrong."""

from __future__ import annotations

import shutil
import sqlite3
import stat
import subprocess
import sys
import threading

import pytest
from sqlalchemy import insert, select, text

from consent import StoreCorruptError, StoreUnavailableError
from gateway.stores.database import DATABASE_FILE, Database
from gateway.stores.failures import StoreBusyError
from gateway.stores.tables import META
from tests.unit.gateway.stores.backends import RESERVE, open_database


def remember(name):
    return lambda connection: connection.execute(insert(META), [{"name": name, "value": 1}])


def names(database):
    return set(database.read(lambda connection: connection.execute(select(META.c.name)).scalars().all()))


def pragma(database, name):
    return database.read(lambda connection: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("journal_mode", "delete"),
        ("synchronous", 3),
        ("secure_delete", 1),
        ("foreign_keys", 1),
        ("temp_store", 2),
    ],
)
def test_the_settings_that_the_promises_rest_on_are_in_force(tmp_path, name, value):
    with open_database(tmp_path) as database:
        assert pragma(database, name) == value


def test_the_files_are_the_owners_alone(tmp_path):
    with open_database(tmp_path) as database:
        database.write(remember("a"))
        assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {
            "records.db": 0o600,
            "records.reserve": 0o600,
        }


def test_every_write_raises_the_generation_and_no_read_does(tmp_path):
    told = []
    with open_database(tmp_path) as database:
        assert database.generation == 0
        database.on_commit(told.append)
        database.write(remember("a"))
        with database.transaction() as connection:
            remember("b")(connection)
        names(database)
        assert database.generation == 2
        assert told == [1, 2]
    with open_database(tmp_path) as database:
        assert database.generation == 2


def test_a_failed_write_leaves_no_trace(tmp_path):
    def work(connection):
        remember("a")(connection)
        raise RuntimeError

    with open_database(tmp_path) as database:
        with pytest.raises(RuntimeError):
            database.write(work)
        assert "a" not in names(database)
        assert database.generation == 0
        database.write(remember("a"))
        assert database.generation == 1


def test_a_restored_older_copy_shows_by_its_generation(tmp_path):
    with open_database(tmp_path) as database:
        database.write(remember("a"))
    shutil.copy(tmp_path / DATABASE_FILE, tmp_path / "yesterday.db")
    with open_database(tmp_path) as database:
        database.write(remember("b"))
        in_the_log = database.generation
    shutil.copy(tmp_path / "yesterday.db", tmp_path / DATABASE_FILE)
    with open_database(tmp_path) as database:
        assert database.generation < in_the_log


def test_a_process_that_dies_in_a_transaction_leaves_nothing_of_it(tmp_path):
    program = (
        "import os, sys, pathlib\n"
        "from gateway.stores.database import Database\n"
        "database = Database.open(pathlib.Path(sys.argv[1]), reserve_bytes=65536)\n"
        "database.write(lambda c: c.exec_driver_sql(\"INSERT INTO meta VALUES ('kept', 1)\"))\n"
        "open_one = database.transaction()\n"
        "c = open_one.__enter__()\n"
        "c.exec_driver_sql('PRAGMA cache_size=1')\n"
        "for n in range(1000):\n"
        "    c.exec_driver_sql('INSERT INTO item VALUES (?, hex(randomblob(400)), NULL)', (n,))\n"
    )
    died = subprocess.run([sys.executable, "-c", program + "os._exit(9)\n", str(tmp_path)], check=False)
    assert died.returncode == 9
    assert (tmp_path / "records.db-journal").exists()  # the transaction had reached the file
    with open_database(tmp_path) as database:
        assert database.generation == 1
        assert "kept" in names(database)
        assert database.read(lambda c: c.exec_driver_sql("SELECT count(*) FROM item").scalar_one()) == 0


def test_readers_and_writers_of_many_threads_wait_for_one_another(tmp_path):
    with open_database(tmp_path) as database:

        def hammer(number):
            for step in range(20):
                database.write(remember(f"{number}-{step}"))
                names(database)

        threads = [threading.Thread(target=hammer, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert database.generation == 80
        assert len(names(database)) == 82


def both(database, *works):
    return database.together([lambda work=work: database.write(work) for work in works])


def test_calls_together_are_one_commit(tmp_path):
    told = []
    with open_database(tmp_path) as database:
        database.on_commit(told.append)
        results = both(database, *(remember(name) for name in "abc"))
        assert [each.failure for each in results] == [None] * 3
        assert told == [1]
        assert names(database) >= set("abc")


def test_a_call_that_fails_among_others_leaves_no_trace_and_they_do(tmp_path):
    def broken(connection):
        remember("broken")(connection)
        raise RuntimeError

    def twice():
        database.write(remember("first"))
        database.write(broken)

    with open_database(tmp_path) as database:
        calls = [lambda: database.write(remember("a")), twice, lambda: names(database)]
        results = database.together(calls)
        assert [type(each.failure) for each in results] == [type(None), RuntimeError, type(None)]
        assert "a" in results[2].value
        assert names(database) & {"a", "first", "broken"} == {"a"}
        assert database.generation == 1


def test_nobody_sees_any_of_it_before_all_of_it_is_durable(tmp_path):
    inside, seen = threading.Event(), []

    def slow():
        database.write(remember("a"))
        inside.set()
        assert not looking.wait(0)

    looking = threading.Event()

    def look():
        inside.wait(120)
        seen.append((names(database), database.generation))
        looking.set()

    with open_database(tmp_path) as database:
        thread = threading.Thread(target=look)
        thread.start()
        database.together([slow, lambda: database.write(remember("b"))])
        thread.join()
        assert seen[0][0] >= {"a", "b"}
        assert seen[0][1] == 1


def test_a_statement_that_fails_among_others_is_told_to_its_caller_alone(tmp_path):
    with open_database(tmp_path) as database:
        database.write(remember("a"))
        results = both(database, remember("b"), remember("a"), remember("c"))
        assert [type(each.failure) for each in results] == [type(None), StoreUnavailableError, type(None)]
        assert names(database) >= set("abc")
        assert database.generation == 3  # the group came to nothing; then each was carried out alone


def test_a_lock_of_another_process_is_waited_for_once_and_told_to_everybody(tmp_path):
    with open_database(tmp_path) as database:
        database.read(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=1"))
        other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreBusyError):
                both(database, remember("a"), remember("b"))
        finally:
            other.close()


def test_a_process_that_dies_while_calls_are_together_leaves_nothing_of_any(tmp_path):
    program = (
        "import os, sys, pathlib\n"
        "from gateway.stores.database import Database\n"
        "database = Database.open(pathlib.Path(sys.argv[1]), reserve_bytes=65536)\n"
        "def note(name):\n"
        "    database.write(lambda c: c.exec_driver_sql('INSERT INTO meta VALUES (?, 1)', (name,)))\n"
        "note('kept')\n"
        "database.together([lambda: note('a'), lambda: note('b'), lambda: os._exit(9)])\n"
    )
    died = subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False)
    assert died.returncode == 9
    with open_database(tmp_path) as database:
        assert names(database) & {"kept", "a", "b"} == {"kept"}
        assert database.generation == 1


def test_another_process_with_the_file_is_told_apart(tmp_path):
    with open_database(tmp_path) as database:
        database.read(lambda connection: connection.exec_driver_sql("PRAGMA busy_timeout=1"))
        other = sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)
        try:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(StoreBusyError):
                database.write(remember("a"), reserved=True)
            assert database._reserve.taken  # a lock is no reason to give up the reserve
            other.execute("ROLLBACK")
        finally:
            other.close()
        database.write(remember("a"))


def test_a_file_that_is_no_database_is_corrupt(tmp_path):
    (tmp_path / DATABASE_FILE).write_bytes(b"not a database at all, but long enough to be read as one" * 20)
    with pytest.raises(StoreCorruptError):
        Database.open(tmp_path, reserve_bytes=RESERVE)


def test_a_damaged_page_is_corruption_and_not_an_empty_answer(tmp_path):
    with open_database(tmp_path) as database:
        database.write(lambda c: [remember(f"{'x' * 500}{n}")(c) for n in range(50)])
    content = bytearray((tmp_path / DATABASE_FILE).read_bytes())
    for start in range(4096, len(content), 4096):
        content[start : start + 8] = b"\xee" * 8
    (tmp_path / DATABASE_FILE).write_bytes(content)
    with pytest.raises(StoreCorruptError):
        Database.open(tmp_path, reserve_bytes=RESERVE)


def test_records_of_another_version_are_refused(tmp_path):
    with open_database(tmp_path) as database:
        database.write(
            lambda connection: connection.execute(text("UPDATE meta SET value = 99 WHERE name = 'schema'"))
        )
    with pytest.raises(StoreCorruptError, match="another version"):
        Database.open(tmp_path, reserve_bytes=RESERVE)


def test_a_missing_directory_is_unavailable(tmp_path):
    with pytest.raises(StoreUnavailableError):
        Database.open(tmp_path / "nowhere", reserve_bytes=RESERVE)


def test_no_error_quotes_a_value(tmp_path):
    with open_database(tmp_path) as database:
        database.write(remember("canary@example.org"))
        with pytest.raises(StoreUnavailableError) as caught:
            database.write(remember("canary@example.org"))
    chain, error = "", caught.value
    while error is not None:
        chain += str(error)
        error = error.__cause__
    assert "canary" not in chain


def test_an_answer_of_another_shape_is_corruption(tmp_path):
    with open_database(tmp_path) as database, pytest.raises(StoreCorruptError):
        database.read(lambda connection: connection.execute(select(META.c.name)).scalar_one())


def test_mistakes_in_statements_are_errors_of_the_store(tmp_path):
    with open_database(tmp_path) as database, pytest.raises(StoreUnavailableError):
        database.read(lambda connection: connection.execute(text("SELECT nothing FROM nowhere")))


def test_a_view_reads_beside_the_writer_and_changes_nothing(tmp_path):
    with open_database(tmp_path) as database:
        database.write(remember("a"))
        before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
        view = Database.view(tmp_path)
        assert "a" in names(view)
        with pytest.raises(StoreUnavailableError):
            view.write(remember("b"))
        assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
        database.write(remember("c"))
        assert "c" in names(view)
        view.close()


def test_there_is_no_view_of_what_is_not_there_or_of_another_version(tmp_path):
    with pytest.raises(StoreUnavailableError):
        Database.view(tmp_path)
    assert list(tmp_path.iterdir()) == []
    open_database(tmp_path).__enter__().close()
    with sqlite3.connect(tmp_path / DATABASE_FILE) as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE name = 'schema'")
    with pytest.raises(StoreCorruptError):
        Database.view(tmp_path)
