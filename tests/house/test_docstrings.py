"""A docstring tells something: at least three words, and of a time its unit."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.house.source import PACKAGES, Module, modules

LEAST_WORDS = 3
REFERENCE = re.compile(r"See `[^`]+`\.")
"""An adapter's method may name the port's, which says all of it."""
NUMBERS = {"int", "float", "Count", "int | None", "float | None"}
UNIT = re.compile(r"seconds|index")
"""Times are counted in seconds; a place in the log is an index."""


def _text(node: ast.stmt) -> str | None:
    if (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ):
        return node.value.value
    return None


def docstrings(module: Module) -> Iterator[tuple[int, str]]:
    """Each docstring of a module with its line: of the module, its classes and functions, their fields and constants."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            if (said := ast.get_docstring(node)) is not None:
                yield node.lineno, said
        elif isinstance(node, ast.Module | ast.ClassDef):
            yield from ((each.lineno, said) for each in node.body if (said := _text(each)) is not None)


def times(module: Module) -> Iterator[tuple[int, str, str]]:
    """Each numeric field that names a moment: its line, its name, what is said of it (empty where nothing is)."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.ClassDef):
            continue
        for field, after in zip(node.body, [*node.body[1:], ast.Pass()], strict=True):
            if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                name = field.target.id
                if re.search(r"(^|_)at$", name) and ast.unparse(field.annotation) in NUMBERS:
                    yield field.lineno, name, _text(after) or ""


def says_too_little(text: str) -> bool:
    """Whether a docstring is shorter than a statement about something can be."""
    return len(text.split()) < LEAST_WORDS and not REFERENCE.fullmatch(text)


def test_a_docstring_has_at_least_three_words() -> None:
    short = [
        f"{module.path}:{line}: {text}"
        for module in modules(*PACKAGES, "tools", "bench")
        for line, text in docstrings(module)
        if says_too_little(text)
    ]
    assert short == []


def test_a_field_that_names_a_moment_names_its_unit() -> None:
    bare = [
        f"{module.path}:{line}: {name}"
        for module in modules()
        for line, name, text in times(module)
        if not UNIT.search(text)
    ]
    assert bare == []


def test_both_notice_what_they_forbid() -> None:
    text = 'class Case:\n    """A case."""\n\n    decided_at: int | None = None\n    """When it was decided."""\n'
    module = Module("case.py", text, ast.parse(text))
    assert [said for _, said in docstrings(module) if says_too_little(said)] == ["A case."]
    assert [name for _, name, said in times(module) if not UNIT.search(said)] == ["decided_at"]
    assert not says_too_little("See `RightsRequests.add`.")
