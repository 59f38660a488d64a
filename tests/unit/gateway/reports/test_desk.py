"""One export at a time, and nothing of it is left behind."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

import pytest

from gateway.clock import Clock
from gateway.errors import RateLimitedError, UnavailableError
from gateway.reporting.encodings import Encoding
from gateway.reporting.query import Query
from gateway.reports.desk import ExportDesk


def test_a_second_one_waits_and_a_failed_one_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    asyncio.run(two_at_a_time(tmp_path / "no-such-directory"))
    assert not any(tmp_path.iterdir())


async def two_at_a_time(directory: Path) -> None:
    desk = ExportDesk(directory, Clock())
    first = asyncio.create_task(desk.make(Query(), Encoding.CSV))
    await asyncio.sleep(0)
    with pytest.raises(RateLimitedError):
        await desk.make(Query(), Encoding.CSV)
    with pytest.raises(UnavailableError):
        await first
