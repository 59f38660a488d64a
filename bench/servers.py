"""Servers and the load on them: each server on one core, wrk on the other, medians of pairs measured in turn."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

SERVER_CORE, LOAD_CORE = "0", "1"
LUA = Path(__file__).with_name("wrk") / "bodies.lua"
READY_SECONDS = 120

_RATE = re.compile(r"Requests/sec:\s+([\d.]+)")
_LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s)$", re.MULTILINE)
_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3}


@dataclass(frozen=True)
class Load:
    """What one run of wrk found."""

    requests_per_second: float
    """Answers with status 200."""
    p50_ms: float
    """Median wait."""
    p99_ms: float
    """Wait that one in a hundred exceeds."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(command: list[str], is_ready: Callable[[], bool], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server that is ready, with all its threads on one core; stopped at the end."""
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
        try:
            deadline = time.monotonic() + READY_SECONDS
            while not is_ready():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"a server did not start: {log}")
                time.sleep(0.1)
            if os.cpu_count() != 1:
                subprocess.run(
                    ["taskset", "-a", "-p", "-c", SERVER_CORE, str(process.pid)],
                    check=True,
                    stdout=subprocess.DEVNULL,
                )
            yield process
        finally:
            process.terminate()
            process.wait()


def answers(url: str) -> Callable[[], bool]:
    """A check whether something answers there with 200."""

    def look() -> bool:
        try:
            return httpx.get(url, timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    return look


@contextmanager
def gateway(directory: Path) -> Iterator[tuple[str, int]]:
    """The gateway on a data directory: its URL and process id."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gateway", "serve", str(directory), "--port", str(port)]
    with started(command, answers(f"{url}/readyz"), directory.with_suffix(".stderr")) as process:
        yield url, process.pid


@contextmanager
def baseline(directory: Path) -> Iterator[str]:
    """The FastAPI application on the same server, loop and parser: its URL."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.baseline:app", "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    url = f"http://127.0.0.1:{port}"
    with started(command, answers(f"{url}/docs"), directory.with_suffix(".baseline.stderr")):
        yield url


def bearer(url: str, directory: Path) -> str:
    """An access token for everything, as a header's value."""
    credentials = json.loads((directory / "credentials.json").read_text())
    answer = httpx.post(
        f"{url}/oauth/token",
        auth=(credentials["client_id"], credentials["client_secret"]),
        data={"grant_type": "client_credentials"},
    )
    return f"Bearer {answer.raise_for_status().json()['access_token']}"


def load(url: str, path: str, bodies: Path, token: str, *, connections: int, seconds: float) -> Load:
    """Send bodies for some seconds.

    Raises:
        RuntimeError: an answer was not 200.
    """
    command = ["taskset", "-c", LOAD_CORE, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    environment = {
        **os.environ,
        "VOLENS_BENCH_BODIES": str(bodies),
        "VOLENS_BENCH_TOKEN": token,
        "VOLENS_BENCH_PATH": path,
    }
    done = subprocess.run(
        [*command, "-s", str(LUA), url], env=environment, capture_output=True, text=True, check=True
    )
    rate = _RATE.search(done.stdout)
    if rate is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(done.stdout + done.stderr)
    waits = {name: float(value) * _MILLISECONDS[unit] for name, value, unit in _LATENCY.findall(done.stdout)}
    return Load(float(rate[1]), waits["50"], waits["99"])
