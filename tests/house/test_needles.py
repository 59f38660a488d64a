"""What a test looks for and must not find is nothing that chance writes: hex digests hold `ada` one time in sixty."""

from __future__ import annotations

import ast
import re

import pytest

from tests.house.source import files, module_at

SHORT_HEX = re.compile(r"[0-9a-f]{2,8}")
"""Digests, keys and ids are made of these: so short a name is found in them sooner or later."""


def needles(tree: ast.AST) -> list[int]:
    """The lines on which a short word of hex digits is sought and must be absent."""
    return [
        each.lineno
        for node in ast.walk(tree)
        for each in _sought_in_vain(node)
        if isinstance(each.left, ast.Constant) and _is_short_hex(each.left.value)
    ]


def _sought_in_vain(node: ast.AST) -> list[ast.Compare]:
    """`x not in y`, and each `x in y` inside `not any(...)`."""
    if isinstance(node, ast.Compare) and isinstance(node.ops[0], ast.NotIn):
        return [node]
    match node:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Call(func=ast.Name(id="any")) as call):
            return [each for each in ast.walk(call) if isinstance(each, ast.Compare)]
    return []


def _is_short_hex(value: object) -> bool:
    text = value.decode("latin-1") if isinstance(value, bytes) else value
    return isinstance(text, str) and SHORT_HEX.fullmatch(text) is not None


def test_no_test_fails_by_chance_because_a_digest_holds_a_name() -> None:
    found = [
        f"{name}:{line}"
        for name in files()
        if name.startswith("tests/") and name.endswith(".py")
        for line in needles(module_at(name).tree)
    ]
    assert found == [], "look for a name that hex digits cannot spell"


@pytest.mark.parametrize(
    ("line", "caught"),
    [
        ("assert 'ada' not in page.text", True),
        ("assert b'2011' not in body", True),
        ("assert not any(b'bea' in each for each in parts)", True),
        ("assert 'lovelace' not in page.text", False),
        ("assert 'ada' in page.text", False),
    ],
)
def test_the_check_sees_it(line: str, caught: bool) -> None:
    assert bool(needles(ast.parse(line))) is caught
