"""`volens audit prune` on a directory that was served: what people kept still holds, and what they may still ask for is answered."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from audit import NoteVerifier, decode_entry, published_entries, verify_proof
from gateway.cli import main
from gateway.directory import pruning
from gateway.rights.completeness import find_missing
from tests.journey.in_process import inside
from tests.journey.test_complete_reports import report_of


async def run(*arguments: str | Path) -> int:
    return await asyncio.to_thread(main, list(map(str, arguments)))


async def test_old_entries_go_and_nothing_that_was_promised_with_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = tmp_path / "volens"
    async with inside(directory) as served:
        await served.stock()
        written = (await served.consent("ada", "given")).json()
        receipt = (await served.http.get(f"/v1/receipts/{written['receipt_id']}")).json()["log"]
        for number in range(300):
            await served.decide("ada" if number % 100 == 0 else f"person-{number}")
    assert await run("audit", "prune", directory, "--older-than-days", "1") == 0
    assert next(published_entries(directory / "log"))[0] == 0  # nothing is so old

    monkeypatch.setattr(pruning, "DAY_SECONDS", -3_600)  # an hour from now everything is old
    assert await run("audit", "prune", directory, "--older-than-days", "1") == 0
    index, _ = next(published_entries(directory / "log"))
    assert index == 256
    said = [decode_entry(entry) for _, entry in published_entries(directory / "log")]
    assert [each.detail["minimum"] for each in said if each.kind.value == "retention"] == [256]
    assert await run("audit", "verify", directory) == 0
    assert await run("audit", "prune", directory, "--older-than-days", "1") == 0  # again: nothing more
    capsys.readouterr()
    assert await run("audit", "export", directory, "--out", tmp_path / "out", "--format", "jsonl") == 0
    assert "those below 256 are not in this export" in capsys.readouterr().err
    assert json.loads((tmp_path / "out" / "report.json").read_bytes())["range"]["pruned"]["minimum"] == 256

    async with inside(directory) as served:
        again = (await served.http.get(f"/v1/receipts/{written['receipt_id']}")).json()["log"]
        key = NoteVerifier.from_vkey((await served.http.get("/log/log.vkey")).text.strip())
        for each in (receipt, again):
            verify_proof(each["proof"].encode(), each["entry"].encode(), key)
        assert receipt["entry"] == again["entry"]
        assert (await served.http.get("/log/tile/entries/000")).status_code == 404
        assert (await served.http.get("/log/tile/0/000")).status_code == 200
        report, _ = await report_of(served, "ada")
        assert len(report["decisions"]) == 3
    assert find_missing(report) == ()
    assert find_missing(report, published_entries(directory / "log")) == ()
