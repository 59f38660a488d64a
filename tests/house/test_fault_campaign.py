"""The page on what was done to the log on purpose names tests that there are."""

from __future__ import annotations

import ast
import re

from tests.house.source import ROOT

PAGE = (ROOT / "docs/fault-campaign.md").read_text(encoding="utf-8")
ROWS = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| what is done")]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_row_is_shown_by_a_test_that_there_is() -> None:
    assert len(ROWS) > 25
    for row in ROWS:
        named = NAMED.findall(row.split("|")[3])
        assert named, row
        for path, name in named:
            tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
            assert name in {
                node.name
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            }, f"{path}::{name}"
