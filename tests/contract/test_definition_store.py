"""The contract of the definitions' store, on every adapter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.rules.definitions import (
    Definition,
    DefinitionKind,
    DefinitionStore,
    DefinitionsUnavailableError,
    KeptState,
)
from gateway.rules.store_memory import MemoryDefinitions
from gateway.stores.definitions import SqlDefinitions
from tests.unit.gateway.stores.backends import BACKENDS, open_database

RULE = Definition(DefinitionKind.RULE, "basket", b"{}", 1, 5, 5)
SEGMENT = Definition(DefinitionKind.SEGMENT, "basket", b'{"a":1}', 2, 3, 9)
STATES = [KeptState("analytics", "k", 4), KeptState("recommendations", "k", 2)]


@pytest.fixture(params=BACKENDS)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DefinitionStore]:
    if request.param == "memory":
        yield MemoryDefinitions()
        return
    with open_database(tmp_path) as database:
        yield SqlDefinitions(database)


def test_what_is_saved_comes_back_in_order(store: DefinitionStore) -> None:
    assert store.load() == ([], [])
    store.save(SEGMENT, STATES[:1])
    store.save(RULE, list(reversed(STATES)))
    assert store.load() == ([RULE, SEGMENT], STATES)


def test_a_definition_replaces_the_one_of_its_kind_and_name(store: DefinitionStore) -> None:
    store.save(RULE, [])
    store.save(SEGMENT, [])
    newer = replace(RULE, body=b"[]", version=2, since=8)
    store.save(newer, STATES)
    assert store.load() == ([newer, SEGMENT], STATES)


def test_removing_says_whether_there_was_one(store: DefinitionStore) -> None:
    store.save(RULE, STATES)
    assert store.remove(DefinitionKind.RULE, "basket", STATES[:1])
    assert not store.remove(DefinitionKind.RULE, "basket", STATES[:1])
    assert store.load() == ([], STATES[:1])


def test_a_database_that_is_gone_says_so_and_names_nothing(tmp_path: Path) -> None:
    with open_database(tmp_path) as database:
        store = SqlDefinitions(database)
    with pytest.raises(DefinitionsUnavailableError) as failure:
        store.save(RULE, [])
    assert "basket" not in str(failure.value)
