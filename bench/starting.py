"""How long a gateway takes to start on a log of a million entries of real events: after a stop, and after a crash.

The log is a seeded directory's, filled up with batches through the API. The crash comes under load, so that there is work behind the
last snapshot; then the gateway starts, is stopped, starts again, and starts once more without its snapshot.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from bench import seeding, servers
from bench.bodies import EVENTS
from bench.errors import ServerError
from bench.journals import read_journal, snapshot_size
from bench.report import Row
from bench.requests import Requests
from bench.wrk_load import Case, run_wrk

_FILL_SECONDS = 1


def rows(requests: Requests, entries: int) -> list[Row]:
    """Fill a gateway's log, then start it and verify the log."""
    directory = seeding.copy(requests.prepare(), requests.scratch / "starting")
    size = fill(directory, requests.write_batches("one"), entries)
    behind = size - snapshot_size(read_journal(servers.journal_of(directory)))
    killed = start(directory)
    clean = start(directory)
    shutil.rmtree(directory / "snapshot")
    whole = start(directory)
    return [
        {
            "name": f"start-up after {size:,} entries",
            "value": round(clean, 2),
            "unit": "s",
            "goal": "<= 2",
            "detail": f"after a kill {killed:.2f} s ({behind:,} entries behind the last snapshot); without a snapshot, "
            f"all of the log is read: {whole:.2f} s",
            "bound_by": "imports; people, ids and histories into memory",
        },
        verify(directory, size),
    ]


def fill(directory: Path, batches: Path, entries: int) -> int:
    """Send batches until the log has so many entries, and kill the gateway; the log's size."""
    server = servers.start_gateway(directory)
    try:
        token = servers.bearer(server, directory)
        case = Case("/v1/batch", batches, 32, EVENTS)
        while (size := int(server.numbers()["volens_log_durable_entries"])) < entries:
            run_wrk(server.url, case, token, _FILL_SECONDS)
    finally:
        servers.stop(server, signal.SIGKILL)
    return size


def start(directory: Path) -> float:
    """Seconds from the start of the process until it is ready; then it is stopped."""
    began = time.monotonic()
    server = servers.start_gateway(directory)
    took = time.monotonic() - began
    servers.stop(server)
    return took


def verify(directory: Path, size: int) -> Row:
    """Check the whole log, as an operator does.

    Raises:
        ServerError: it does not verify.
    """
    began = time.monotonic()
    command = [sys.executable, "-m", "gateway", "audit", "verify", str(directory)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    took = time.monotonic() - began
    if done.returncode != 0:
        raise ServerError(f"the log does not verify: {done.stdout}{done.stderr}")
    return {
        "name": f"`volens audit verify` of {size:,} entries",
        "value": round(took, 2),
        "unit": "s",
        "detail": f"{size / took:,.0f} entries/s, every byte",
        "bound_by": "hashing and parsing, one core",
    }
