"""How long a gateway takes to start on a log of a million entries: after a stop, and after a crash."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from audit import FileHead, LogLimits, NoteSigner, Sequencer
from bench import servers
from bench.audit import fill
from gateway.init_directory import initialise
from gateway.settings import load_settings
from privacy import load_key_file


def rows(scratch: Path, entries: int) -> list[dict[str, Any]]:
    """Fill a gateway's log, then start the gateway."""
    directory = scratch / "starting"
    shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(directory.with_suffix(".keys"), ignore_errors=True)
    initialise(directory)
    asyncio.run(fill_log(directory, entries))
    first = start(directory, signal.SIGTERM)
    clean = start(directory, signal.SIGKILL)
    killed = start(directory, signal.SIGTERM)
    return [
        {
            "name": f"start-up after {entries:,} entries",
            "value": round(clean, 2),
            "unit": "s",
            "goal": "<= 2",
            "detail": f"after a kill {killed:.2f} s; without a snapshot (all of the log is read) {first:.2f} s",
            "bound_by": "imports 0.6 s; checking the frames behind the snapshot",
        }
    ]


async def fill_log(directory: Path, entries: int) -> None:
    """Append entries as the gateway's own sequencer does."""
    settings = load_settings(directory)
    signer = NoteSigner.from_seed(settings.log.origin, load_key_file(settings.keys_dir / "log.key"))
    log = Sequencer.open(
        directory / "log", signer, head=FileHead(settings.keys_dir / "head"), limits=LogLimits()
    )
    log.start(asyncio.get_running_loop())
    await fill(log, entries)
    await log.close()


def start(directory: Path, ending: signal.Signals) -> float:
    """Seconds from the start of the process until it is ready; then it is ended."""
    port = servers.free_port()
    command = [sys.executable, "-m", "gateway", "serve", str(directory), "--port", str(port)]
    is_ready = servers.answers(f"http://127.0.0.1:{port}/readyz")
    began = time.monotonic()
    with directory.with_suffix(".stderr").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env=dict(os.environ))
        while not is_ready():
            if process.poll() is not None:
                raise RuntimeError("the gateway did not start")
            time.sleep(0.02)
    took = time.monotonic() - began
    process.send_signal(ending)
    process.wait()
    return took
