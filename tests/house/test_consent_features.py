"""The page of features says what is so: each row that claims something names a test that exists, is run, and ended well."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT
from tools.consent_features import features, outcomes, render_reference

KEPT_FROM_RUNNING = {"skip", "skipif", "xfail", "campaign"}


def named_in(path: str) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
    """The tests of a file, by name; those of a class as `Class::name`."""
    found: dict[str, ast.FunctionDef | ast.AsyncFunctionDef] = {}
    for node in ast.parse((ROOT / path).read_text()).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        start = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        for each in inside:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and each.name.startswith("test_"):
                found[start + each.name] = each
    return found


def test_there_are_28_rows_and_each_says_what_it_is() -> None:
    rows = features()
    assert [row.number for row in rows] == list(range(1, 29))
    assert len({row.feature for row in rows}) == 28
    for row in rows:
        assert bool(row.test) == bool(row.ours) == (row.answer != "no")
        assert bool(row.missing) == (row.answer != "yes"), row.feature


def test_every_test_that_is_named_exists_and_is_run_with_the_suite() -> None:
    for row in features():
        if row.test is not None:
            path, _, name = row.test.partition("::")
            assert name in named_in(path), row.test
            marks = {mark for each in named_in(path)[name].decorator_list for mark in names(each)}
            assert not marks & KEPT_FROM_RUNNING, row.test


def names(decorator: ast.expr) -> set[str]:
    return {node.attr for node in ast.walk(decorator) if isinstance(node, ast.Attribute)}


def test_a_test_that_is_not_there_is_noticed() -> None:
    assert "test_that_is_not_there" not in named_in("tests/house/test_consent_features.py")
    assert "TestInterop::test_todo_43_of_43_where_denying_everything_scores_15" in named_in(
        "tests/journey/test_tenants.py"
    )


def test_every_command_was_run_and_ended_well() -> None:
    recorded = outcomes()
    assert recorded.keys() == {row.test for row in features() if row.test}
    assert {test: code for test, code in recorded.items() if code} == {}


def test_the_page_tells_how_each_ended() -> None:
    lines = [line for line in render_reference().splitlines() if re.match(r"\| \d+ \|", line)]
    assert len(lines) == 28
    assert all(line.endswith(" 0 |") for line in lines if "`tests/" in line)
