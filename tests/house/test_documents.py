"""Documents are part of the program: generated ones are fresh, names in them exist, links lead somewhere."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from audit import Outcome
from tests.house.source import ROOT, dotted, files, modules
from tools import reference

PAGES = [name for name in files() if name.endswith(".md") and not name.startswith("tests/")]
LINK = re.compile(r"(?<!!)\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)\)")
HEADINGS = ("## Context", "## Decision", "## Rejected", "## Consequences")


def slug(heading: str) -> str:
    """The anchor of a heading, as the forges make it."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")


def anchors(path: Path) -> set[str]:
    """What can be linked to inside a file: headings of a page, functions of a module."""
    text = path.read_text()
    if path.suffix == ".py":
        nodes = ast.walk(ast.parse(text))
        return {n.name for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)}
    return {slug(line.lstrip("#")) for line in text.splitlines() if line.startswith("#")}


@pytest.mark.parametrize("page", reference.PAGES)
def test_a_generated_page_is_fresh(page: str) -> None:
    assert (ROOT / "docs" / page).read_text() == reference.render(page), "run `make fmt`"


def test_every_outcome_is_documented() -> None:
    text = (ROOT / "docs/outcomes.md").read_text()
    assert [o.value for o in Outcome if f"`{o.value}`" not in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    broken = []
    for target in LINK.findall((ROOT / page).read_text()):
        name, _, anchor = target.partition("#")
        path = (ROOT / page).parent / name if name else ROOT / page
        if not path.exists() or (anchor and path.is_file() and anchor not in anchors(path)):
            broken.append(target)
    assert not broken, broken


def test_every_page_is_found_from_the_readme() -> None:
    linked = set(LINK.findall((ROOT / "README.md").read_text()))
    pages = {page for page in PAGES if re.fullmatch(r"docs/[^/]+\.md", page)}
    assert pages - {link.partition("#")[0] for link in linked} == set()


@pytest.mark.parametrize("page", PAGES)
def test_files_named_in_prose_exist(page: str) -> None:
    if page == "CHANGELOG.md":
        return  # it speaks of what was
    named = re.findall(r"`((?:gateway|federated|consent|scoring|privacy|audit|tests|tools|docs|bench)/[\w./-]+\.\w+)`",
                       (ROOT / page).read_text())  # fmt: skip
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_decisions_are_numbered_without_gaps_and_tell_what_was_rejected() -> None:
    records = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
    assert [int(r.name[:4]) for r in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text()
        assert text.startswith(f"# {int(record.name[:4])}. "), record.name
        assert [h for h in HEADINGS if h not in text] == [], record.name
        assert len(text.splitlines()) <= 60, f"{record.name} is longer than a page"
        number, _, title = text.partition("\n")[0].removeprefix("# ").partition(". ")
        row = f"| {number} | [{title}]({record.name}) |"
        assert row in (ROOT / "docs/adr/README.md").read_text(), record.name


def test_the_first_screen_of_the_readme_is_one_screen() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    second = next(n for n, line in enumerate(lines) if line.startswith("## "))
    assert second <= 40


def test_every_threat_names_a_test_that_would_fail() -> None:
    rows = [line for line in (ROOT / "SECURITY.md").read_text().splitlines() if line.startswith("| ")]
    threats = [row for row in rows if not row.startswith("| asset |")]
    assert len(threats) > 20
    unproven = [row.split("|")[3].strip() for row in threats if "](tests/" not in row.split("|")[5]]
    assert unproven == []


def test_every_room_of_the_gateway_is_on_the_plan() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    section = page.partition("## The rooms of the gateway")[2].partition("\n## ")[0]
    named = re.findall(r"`([a-z_]+)`", section)
    rooms = [path.parent.name for path in (ROOT / "gateway").glob("*/__init__.py")]
    assert sorted(named) == sorted(rooms)


def test_every_folder_of_tests_says_what_it_is_for() -> None:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    section = page.partition("## Where a test goes")[2].partition("\n## ")[0]
    folders = {name.split("/")[1] for name in files() if name.startswith("tests/") and name.count("/") > 1}
    assert sorted(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == sorted(folders)


def test_every_port_of_a_store_is_in_the_architecture_with_what_stands_behind_it() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    section = page.partition("## The ports and what stands behind them")[2].partition("\n## ")[0]
    named = set(re.findall(r"`([A-Z]\w+)`", section))
    files = (
        "consent/ports.py",
        "consent/rights_ports.py",
        "gateway/catalogue/ports.py",
        "gateway/routing/ports.py",
    )
    ports = {
        node.name
        for path in files
        for node in ast.walk(ast.parse((ROOT / path).read_text()))
        if isinstance(node, ast.ClassDef) and any(dotted(base) == "Protocol" for base in node.bases)
    }
    assert ports <= named
    classes = {
        node.name for module in modules() for node in ast.walk(module.tree) if isinstance(node, ast.ClassDef)
    }
    assert named <= classes, "what it names is there"
