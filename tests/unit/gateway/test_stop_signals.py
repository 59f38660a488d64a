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
