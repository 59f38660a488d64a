"""Who may come into the console is in the log: each invitation and each removal, by pseudonym."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from audit import published_entries
from gateway.cli import main
from tests.journey.in_process import inside


async def run(*arguments: str | Path) -> int:
    return await asyncio.to_thread(main, list(map(str, arguments)))


def acts(directory: Path) -> list[tuple[str, str]]:
    details = (json.loads(entry).get("d", {}) for _, entry in published_entries(directory / "log"))
    return [(each["act"], each["officer"]) for each in details if each.get("act", "").startswith("officer_")]


async def test_an_invitation_and_a_removal_are_entries(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory):
        pass
    assert await run("officer", "enrol", directory, "--name", "vera") == 0
    capsys.readouterr()
    assert await run("officer", "list", directory) == 0
    pseudonym = capsys.readouterr().out.split()[1]
    assert await run("officer", "remove", directory, "--name", "vera") == 0
    assert await run("officer", "remove", directory, "--name", "vera") != 0
    assert acts(directory) == [("officer_invited", pseudonym), ("officer_removed", pseudonym)]
    assert "vera" not in str([entry for _, entry in published_entries(directory / "log")])
