"""Who may come into the console is in the log: each invitation and each removal, by pseudonym."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from audit import published_entries
from gateway.cli import main
from tests.gateway_process import Gateways
from tests.journey.in_process import inside
from tests.journey.officer_visitor import Officer, details


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


@pytest.mark.slow
def test_one_officer_is_shown_so_many_entries_in_a_day_and_no_more(gateways: Gateways) -> None:
    def few(directory: Path) -> None:
        settings = directory / "volens.toml"
        settings.write_text(settings.read_text() + "\n[officer]\nentries_per_day = 50\n")

    gateway = gateways.start(few)
    vera, otto = Officer(gateway, "vera").enrol(), Officer(gateway, "otto").enrol()
    answers = [vera.http.get("/officer/entries/0").status_code for _ in range(51)]
    assert answers == [200] * 50 + [429]
    assert "another officer agrees" in vera.http.get("/officer/entries/1/bytes").text
    assert vera.http.get("/officer/entries", params={"kind": "boot"}).status_code == 429
    assert vera.http.get("/officer/reports").status_code == 200
    assert otto.http.get("/officer/entries/0").status_code == 200
    gateway.stop()
    looked = [each for each in details(gateway.directory) if each.get("page") == "entry"]
    assert len(looked) == 51
