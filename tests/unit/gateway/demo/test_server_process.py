"""The gateway's process, as the demo handles it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from gateway.demo import DemoError
from gateway.demo import server_process as module
from gateway.demo.server_process import ServerProcess

WAITS = (
    "import signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit({code})); "
    "print(1, flush=True); time.sleep(60)"
)


def started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> ServerProcess:
    """A server process that runs `program` in place of the gateway."""
    fake = tmp_path / "python"
    fake.write_text(f"#!/bin/sh\nexec {module.sys.executable} -c '{program}'\n")
    fake.chmod(0o755)
    monkeypatch.setattr(module.sys, "executable", str(fake))
    return ServerProcess(tmp_path, "127.0.0.1", 1, tmp_path / "log")


def test_a_gateway_that_ends_before_it_is_ready_is_told_with_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = started(tmp_path, monkeypatch, "raise SystemExit(7)")
    with pytest.raises(DemoError) as caught:
        server.wait_until_ready(lambda: False)
    assert "exit code 7" in str(caught.value)
    assert server.stop() == 7


def test_a_stop_is_a_request_and_the_exit_code_is_the_gateways_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    server = started(tmp_path, monkeypatch, WAITS.format(code=3))
    assert server.wait_until_ready(lambda: log.read_text() == "1\n") >= 0
    assert server.stop() == 3
    assert server.wait() == 3


def test_a_gateway_that_is_never_ready_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READY_WITHIN_SECONDS", 0.2)
    server = started(tmp_path, monkeypatch, WAITS.format(code=0))
    with pytest.raises(DemoError):
        server.wait_until_ready(lambda: False)
    server.stop()


def test_a_gateway_that_does_not_stop_is_killed_and_that_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STOPPED_WITHIN_SECONDS", 0.2)
    log = tmp_path / "log"
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    server = started(tmp_path, monkeypatch, deaf)
    server.wait_until_ready(lambda: log.read_text() == "1\n")
    with pytest.raises(DemoError):
        server.stop()
    assert server.wait() == -signal.SIGKILL


def test_an_interrupted_stop_leaves_no_gateway_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    deaf = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); time.sleep(60)"
    server = started(tmp_path, monkeypatch, deaf)
    server.wait_until_ready(lambda: log.read_text() == "1\n")

    def interrupted(*_: object) -> int:
        monkeypatch.undo()
        raise KeyboardInterrupt

    monkeypatch.setattr(server._process, "wait", interrupted)
    with pytest.raises(KeyboardInterrupt):
        server.stop()
    assert server.wait() == -signal.SIGKILL
