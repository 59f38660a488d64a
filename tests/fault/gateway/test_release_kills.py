"""Whoever kills a release at any step finds one booking and at most one publication; nothing is paid twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import signal
import subprocess
import sys

import pytest

from gateway.aggregates.release_runs import Ended
from gateway.stores.budget import SqlBudget
from gateway.stores.budget_database import BudgetDatabase
from privacy import Loss, SpendState
from tests.fault.gateway.release_run import STEPS, run
from tests.house.source import ROOT


def entries(directory, act: str) -> list[dict]:
    lines = [json.loads(line) for line in (directory / "log").read_bytes().splitlines()]
    return [line for line in lines if line["d"]["act"] == act]


def kill_at(directory, step: str) -> None:
    command = [sys.executable, "-m", "tests.fault.gateway.release_run", str(directory), step]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=300).returncode == -signal.SIGKILL


@pytest.mark.slow
@pytest.mark.parametrize("step", STEPS)
def test_killed_at_a_step(tmp_path, step):
    kill_at(tmp_path, step)
    if step in {"reserved", "measured"}:
        kill_at(tmp_path, "measured")
    books = SqlBudget(BudgetDatabase.open_file(tmp_path))
    seen = books.published("people_by_day", most=9)
    books.close()
    ended, body = asyncio.run(run(tmp_path, "none"))
    again, same = asyncio.run(run(tmp_path, "none"))
    assert (again, same) == (Ended.ALREADY, body)
    assert ended is (Ended.ALREADY if step in {"published", "told"} else Ended.PUBLISHED)
    books = SqlBudget(BudgetDatabase.open_file(tmp_path))
    [spend] = books.spends()
    assert spend.state is SpendState.PUBLISHED
    assert spend.log_index is not None
    assert {each.spent for each in books.balances()} == {Loss(3473)}
    assert [each.body for each in books.published("people_by_day", most=9)] == [body]
    assert not seen or [each.body for each in seen] == [body], "what anybody could have read stays"
    books.close()
    told = [entry["d"] for entry in entries(tmp_path, "published")]
    assert {(each["key"], each["digest"]) for each in told} == {(spend.key, hashlib.sha256(body).hexdigest())}
    assert len(told) == (2 if step == "told" else 1), "killed before it is known to be told, it is told again"
    booked = entries(tmp_path, "booked")
    assert len({entry["d"]["key"] for entry in booked}) == 1
    assert json.dumps(booked[0]["d"]) == json.dumps(booked[-1]["d"]), "told twice at most, and the same"


@pytest.mark.slow
def test_books_from_before_are_found_out(tmp_path):
    database = BudgetDatabase.open_file(tmp_path)
    database.close()
    old = (tmp_path / "budget.db").read_bytes()
    assert asyncio.run(run(tmp_path, "none"))[0] is Ended.PUBLISHED
    (tmp_path / "budget.db").write_bytes(old)
    assert asyncio.run(run(tmp_path, "none")) == (Ended.LOST, None)
    books = SqlBudget(BudgetDatabase.open_file(tmp_path))
    assert all(each.burnt and each.spent == Loss(3473) for each in books.balances())
    books.close()


@pytest.mark.slow
@pytest.mark.parametrize("step", ["reserved", "noted", "measured"])
def test_books_from_before_a_publication_publish_nothing_a_second_time(tmp_path, step):
    kill_at(tmp_path, step)
    old = (tmp_path / "budget.db").read_bytes()
    assert asyncio.run(run(tmp_path, "none"))[0] is Ended.PUBLISHED
    (tmp_path / "budget.db").write_bytes(old)
    for _ in range(2):
        assert asyncio.run(run(tmp_path, "none")) == (Ended.LOST, None), (
            "what was drawn was seen: it is never drawn again"
        )
    books = SqlBudget(BudgetDatabase.open_file(tmp_path))
    [spend] = books.spends()
    assert spend.state is SpendState.LOST
    assert all(each.burnt and each.spent == Loss(3473) for each in books.balances())
    books.close()
