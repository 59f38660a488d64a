"""The servers that are compared: one core for both, and while one is measured the other stands still."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.errors import ServerError
from bench.neighbours import process_seconds

SERVER_CORE = "0"
READY_SECONDS = 120
STOP_SECONDS = 60

_NUMBER = re.compile(r"^(volens_\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)
_OUTCOME = re.compile(r'^\{kind="(\w+)",outcome="([\w.]+)"\}$')


@dataclass(frozen=True)
class Server:
    """A server process that answers."""

    url: str
    """Where it answers."""
    process: subprocess.Popen[bytes]
    """What to signal."""

    def pin(self) -> None:
        """Keep all its threads, and those that they start, on one core."""
        if os.cpu_count() != 1:
            command = ["taskset", "-a", "-p", "-c", SERVER_CORE, str(self.process.pid)]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def pause(self) -> None:
        """Make it stand still."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        self.process.send_signal(signal.SIGCONT)

    def cpu_seconds(self) -> float:
        """Processor time it has used so far."""
        return process_seconds(Path(f"/proc/{self.process.pid}/stat").read_text())

    def numbers(self) -> dict[str, float]:
        """The gateway's metrics, by name and labels."""
        return read_numbers(httpx.get(f"{self.url}/metrics", timeout=10).raise_for_status().text)

    def settled_outcomes(self) -> dict[str, float]:
        """The gateway's outcomes so far, `kind/outcome`, once nothing is under way any more."""
        before = outcomes(self.numbers())
        while True:
            time.sleep(0.1)
            now = outcomes(self.numbers())
            if now == before:
                return now
            before = now


def read_numbers(page: str) -> dict[str, float]:
    """Read a page of metrics."""
    return {name + labels: float(value) for name, labels, value in _NUMBER.findall(page)}


def outcomes(numbers: Mapping[str, float]) -> dict[str, float]:
    """The counts of outcomes among the metrics, by `kind/outcome`."""
    prefix = "volens_outcomes_total"
    found = ((_OUTCOME.match(name.removeprefix(prefix)), n) for name, n in numbers.items())
    return {f"{match[1]}/{match[2]}": n for match, n in found if match is not None}


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> Callable[[], bool]:
    """A check whether something answers there with 200."""

    def look() -> bool:
        try:
            return httpx.get(url, timeout=2).status_code == 200
        except httpx.TransportError:
            return False

    return look


def start(command: list[str], url: str, is_ready: Callable[[], bool], log: Path) -> Server:
    """Start a server and wait until it is ready.

    Raises:
        ServerError: it ended, or it takes too long.
    """
    with log.open("ab") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, env=environment(log.parent))
    server = Server(url, process)
    deadline = time.monotonic() + READY_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > deadline:
            stop(server)
            raise ServerError(f"a server did not start: see {log.name}")
        time.sleep(0.02)
    return server


def environment(scratch: Path) -> dict[str, str]:
    """The environment of a server: its modules are compiled once, as they are where it is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(scratch / "bytecode")}


def stop(server: Server, ending: signal.Signals = signal.SIGTERM) -> None:
    """End a server, and wait until it is gone."""
    process = server.process
    if process.poll() is None:
        process.send_signal(ending)
        server.resume()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise ServerError("a server did not stop when told to") from None


def start_gateway(directory: Path) -> Server:
    """Serve a data directory; its journal goes to `<directory>.stderr`.

    Raises:
        ServerError: it did not start.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gateway", "serve", str(directory), "--port", str(port)]
    return start(command, url, answers(f"{url}/readyz"), journal_of(directory))


def journal_of(directory: Path) -> Path:
    """Where the journal of a gateway goes."""
    return directory.with_suffix(".stderr")


@contextmanager
def gateway(directory: Path) -> Iterator[Server]:
    """The gateway on a data directory."""
    server = start_gateway(directory)
    try:
        yield server
    finally:
        stop(server)


@contextmanager
def baseline(log: Path) -> Iterator[Server]:
    """The FastAPI application on the same kind of server, loop and parser, on its core."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.baseline:app", "--port", str(port), "--no-access-log"]
    command += ["--log-level", "warning", "--loop", "uvloop", "--http", "httptools"]
    url = f"http://127.0.0.1:{port}"
    server = start(command, url, answers(f"{url}/docs"), log)
    try:
        server.pin()
        yield server
    finally:
        stop(server)


def bearer(server: Server, directory: Path) -> str:
    """An access token for everything, as a header's value."""
    credentials = json.loads((directory / "credentials.json").read_text())
    answer = httpx.post(
        f"{server.url}/oauth/token",
        auth=(credentials["client_id"], credentials["client_secret"]),
        data={"grant_type": "client_credentials"},
        timeout=30,
    )
    return f"Bearer {answer.raise_for_status().json()['access_token']}"
