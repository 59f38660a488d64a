"""Load on a server: wrk on a core of its own sends the bodies of a file one after the other, and says how it went."""

from __future__ import annotations

import os
import re
import resource
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.errors import LoadError

LUA = Path(__file__).with_name("wrk") / "bodies.lua"
LOAD_CORE = "1"

_RATE = re.compile(r"^Requests/sec:\s+([\d.]+)\s*$", re.MULTILINE)
_LATENCY = re.compile(r"^\s+(50|99)%\s+([\d.]+)(us|ms|s|m)\s*$", re.MULTILINE)
_MILLISECONDS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True)
class Case:
    """What is sent."""

    path: str
    """The path that is asked."""
    bodies: Path
    """One request body a line."""
    connections: int
    """How many at a time."""
    per_request: int
    """Decisions or events in one request."""


@dataclass(frozen=True)
class Load:
    """What one run of wrk found."""

    requests_per_second: float
    """Answers in a second."""
    p50_ms: float
    """The median wait in milliseconds."""
    p99_ms: float
    """Wait that one in a hundred exceeds."""
    generator_busy: float
    """Share of its core that wrk used: near 1, wrk is what was measured."""
    server_us: float = 0.0
    """Processor time of the server for one request: what is left to compare where others use the machine too."""


def run_wrk(url: str, case: Case, token: str, seconds: int) -> Load:
    """Send bodies for some seconds.

    Raises:
        LoadError: an answer was not 200, or a connection broke.
    """
    command = ["wrk", "-t1", f"-c{case.connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    if os.cpu_count() != 1:
        command = ["taskset", "-c", LOAD_CORE, *command]
    environment = {
        **os.environ,
        "VOLENS_BENCH_BODIES": str(case.bodies),
        "VOLENS_BENCH_TOKEN": token,
        "VOLENS_BENCH_PATH": case.path,
    }
    before = _children_seconds()
    done = subprocess.run(
        [*command, "-s", str(LUA), url], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise LoadError(done.stdout + done.stderr)
    return read_report(done.stdout, generator_busy=(_children_seconds() - before) / seconds)


def read_report(report: str, *, generator_busy: float) -> Load:
    """Read what wrk printed.

    Raises:
        LoadError: an answer was not 200, a connection broke, or it is not a report.
    """
    rate = _RATE.search(report)
    waits = {name: float(value) * _MILLISECONDS[unit] for name, value, unit in _LATENCY.findall(report)}
    if rate is None or len(waits) < 2 or "Non-2xx" in report or "Socket errors" in report:
        raise LoadError(report)
    return Load(float(rate[1]), waits["50"], waits["99"], round(generator_busy, 3))


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
