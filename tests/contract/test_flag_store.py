"""The contract of the store of flags, on every adapter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.flags.store_memory import MemoryFlags
from gateway.stores.flags import SqlFlags
from tests.unit.gateway.stores.backends import BACKENDS, open_database


@pytest.fixture(params=BACKENDS)
def store(request: Any, tmp_path: Path) -> Iterator[Any]:
    if request.param == "memory":
        yield MemoryFlags()
        return
    with open_database(tmp_path) as database:
        yield SqlFlags(database)


def test_flags_are_kept_by_key_and_replaced_as_a_whole(store: Any) -> None:
    assert list(store.load_all()) == []
    store.put("b", b"1")
    store.put("a", b"2")
    store.put("b", b"3")
    assert list(store.load_all()) == [("a", b"2"), ("b", b"3")]


def test_a_flag_is_deleted_once(store: Any) -> None:
    store.put("a", b"1")
    assert store.delete("a")
    assert not store.delete("a")
    assert list(store.load_all()) == []


def test_what_ended_is_kept_beyond_its_flag(store: Any) -> None:
    assert list(store.load_ended()) == []
    store.put("b", b"1", {})
    store.put("b", b"2", {"s2": b"half", "s1": b"all"})
    store.put("b", b"3", {"s2": b"most"})
    assert store.delete("b", {"s3": b"none"})
    assert not store.delete("a", {})
    store.put("a", b"4", {"s1": b"other"})
    assert list(store.load_ended()) == [("a", b"other"), ("b", b"all"), ("b", b"most"), ("b", b"none")]
    assert list(store.load_all()) == [("a", b"4")]


def test_counts_of_withdrawals_add_up(store: Any) -> None:
    assert store.withdrawals() == {}
    store.add_withdrawals({("e", "green"): 2, ("e", "control"): 1})
    store.add_withdrawals({("e", "green"): 3})
    store.add_withdrawals({})
    assert store.withdrawals() == {("e", "green"): 5, ("e", "control"): 1}


def test_they_survive_the_process(tmp_path: Path) -> None:
    with open_database(tmp_path) as database:
        SqlFlags(database).put("a", b"1", {"s": b"half"})
        SqlFlags(database).add_withdrawals({("e", "green"): 2})
    with open_database(tmp_path) as database:
        store = SqlFlags(database)
        assert list(store.load_all()) == [("a", b"1")]
        assert list(store.load_ended()) == [("a", b"half")]
        assert store.withdrawals() == {("e", "green"): 2}
