"""The page of capabilities says what is so: each row that claims something names what is there, is run, and ended well."""

from __future__ import annotations

import re

from bench.quality import SUBJECTS
from tests.house.source import ROOT
from tests.house.test_consent_features import KEPT_FROM_RUNNING, named_in, names
from tools.capabilities import OUTCOMES, capabilities, render_reference
from tools.recorded_runs import outcomes

ROWS = 78


def nodes() -> list[str]:
    """Every pytest node that a row names."""
    found = (row.command.arguments for row in capabilities() if row.command)
    return [each for arguments in found for each in arguments if each.startswith("tests/")]


def test_there_are_78_rows_and_each_says_what_it_is() -> None:
    rows = capabilities()
    assert [row.number for row in rows] == list(range(1, ROWS + 1))
    assert len({row.what for row in rows}) == ROWS
    for row in rows:
        assert bool(row.command) == bool(row.ours) == (row.state != "later"), row.what
        assert bool(row.missing) == (row.state in ("part", "later")), row.what


def test_what_is_named_exists_and_is_run() -> None:
    assert nodes()
    for node in nodes():
        path, _, name = node.partition("::")
        assert (ROOT / path).exists(), node
        if name:
            assert name in named_in(path), node
            marks = {mark for each in named_in(path)[name].decorator_list for mark in names(each)}
            assert not marks & KEPT_FROM_RUNNING, node
        else:
            assert (ROOT / path).is_file() or [*(ROOT / path).rglob("test_*.py")], node


def test_data_sets_that_are_named_are_those_that_are_evaluated() -> None:
    said = [row.command.said for row in capabilities() if row.command and "make eval" in row.command.said]
    assert said
    assert {re.findall(r"--only (\w+)", each)[0] for each in said} <= set(SUBJECTS)


def test_every_command_was_run_and_ended_well() -> None:
    recorded = outcomes(OUTCOMES)
    assert recorded.keys() == {row.command.said for row in capabilities() if row.command}
    assert {said: code for said, code in recorded.items() if code} == {}


def test_the_page_tells_how_each_ended() -> None:
    lines = [line for line in render_reference().splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(lines) == ROWS
    assert all(line.endswith(" 0 |") for line in lines if "make " in line)
