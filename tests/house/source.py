"""The source tree as the house checks see it: tracked files, parsed modules, the functions in them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("gateway", "federated", "consent", "scoring", "privacy", "audit")
BINARY = frozenset({".bin", ".db", ".gz", ".parquet", ".png", ".wal", ".zst"})


@dataclass(frozen=True, slots=True)
class Module:
    """One Python file, read and parsed."""

    path: str
    """From the root, with forward slashes."""
    text: str
    """What it says."""
    tree: ast.Module
    """Its syntax."""

    @property
    def name(self) -> str:
        """Its dotted name."""
        return self.path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def files() -> list[str]:
    """Return every file that belongs to the repository: tracked, or new and not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True, text=True,
    )  # fmt: skip
    return sorted(name for name in set(listing.stdout.split("\0")) if name and (ROOT / name).is_file())


def texts() -> Iterator[tuple[str, str]]:
    """Yield each text file of the repository: its path and what it says."""
    for name in files():
        path = ROOT / name
        if path.suffix in BINARY:
            continue
        data = path.read_bytes()
        if b"\0" not in data:
            yield name, data.decode("utf-8", "replace")


@cache
def module_at(path: str) -> Module:
    """Read and parse one file."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return Module(path, text, ast.parse(text, path))


def modules(*folders: str) -> list[Module]:
    """Return the Python modules under these folders (default: the six packages)."""
    under = tuple(f"{folder}/" for folder in folders or PACKAGES)
    return [module_at(name) for name in files() if name.endswith(".py") and name.startswith(under)]


def functions(module: Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield every function and method of a module."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the length of a function: from `def` to its last line, its docstring not counted."""
    length = (function.end_lineno or function.lineno) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function, clean=False) is not None:
        length -= (first.end_lineno or first.lineno) - first.lineno + 1
    return length


def dotted(node: ast.expr) -> str:
    """Return `a.b.c` for an attribute chain of names, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (head := dotted(node.value)):
        return f"{head}.{node.attr}"
    return ""


def imports(module: Module) -> Iterator[tuple[str, int]]:
    """Yield each imported module with its line (`from a import b` is `a`)."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", node.lineno
