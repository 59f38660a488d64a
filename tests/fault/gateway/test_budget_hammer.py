"""Sixteen processes book on the same scopes of one PostgreSQL: every unit is spent once, and not one more."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from privacy import Loss, SpendState
from tests.fault.gateway.budget_hammer import claims_of
from tests.house.source import ROOT
from tests.postgresql_server import postgresql

PROCESSES, CLAIMS = 16, 30
WANTED = len({key for number in range(PROCESSES) for key in claims_of(number, CLAIMS)})


@pytest.mark.slow
@pytest.mark.foreign
def test_nothing_is_spent_twice_and_nothing_beyond_the_budget():
    room = WANTED - 40
    with postgresql() as url:
        BudgetDatabase.open_url(url).close()
        command = [
            sys.executable,
            "-m",
            "tests.fault.gateway.budget_hammer",
            url,
            *map(str, (PROCESSES, CLAIMS, room)),
        ]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=300)
        told = [tuple(each) for answers in json.loads(done.stdout) for each in answers]
        books = SqlBudget(BudgetDatabase.open_url(url))
        spends, balances = books.spends(), books.balances()
        books.close()
    assert len(told) == PROCESSES * CLAIMS
    assert {answer for _, answer in told} == {"Granted", "OverBudget"}
    booked = {spend.key for spend in spends}
    assert len(booked) == len(spends) == room, "every unit, and no more"
    assert {key for key, answer in told if answer == "Granted"} == booked
    assert {each.spent for each in balances} == {Loss(room)}
    assert {spend.state for spend in spends} == {SpendState.RESERVED}
