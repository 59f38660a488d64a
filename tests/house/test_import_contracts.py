"""The architecture holds, and each contract of it notices when it is broken.

The first test runs the contracts of pyproject.toml on the real tree. The others run the same contracts on a skeleton of
the six packages in a temporary folder: kept as it is, and broken by exactly one import each.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.house.source import PACKAGES, ROOT

SKELETON = {
    "gateway": ["bootstrap", "decision_path", "enforcement", "event_path", "routes", "stores"],
    "federated": ["rounds"],
    "consent": ["decision", "model"],
    "scoring": ["permitted", "ranking"],
    "privacy": ["subject"],
    "audit": ["entry"],
}
BREACHES = [
    ("layers", "consent/decision.py", "import scoring"),
    ("layers", "privacy/subject.py", "import audit"),
    ("layers", "scoring/ranking.py", "import gateway"),
    ("framework-free", "consent/decision.py", "import fastapi"),
    ("framework-free", "audit/entry.py", "import sqlmodel"),
    ("paths-pure", "gateway/event_path.py", "import pydantic"),
    ("gateway-without-opendp", "gateway/bootstrap.py", "import opendp"),
    ("stores", "gateway/routes.py", "import gateway.stores"),
    ("permitted", "gateway/event_path.py", "import scoring.permitted"),
    ("face-consent", "gateway/routes.py", "import consent.decision"),
    ("face-scoring", "gateway/routes.py", "import scoring.ranking"),
    ("face-privacy", "consent/decision.py", "import privacy.subject"),
    ("face-audit", "gateway/routes.py", "import audit.entry"),
    ("acyclic", "consent/decision.py", "import consent.model"),
]
LINT = """
import sys
sys.path.insert(0, sys.argv[1])
from importlinter.cli import lint_imports
sys.exit(lint_imports(no_cache=True, is_debug_mode=True, no_logo=True))
"""


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts of a folder's pyproject.toml on the packages in that folder."""
    command = [sys.executable, "-c", LINT, str(folder)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=500, check=False)


def contracts() -> list[dict[str, object]]:
    """The contracts as pyproject.toml states them."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["tool"]["importlinter"]["contracts"])


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """Six packages that keep every contract, each with a cycle's first half in place."""
    for package in PACKAGES:
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text('"""A package."""\n')
        for module in SKELETON[package]:
            (tmp_path / package / f"{module}.py").write_text('"""A module."""\n')
    (tmp_path / "consent" / "model.py").write_text('"""A module."""\nimport consent.decision\n')
    (tmp_path / "gateway" / "bootstrap.py").write_text('"""Wiring."""\nimport gateway.stores\n')
    (tmp_path / "gateway" / "enforcement.py").write_text('"""The one maker."""\nimport scoring.permitted\n')
    (tmp_path / "gateway" / "event_path.py").write_text(
        '"""May name the type."""\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import scoring.permitted\n'
    )
    for folder in ("gateway/aggregates", "privacy/measuring", "privacy/releases"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "__init__.py").write_text('"""A package."""\n')
    (tmp_path / "privacy" / "releases" / "plan.py").write_text('"""A module."""\n')
    worker = '"""The one that measures."""\nimport privacy.measuring\nimport privacy.releases.plan\n'
    (tmp_path / "gateway" / "aggregates" / "worker.py").write_text(worker)
    (tmp_path / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    return tmp_path


def broken(report: str) -> set[str]:
    """The names of the broken contracts in a report."""
    return {str(contract["id"]) for contract in contracts() if f"{contract['name']} BROKEN" in report}


def test_every_import_contract_holds() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_house_in_order_keeps_every_contract(skeleton: Path) -> None:
    done = lint(skeleton)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("contract", "path", "line"), BREACHES)
def test_a_breach_is_noticed(skeleton: Path, contract: str, path: str, line: str) -> None:
    file = skeleton / path
    file.write_text(file.read_text() + line + "\n")
    done = lint(skeleton)
    assert done.returncode != 0
    assert contract in broken(done.stdout), done.stdout


def test_every_contract_is_tried_with_a_breach() -> None:
    assert {str(contract["id"]) for contract in contracts()} == {contract for contract, _, _ in BREACHES}
