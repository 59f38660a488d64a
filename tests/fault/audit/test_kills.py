"""Killed with SIGKILL while it appends and publishes: what was acknowledged is there, and the next start needs no hand."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from audit import Cause, verify_directory
from tests.fault.audit.appending import ACKNOWLEDGED, LIMITS, sealed
from tests.requirement import whole_campaign
from tests.unit.audit.logs import entry, open_log

KILLS = 200 if whole_campaign() else 6
ROOT = Path(__file__).resolve().parents[3]
CRASHED = {Cause.TORN_TAIL, Cause.LEFTOVER, Cause.AHEAD}
"""What a crash leaves behind, and the next start tidies: nothing in it is damage."""

pytestmark = [pytest.mark.slow, pytest.mark.campaign]


def live_until_killed(root: Path, begin: int, random: Random) -> dict[int, int]:
    """Start a process that appends, kill it at some moment, and return what it acknowledged: index -> number."""
    enough = random.randrange(1, 1500) * ACKNOWLEDGED.size
    command = [sys.executable, "-m", "tests.fault.audit.appending", str(root), str(begin)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        heard = b""
        while len(heard) < enough and (part := os.read(process.stdout.fileno(), 65_536)):
            heard += part
        time.sleep(random.random() * 0.01)  # anywhere between two acknowledgements
        process.kill()
        heard += process.stdout.read()
    assert len(heard) >= enough, "it ended by itself"
    return dict(ACKNOWLEDGED.iter_unpack(heard[: len(heard) // ACKNOWLEDGED.size * ACKNOWLEDGED.size]))


def test_nothing_acknowledged_is_lost_however_often_the_writer_is_killed(tmp_path: Path) -> None:
    random = Random(20261121)
    acknowledged: dict[int, tuple[bytes, bytes]] = {}
    begin = 0
    for _ in range(KILLS):
        heard = live_until_killed(tmp_path, begin, random)
        begin = max(heard.values()) + 1_000
        acknowledged |= {index: (entry(number), sealed(number)) for index, number in heard.items()}
        report = verify_directory(tmp_path)
        unpublished = not (tmp_path / "log" / "checkpoint").exists()
        assert {
            finding.cause
            for finding in report.findings
            if not (unpublished and (finding.cause, finding.place) == (Cause.MISSING, "checkpoint"))
        } <= CRASHED, report.findings
        found: dict[int, tuple[bytes, bytes]] = {}
        log = open_log(
            tmp_path,
            limits=LIMITS,
            on_record=lambda index, body, half, found=found: found.setdefault(index, (body, half)),
        )
        assert log.durable_size == len(found)
        asyncio.run(log.close())
        assert {index: found.get(index) for index in acknowledged} == acknowledged
        assert list(found) == list(range(len(found)))
    asyncio.run(close_in_order(tmp_path))
    report = verify_directory(tmp_path)
    assert report.ok, report.findings
    assert report.size == report.durable > len(acknowledged)


async def close_in_order(root: Path) -> None:
    log = open_log(root, limits=LIMITS)
    log.start(asyncio.get_running_loop())
    await log.close()
