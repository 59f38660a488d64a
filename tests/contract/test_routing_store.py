"""The contract of cursors and dead letters, on every adapter; and the adapters agree on random histories."""

from __future__ import annotations

import sqlite3
import tempfile
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.lasting.reserve import Reserve
from gateway.routing import (
    CursorMovedBackError,
    DeadLetter,
    LetterKey,
    LetterReason,
    MemoryRoutingStore,
    RoutingStore,
    RoutingStoreError,
)
from gateway.stores.database import DATABASE_FILE
from gateway.stores.routing import TABLES, SqlRoutingStore
from tests.unit.gateway.stores.backends import open_database

WHERE = ("shop", "analytics")


def a_letter(index: int, position: int = 0, *, attempts: int = 1, destination: str = "shop") -> DeadLetter:
    return DeadLetter(
        LetterKey(destination, "analytics", index, position),
        LetterReason.REJECTED,
        422,
        attempts,
        1_800_000_000,
    )


class RoutingStoreContract:
    """What every adapter promises."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> RoutingStore:
        raise NotImplementedError

    def test_an_absent_cursor_is_none(self, store: RoutingStore) -> None:
        assert store.cursor(*WHERE) is None

    def test_placing_sets_a_cursor_once_and_keeps_it(self, store: RoutingStore) -> None:
        assert store.place(*WHERE, 7) == 7
        assert store.place(*WHERE, 99) == 7
        assert store.cursor(*WHERE) == 7

    def test_cursors_of_other_purposes_and_destinations_are_others(self, store: RoutingStore) -> None:
        store.place(*WHERE, 7)
        assert store.cursor("shop", "advertising") is None
        assert store.cursor("crm", "analytics") is None

    def test_settling_moves_the_cursor_and_keeps_the_letters(self, store: RoutingStore) -> None:
        store.place(*WHERE, 0)
        store.settle(*WHERE, 10, [a_letter(3), a_letter(4, 1)])
        assert store.cursor(*WHERE) == 10
        assert store.letters(*WHERE, None, 10) == [a_letter(3), a_letter(4, 1)]
        assert store.count(*WHERE) == 2

    def test_settling_without_having_placed_is_allowed(self, store: RoutingStore) -> None:
        store.settle(*WHERE, 5, [])
        assert store.cursor(*WHERE) == 5

    def test_a_cursor_never_moves_back_and_the_attempt_leaves_no_letters(self, store: RoutingStore) -> None:
        store.place(*WHERE, 10)
        with pytest.raises(CursorMovedBackError):
            store.settle(*WHERE, 9, [a_letter(3)])
        assert store.cursor(*WHERE) == 10
        assert store.count(*WHERE) == 0

    def test_settling_again_after_a_crash_changes_only_the_last_failure(self, store: RoutingStore) -> None:
        store.settle(*WHERE, 10, [a_letter(3)])
        store.settle(*WHERE, 10, [a_letter(3, attempts=5), a_letter(4)])
        assert [(x.key.index, x.attempts) for x in store.letters(*WHERE, None, 10)] == [(3, 5), (4, 1)]

    def test_letters_are_listed_in_log_order_page_by_page(self, store: RoutingStore) -> None:
        places = [(2, 1), (10, 0), (2, 0), (1, 9)]
        store.settle(*WHERE, 11, [a_letter(*place) for place in places])
        listed, after = [], None
        while page := store.letters(*WHERE, after, 3):
            listed += [(x.key.index, x.key.position) for x in page]
            after = page[-1].key
        assert listed == sorted(places)

    def test_letters_of_others_are_not_listed_or_counted(self, store: RoutingStore) -> None:
        store.settle("crm", "analytics", 5, [a_letter(1, destination="crm")])
        assert store.letters(*WHERE, None, 10) == []
        assert store.count(*WHERE) == 0

    def test_a_resolved_letter_is_gone_and_only_once(self, store: RoutingStore) -> None:
        store.settle(*WHERE, 5, [a_letter(1), a_letter(2)])
        assert store.resolve(a_letter(1).key) is True
        assert store.resolve(a_letter(1).key) is False
        assert [x.key.index for x in store.letters(*WHERE, None, 10)] == [2]

    def test_keeping_replaces_the_failure_but_does_not_revive_what_was_resolved(
        self, store: RoutingStore
    ) -> None:
        store.settle(*WHERE, 5, [a_letter(1), a_letter(2)])
        store.resolve(a_letter(2).key)
        newer = DeadLetter(a_letter(1).key, LetterReason.EXHAUSTED, None, 9, 1_900_000_000)
        store.keep(newer)
        store.keep(a_letter(2, attempts=9))
        assert store.letters(*WHERE, None, 10) == [newer]

    def test_indexes_beyond_32_bits_are_kept(self, store: RoutingStore) -> None:
        store.settle(*WHERE, 1 << 40, [a_letter(1 << 39)])
        assert store.cursor(*WHERE) == 1 << 40
        assert store.letters(*WHERE, None, 1)[0].key.index == 1 << 39

    def test_several_threads_may_settle_at_once(self, store: RoutingStore) -> None:
        def work(name: str) -> None:
            for n in range(1, 11):
                store.settle(name, "analytics", n, [a_letter(n, destination=name)])

        threads = [threading.Thread(target=work, args=(f"d{i}",)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [store.cursor(f"d{i}", "analytics") for i in range(4)] == [10] * 4
        assert [store.count(f"d{i}", "analytics") for i in range(4)] == [10] * 4


class TestMemory(RoutingStoreContract):
    """The shipped in-memory adapter."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> RoutingStore:
        return MemoryRoutingStore()


class TestSqlite(RoutingStoreContract):
    """The SQL adapter on the records database."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> Iterator[RoutingStore]:
        with open_database(tmp_path) as database:
            yield SqlRoutingStore(database)

    def test_what_was_written_survives_the_process(self, tmp_path: Path) -> None:
        with open_database(tmp_path) as database:
            SqlRoutingStore(database).settle(*WHERE, 5, [a_letter(1)])
        with open_database(tmp_path) as database:
            again = SqlRoutingStore(database)
            assert again.cursor(*WHERE) == 5
            assert again.letters(*WHERE, None, 10) == [a_letter(1)]

    def test_a_letter_that_cannot_be_written_leaves_the_cursor_where_it_was(
        self, store: RoutingStore, tmp_path: Path
    ) -> None:
        store.place(*WHERE, 1)
        with closing(sqlite3.connect(tmp_path / DATABASE_FILE, isolation_level=None)) as raw:
            raw.execute(
                "CREATE TRIGGER full BEFORE INSERT ON dead_letter BEGIN SELECT RAISE(ABORT, 'no'); END"
            )
        with pytest.raises(RoutingStoreError):
            store.settle(*WHERE, 5, [a_letter(1)])
        assert store.cursor(*WHERE) == 1

    def test_the_space_for_denials_is_not_for_letters(self, tmp_path: Path, monkeypatch) -> None:
        with open_database(tmp_path) as database:
            store = SqlRoutingStore(database)
            store.place(*WHERE, 1)
            database._reserve.release()
            monkeypatch.setattr(Reserve, "take", lambda _: False)
            with pytest.raises(RoutingStoreError):
                store.settle(*WHERE, 5, [a_letter(1)])
            monkeypatch.undo()
            assert store.cursor(*WHERE) == 1
            store.settle(*WHERE, 5, [a_letter(1)])

    def test_an_error_of_the_database_quotes_nothing(self, store: RoutingStore, tmp_path: Path) -> None:
        (tmp_path / DATABASE_FILE).write_bytes(b"no database at all" * 100)
        with pytest.raises(RoutingStoreError) as caught:
            store.settle("canary", "analytics", 1, [])
        assert "canary" not in f"{caught.value!s}{caught.value.__cause__!s}"
        assert caught.value.__suppress_context__

    def test_no_column_could_hold_a_signal(self) -> None:
        columns = {column.name for table in TABLES for column in table.columns}
        assert columns == {
            "destination",
            "purpose",
            "next_index",
            "log_index",
            "position",
            "reason",
            "status",
            "attempts",
            "failed_at",
        }


steps = st.lists(
    st.one_of(
        st.tuples(st.just("place"), st.integers(0, 5)),
        st.tuples(
            st.just("settle"),
            st.integers(0, 5),
            st.lists(st.tuples(st.integers(0, 3), st.integers(0, 1)), max_size=3),
        ),
        st.tuples(st.just("resolve"), st.integers(0, 3), st.integers(0, 1)),
        st.tuples(st.just("keep"), st.integers(0, 3), st.integers(0, 1)),
    ),
    max_size=12,
)


def outcome(store: RoutingStore, step: tuple[object, ...], n: int) -> object:
    match step:
        case ("place", int(index)):
            return store.place(*WHERE, index)
        case ("settle", int(index), list(places)):
            try:
                store.settle(*WHERE, index, [a_letter(*place, attempts=n) for place in dict.fromkeys(places)])
            except CursorMovedBackError:
                return "back"
        case ("resolve", int(index), int(position)):
            return store.resolve(a_letter(index, position).key)
        case ("keep", int(index), int(position)):
            store.keep(a_letter(index, position, attempts=n))
    return None


@given(history=steps)
def test_the_sql_adapter_does_what_the_memory_adapter_does(history: list[tuple[object, ...]]) -> None:
    memory = MemoryRoutingStore()
    with tempfile.TemporaryDirectory() as directory, open_database(Path(directory)) as database:
        sql = SqlRoutingStore(database)
        for n, step in enumerate(history):
            assert outcome(sql, step, n) == outcome(memory, step, n)
            assert sql.cursor(*WHERE) == memory.cursor(*WHERE)
            assert sql.letters(*WHERE, None, 99) == memory.letters(*WHERE, None, 99)
            assert sql.count(*WHERE) == memory.count(*WHERE)
