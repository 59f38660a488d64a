"""Files and functions stay small: the tails are what rots."""

from __future__ import annotations

from tests.house.source import code_lines, functions, modules

MAX_MODULE_LINES = 300
MAX_FUNCTION_LINES = 50
MAX_LINE_CHARACTERS = 130
"""Of prose and tables: the formatter keeps code within 110."""

LONGER_MODULES: dict[str, str] = {}
"""Path -> why it may be longer. An entry that is no longer needed fails too."""
LONGER_FUNCTIONS: dict[str, str] = {}
"""`path:function` -> why it may be longer."""
VAGUE = frozenset(
    {"base", "common", "core", "helper", "helpers", "manager", "managers", "misc", "shared", "util", "utils"}
)


def test_no_module_is_longer_than_300_lines() -> None:
    long = {m.path: n for m in modules() if (n := len(m.text.splitlines())) > MAX_MODULE_LINES}
    assert set(long) == set(LONGER_MODULES), long


def test_no_function_is_longer_than_50_lines() -> None:
    long = {
        f"{module.path}:{function.name}": code_lines(function)
        for module in modules()
        for function in functions(module)
        if code_lines(function) > MAX_FUNCTION_LINES
    }
    assert set(long) == set(LONGER_FUNCTIONS), long


def test_no_line_runs_off_the_page() -> None:
    wide = [
        f"{module.path}:{number} ({len(line)})"
        for module in modules()
        for number, line in enumerate(module.text.splitlines(), 1)
        if len(line) > MAX_LINE_CHARACTERS
    ]
    assert not wide, wide


def test_no_module_has_a_name_that_says_nothing() -> None:
    vague = [m.path for m in modules() if VAGUE & set(m.name.split("."))]
    assert not vague, vague
