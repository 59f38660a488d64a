"""The contract of the register of releases, on every adapter."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.stores.budget_database import BudgetDatabase
from gateway.stores.release_register import SqlReleaseRegister
from privacy import Deployed, Loss, kept_loss
from privacy.releases.register_memory import MemoryReleaseRegister

ROW = Deployed("people", 1, b"p" * 32, Loss(10, 2), "anna", 5)


@pytest.fixture(params=("memory", "sqlite"))
def register(request, tmp_path):
    if request.param == "memory":
        yield MemoryReleaseRegister()
        return
    database = BudgetDatabase.open_file(tmp_path)
    yield SqlReleaseRegister(database)
    database.close()


def test_a_version_is_kept_as_it_was_first_proposed(register):
    assert list(register.versions()) == []
    assert register.propose(ROW) == ROW
    assert register.propose(replace(ROW, plan=b"q" * 32, proposed_by="bert")) == ROW
    assert list(register.versions()) == [ROW]


def test_a_version_that_is_pure_stays_so(register):
    pure = replace(ROW, loss=kept_loss(10, 2, 30))
    register.propose(pure)
    assert list(register.versions()) == [pure]


def test_versions_come_in_the_order_of_id_and_number(register):
    rows = [replace(ROW, release=name, version=n) for name, n in (("b", 1), ("a", 2), ("a", 10), ("a", 1))]
    for row in rows:
        register.propose(row)
    assert [(row.release, row.version) for row in register.versions()] == [
        ("a", 1),
        ("a", 2),
        ("a", 10),
        ("b", 1),
    ]


def test_somebody_else_approves_and_once(register):
    register.propose(ROW)
    assert not register.approve("people", 1, "anna", now=6), "who proposed it"
    assert not register.approve("people", 2, "bert", now=6), "another version"
    assert register.approve("people", 1, "bert", now=6)
    assert not register.approve("people", 1, "carl", now=7)
    assert list(register.versions()) == [replace(ROW, approved_by="bert", approved_at=6)]
