"""What ends a program of ours in order."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.stop_signals import ALWAYS, stop_signals


@pytest.fixture
def hang_up() -> Iterator[None]:
    """Puts back what a closed terminal does to this process."""
    before = signal.getsignal(signal.SIGHUP)
    yield
    signal.signal(signal.SIGHUP, before)


def wait_until_it_answers(port: int) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/healthz", timeout=90).status_code == 200:
                return
        time.sleep(0.05)


@pytest.mark.usefixtures("hang_up")
def test_a_closed_terminal_is_heeded_unless_it_is_to_be_ignored() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    assert stop_signals() == (*ALWAYS, signal.SIGHUP)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    assert stop_signals() == ALWAYS


@pytest.mark.slow
@pytest.mark.usefixtures("hang_up")
def test_a_gateway_whose_terminal_is_closed_stops_in_order(tmp_path: Path) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    program = [sys.executable, "-m", "gateway"]
    subprocess.run([*program, "init", str(tmp_path / "data")], check=True, capture_output=True)
    serving = [*program, "serve", str(tmp_path / "data"), "--port", "0"]
    with subprocess.Popen(serving, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as gateway:
        assert gateway.stdout is not None
        try:
            said = []
            for line in gateway.stdout:
                told = json.loads(line)
                said.append(told["happening"])
                if said[-1] == "ready":
                    wait_until_it_answers(told["port"])
                    gateway.send_signal(signal.SIGHUP)
            assert gateway.wait(90) == 0
        finally:
            gateway.kill()
    assert "stopping" in said
    assert said[-1] == "stopped"


STOPS_ITSELF = """
import contextlib, os, signal, sys
from pathlib import Path
from gateway import serving
from gateway.wiring.front_assembly import Running

told_where, stop = serving.told_where, Running.stop


@contextlib.contextmanager
def told_and_stopped(*where):
    with told_where(*where):
        if "{moment}" == "ready":
            os.kill(os.getpid(), signal.{number})
        yield


async def stopped_twice(running):
    os.kill(os.getpid(), signal.{number})
    await stop(running)


serving.told_where = told_and_stopped
if "{moment}" == "closing":
    Running.stop = stopped_twice
serving.serve(Path(sys.argv[1]), port=0, with_input=True)
"""
"""A gateway that is asked to stop at a moment that nobody can meet from outside."""


def started(tmp_path: Path, *arguments: str) -> subprocess.Popen[str]:
    """A program of ours on a new directory, with its standard input in our hands."""
    made = [sys.executable, "-m", "gateway", "init", str(tmp_path / "data")]
    subprocess.run(made, check=True, capture_output=True)
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def what_happened(said: str) -> list[str]:
    """Of a journal, when it was ready and how it stopped."""
    happenings = [json.loads(line)["happening"] for line in said.splitlines()]
    return [each for each in happenings if each in ("ready", "stopping", "stopped")]


@pytest.mark.slow
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_signal_right_after_it_is_ready_stops_it_in_order(tmp_path: Path, number: str) -> None:
    program = STOPS_ITSELF.format(moment="ready", number=number)
    with started(tmp_path, "-c", program, str(tmp_path / "data")) as gateway:
        said, _ = gateway.communicate(timeout=120)
    assert gateway.returncode == 0
    assert what_happened(said) == ["ready", "stopping", "stopped"]


@pytest.mark.slow
@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
def test_a_second_signal_while_it_stops_breaks_nothing_off(tmp_path: Path, number: str) -> None:
    program = STOPS_ITSELF.format(moment="closing", number=number)
    with started(tmp_path, "-c", program, str(tmp_path / "data")) as gateway:
        said, _ = gateway.communicate("", timeout=120)
    assert gateway.returncode == 0
    assert what_happened(said)[-2:] == ["stopping", "stopped"]


@pytest.mark.slow
def test_a_gateway_that_stops_with_its_input_reads_on_until_that_ends(tmp_path: Path) -> None:
    serving = ["-m", "gateway", "serve", str(tmp_path / "data"), "--port", "0", "--stop-with-input"]
    with started(tmp_path, *serving) as gateway:
        assert gateway.stdin is not None
        assert gateway.stdout is not None
        try:
            ready = next(told for told in map(json.loads, gateway.stdout) if told["happening"] == "ready")
            gateway.stdin.write("not the end\n")
            gateway.stdin.flush()
            wait_until_it_answers(ready["port"])
            said, _ = gateway.communicate("", timeout=90)
        finally:
            gateway.kill()
    assert gateway.returncode == 0
    assert what_happened(said)[-1] == "stopped"


@pytest.mark.slow
def test_a_demo_that_is_killed_leaves_no_gateway_behind(tmp_path: Path) -> None:
    log = tmp_path / "log"
    demo = (
        "import sys, time; from pathlib import Path; from gateway.demo.server_process import ServerProcess; "
        "ServerProcess(Path(sys.argv[1]), '127.0.0.1', 0, Path(sys.argv[2])); time.sleep(120)"
    )
    with started(tmp_path, "-c", demo, str(tmp_path / "data"), str(log)) as playing:
        try:
            assert comes_to(log, "ready")
        finally:
            playing.kill()
    assert comes_to(log, "stopped")


def comes_to(log: Path, happening: str) -> bool:
    """Whether the last thing that a journal tells becomes `happening`."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        if log.exists() and what_happened(log.read_text())[-1:] == [happening]:
            return True
        time.sleep(0.05)
    return False
