"""One export at a time, and nothing of it is left behind."""

from __future__ import annotations

import asyncio
import io
import json
import sys
import tempfile
from pathlib import Path

import pytest

from gateway.clock import Clock
from gateway.errors import ExportFailedError, RateLimitedError, UnavailableError
from gateway.reporting.encodings import Encoding
from gateway.reporting.query import Query
from gateway.reports.apart import BROKEN, LOG_UNREACHABLE
from gateway.reports.desk import ExportDesk
from gateway.telemetry.journal import Journal


def test_a_second_one_waits_and_a_failed_one_leaves_nothing_but_a_line_in_the_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    journal = io.StringIO()
    asyncio.run(two_at_a_time(ExportDesk(tmp_path / "no-such-directory", Clock(), Journal(int, journal))))
    assert not any(tmp_path.iterdir())
    [line] = journal.getvalue().splitlines()
    said = json.loads(line)
    assert (said["happening"], said["error"], said["exit_code"]) == (
        "export_failed",
        "DirectoryMissingError",
        BROKEN,
    )


async def two_at_a_time(desk: ExportDesk) -> None:
    first = asyncio.create_task(desk.make(Query(), Encoding.CSV))
    await asyncio.sleep(0)
    with pytest.raises(RateLimitedError):
        await desk.make(Query(), Encoding.CSV)
    with pytest.raises(ExportFailedError):
        await first


def test_only_a_log_that_is_not_reached_is_worth_asking_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    for code, expected in ((LOG_UNREACHABLE, UnavailableError), (-9, ExportFailedError)):
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\ncat >/dev/null\n{f'exit {code}' if code > 0 else 'kill -9 $$'}\n")
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))
        journal = io.StringIO()
        desk = ExportDesk(tmp_path, Clock(), Journal(int, journal))
        with pytest.raises(expected):
            asyncio.run(desk.make(Query(), Encoding.CSV))
        assert json.loads(journal.getvalue())["exit_code"] == code
