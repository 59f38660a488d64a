"""Whoever checks a receipt must not need us: the check shares no code with what writes receipts."""

from __future__ import annotations

import sys

from tests.house.source import imports, modules

ALLOWED = {*sys.stdlib_module_names, "nacl"}
INSIDE = "gateway.receipt_check"


def test_the_check_imports_the_standard_library_and_pynacl_alone() -> None:
    checked = modules(INSIDE.replace(".", "/"))
    assert {module.path.rsplit("/", 1)[1] for module in checked} >= {"formats.py", "verifier.py"}
    foreign = [
        f"{module.path}:{line} {name}"
        for module in checked
        for name, line in imports(module)
        if name.split(".")[0] not in ALLOWED and not name.startswith(INSIDE)
    ]
    assert not foreign, foreign


def test_what_stands_above_it_imports_nothing_at_all() -> None:
    above = [module for module in modules("gateway") if module.path == "gateway/__init__.py"]
    assert [list(imports(module)) for module in above] == [[]]
