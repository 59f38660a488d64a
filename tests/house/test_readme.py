"""The README is executed: its session against a real gateway, its commands on the directory that session wrote."""

from __future__ import annotations

import doctest
import re
import shlex

import pytest

from tests.gateway_process import Gateways, volens
from tests.house.source import ROOT

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
MAKE = ("make ",)
"""Commands that CI runs by themselves."""


def blocks(language: str) -> list[str]:
    """The code blocks of one language, in order."""
    text = (ROOT / "README.md").read_text()
    return [body for kind, body in BLOCK.findall(text) if kind == language]


@pytest.mark.slow
def test_the_session_of_the_readme_runs_as_printed(
    gateways: Gateways, monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway = gateways.create(name="shop")
    gateway.serve()
    monkeypatch.chdir(gateway.directory.parent)
    sessions = [body for body in blocks("python") if body.startswith(">>>")]
    names: dict[str, object] = {}
    for body in blocks("python"):
        if body not in sessions:
            exec(compile(body.replace("http://127.0.0.1:8080", gateway.url), "README.md", "exec"), names)
    report: list[str] = []
    for body in sessions:
        example = doctest.DocTestParser().get_doctest(body, names, "README.md", "README.md", 0)
        doctest.DocTestRunner().run(example, out=report.append, clear_globs=False)
    names["shop"].close()  # type: ignore[attr-defined]
    assert not report, "".join(report)
    assert sessions
    assert gateway.stop() == 0
    commands = [line.split("#")[0].strip() for body in blocks("sh") for line in body.splitlines()]
    for command in commands:
        if command and not command.startswith(MAKE):
            program, *arguments = shlex.split(command)
            assert program == "volens", command
            done = volens(*arguments)
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    assert any(command.startswith("volens audit verify") for command in commands)


def test_every_make_target_that_documents_name_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = set(re.findall(r"(?:^|`)make (\w+)", (ROOT / page).read_text(), re.MULTILINE))
        assert named <= targets, page


def test_every_number_that_the_readme_quotes_is_one_of_those_that_were_found() -> None:
    section = (ROOT / "README.md").read_text().partition("## What it costs")[2].partition("\n## ")[0]
    found = "".join((ROOT / "docs" / page).read_text() for page in ("benchmarks.md", "evaluation.md"))
    number = re.compile(r"(?<![\w.,])\d*\.\d+")
    quoted = set(number.findall(section))
    assert len(quoted) > 5
    assert quoted - set(number.findall(found)) == set()
