"""Each package is entered by its face: a story, and the exact list of what it offers (ruff keeps its order)."""

from __future__ import annotations

import ast
import importlib
import types

import pytest

from tests.house.source import PACKAGES, module_at, modules


def public_names(package: types.ModuleType) -> set[str]:
    """What the package offers without saying so: its public attributes that are no modules."""
    return {
        name
        for name, value in vars(package).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType) and name != "annotations"
    }


@pytest.mark.parametrize("name", PACKAGES)
def test_the_face_lists_exactly_what_it_offers(name: str) -> None:
    package = importlib.import_module(name)
    listed = list(getattr(package, "__all__", []))
    assert len(listed) == len(set(listed))
    assert set(listed) == public_names(package)


@pytest.mark.parametrize("name", PACKAGES)
def test_the_face_tells_the_story_of_its_package(name: str) -> None:
    story = ast.get_docstring(module_at(f"{name}/__init__.py").tree) or ""
    assert len(story.split()) >= 40, f"{name}/__init__.py says too little"


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_is_named_as_something_the_face_offers(name: str) -> None:
    # `from consent import decide` would be read as the module, and the import contracts would be lost.
    offered = set(getattr(importlib.import_module(name), "__all__", []))
    parts = {m.path.removeprefix(f"{name}/").split("/")[0].removesuffix(".py") for m in modules(name)}
    assert not offered & parts


def test_every_module_says_what_it_is_for() -> None:
    silent = [m.path for m in modules() if not ast.get_docstring(m.tree)]
    assert not silent, silent
