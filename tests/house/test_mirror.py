"""Unit tests stand where the source stands: `tests/unit/gateway/reports/test_desk.py` is about `gateway/reports/desk.py`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from tests.house.source import ROOT, files, modules

UNIT = "tests/unit/"


def unit_tests() -> list[PurePosixPath]:
    """Each file of the unit tests, below `tests/unit`."""
    return [PurePosixPath(name.removeprefix(UNIT)) for name in files() if name.startswith(UNIT)]


def homes() -> dict[str, set[str]]:
    """Name of a module -> the folders in which there is one of that name."""
    found: dict[str, set[str]] = {}
    for module in modules("gateway", "federated", "consent", "scoring", "privacy", "audit", "bench", "tools"):
        path = PurePosixPath(module.path)
        found.setdefault(path.stem, set()).add(str(path.parent))
    return found


def misplaced(test: PurePosixPath, known: dict[str, set[str]]) -> bool:
    """Whether a test has the name of a module, and that is somewhere else."""
    subject = test.stem.removeprefix("test_")
    return test.stem != subject and subject in known and str(test.parent) not in known[subject]


def test_each_folder_of_unit_tests_is_one_of_the_source() -> None:
    assert {str(test.parent) for test in unit_tests() if not (ROOT / test.parent).is_dir()} == set()


def test_a_test_with_the_name_of_a_module_stands_where_the_module_does() -> None:
    known = homes()
    assert [str(test) for test in unit_tests() if misplaced(test, known)] == []


def test_a_test_in_another_folder_is_noticed() -> None:
    known = {"desk": {"gateway/rules", "gateway/flags"}}
    assert misplaced(PurePosixPath("gateway/test_desk.py"), known)
    assert not misplaced(PurePosixPath("gateway/rules/test_desk.py"), known)
    assert not misplaced(PurePosixPath("gateway/test_all_desks.py"), known)


def test_what_is_tested_beside_the_wheel_needs_nothing_that_is_not_in_it() -> None:
    beside = [
        name
        for name in files()
        if name.startswith((UNIT, "tests/property/", "tests/contract/"))
        and not name.startswith((f"{UNIT}bench/", f"{UNIT}tools/"))
        and name.endswith(".py")
    ]
    needing = [
        name
        for name in beside
        if re.search(r"^(?:from|import) (?:bench|tools)\b", (ROOT / name).read_text(), re.MULTILINE)
    ]
    assert len(beside) > 100
    assert needing == []
