"""Every system call that changes the disk fails once, or is the last one: what was acknowledged is there at the next start.

`strace` makes the n-th call of a kind return EIO without being carried out, or kills the process at it; for every n, until a run
is not reached by it any more (a sample of them, outside a campaign). The log is then opened as it lies there, by hand of nobody.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from audit import Sequencer, verify_directory
from tests.fault.audit.appending import ACKNOWLEDGED, LIMITS, sealed
from tests.requirement import missing, require, whole_campaign
from tests.unit.audit.logs import entry, open_log

pytestmark = [pytest.mark.slow, pytest.mark.campaign]

ROOT = Path(__file__).resolve().parents[3]
CALLS = {
    "pwrite64": 50,
    "fdatasync": 50,
    "fsync": 60,
    "rename": 50,
    "unlink": 12,
    "mkdir": 8,
    "fallocate": 2,
    "ftruncate": 8,
}
"""How often each is made, at least, until so many entries are acknowledged."""
ENOUGH = 400 if whole_campaign() else 250
HOW = {"fails": "error=EIO", "kills": "signal=SIGKILL"}
SAMPLE = [
    ("pwrite64", 3, "fails"),
    ("pwrite64", 20, "kills"),
    ("fdatasync", 9, "fails"),
    ("fdatasync", 30, "kills"),
    ("fsync", 4, "fails"),
    ("fsync", 21, "fails"),
    ("fsync", 33, "kills"),
    ("rename", 5, "fails"),
    ("rename", 6, "kills"),
    ("unlink", 2, "kills"),
    ("mkdir", 3, "fails"),
    ("fallocate", 1, "fails"),
    ("ftruncate", 1, "kills"),
]
EVERY = [(call, n, how) for call, most in CALLS.items() for n in range(1, most + 1) for how in HOW]


@pytest.fixture(scope="module")
def strace(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A strace that may trace here."""
    program = require("strace")
    log = tmp_path_factory.mktemp("strace") / "log"
    tried = subprocess.run([program, "-f", "-o", str(log), "true"], capture_output=True, check=False)
    return program if tried.returncode == 0 else missing("permission to trace")


def live_with(strace: str, inject: str, root: Path, begin: int) -> dict[int, int]:
    """Append until the fault ends it, or enough is acknowledged: index -> number of what was."""
    call = inject.partition(":")[0]
    command = [strace, "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={inject}"]
    command += [sys.executable, "-m", "tests.fault.audit.appending", str(root), str(begin)]
    heard = b""
    quiet = subprocess.DEVNULL
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=quiet, start_new_session=True
    ) as process:
        assert process.stdout is not None
        while len(heard) < ENOUGH * ACKNOWLEDGED.size and (part := os.read(process.stdout.fileno(), 65_536)):
            heard += part
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # what is traced, too: strace would let it go on
        heard += process.stdout.read()
    return dict(ACKNOWLEDGED.iter_unpack(heard[: len(heard) // ACKNOWLEDGED.size * ACKNOWLEDGED.size]))


@pytest.mark.parametrize(("call", "n", "how"), EVERY if whole_campaign() else SAMPLE)
def test_nothing_acknowledged_is_lost_whichever_call_is_the_one(
    strace: str, tmp_path: Path, call: str, n: int, how: str
) -> None:
    heard = live_with(strace, f"{call}:{HOW[how]}:when={n}", tmp_path, begin=1)
    found: dict[int, tuple[bytes, bytes]] = {}
    log = open_log(
        tmp_path, limits=LIMITS, on_record=lambda index, body, half: found.setdefault(index, (body, half))
    )
    assert {index: found.get(index) for index in heard} == {
        index: (entry(number), sealed(number)) for index, number in heard.items()
    }
    asyncio.run(publish(log))
    report = verify_directory(tmp_path)
    assert report.ok, report.findings
    assert report.size > len(heard)


async def publish(log: Sequencer) -> None:
    log.start(asyncio.get_running_loop())
    await log.close()
