"""What a test takes from the code by name exists: a name that moved is noticed here, where the suite is not run whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.house.source import PACKAGES, ROOT, Module, module_at, modules

OURS = (*PACKAGES, "bench", "tests", "tools")


@cache
def bound(module: str) -> frozenset[str] | None:
    """The names a module of ours binds, at any depth, and the modules in its folder; nothing where there is no such module."""
    folder = ROOT / module.replace(".", "/")
    path = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
    inside = {entry.stem for entry in folder.iterdir()} if folder.is_dir() else set()
    if not path.is_file():
        return frozenset(inside) if inside else None
    names = set(inside)
    for node in ast.walk(module_at(path.relative_to(ROOT).as_posix()).tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            names.update((name.asname or name.name).split(".")[0] for name in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return frozenset(names)


def missing(module: Module) -> Iterator[tuple[str, int]]:
    """What it takes from modules of ours that they do not have."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] in OURS:
            there = bound(node.module)
            yield from (
                (f"{node.module}.{name.name}", node.lineno)
                for name in node.names
                if there is None or name.name not in there
            )


def test_what_is_taken_by_name_exists() -> None:
    gone = [f"{module.path}:{line} {name}" for module in modules("tests") for name, line in missing(module)]
    assert not gone, gone


def test_what_is_gone_is_noticed() -> None:
    text = "from gateway.event_path import EventPath\nfrom gateway.event_path import Eventpath\nfrom gateway.nowhere import x\n"
    there = Module("tests/example.py", text, ast.parse(text))
    assert list(missing(there)) == [("gateway.event_path.Eventpath", 2), ("gateway.nowhere.x", 3)]
