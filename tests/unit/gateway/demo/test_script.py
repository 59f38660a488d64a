"""The demo around the story: what is started is stopped, what is claimed is verified."""

from __future__ import annotations

import io
import signal
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from rich.console import Console

from gateway.demo import DemoError, DemoOptions, Narrator, run_demo
from gateway.demo import script as module
from gateway.demo import story as story_module
from tests.unit.gateway.replay.stub_gateway import StubGateway


@dataclass
class FakeServers:
    """Counts what the demo starts and stops, in place of processes."""

    stub: StubGateway = field(default_factory=StubGateway)
    exit_code: int = 0
    fails_to_start: bool = False
    started: int = 0
    stopped: int = 0
    verified: list[list[str]] = field(default_factory=list)
    findings: int = 0

    def __call__(self, *_: object) -> FakeServers:
        self.started += 1
        return self

    def wait_until_ready(self, is_ready: object) -> float:
        if self.fails_to_start:
            raise DemoError("it ended")
        return 0.1

    def stop(self) -> int:
        self.stopped += 1
        return self.exit_code

    def wait(self) -> int:
        raise KeyboardInterrupt

    def verify(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        self.verified.append(command)
        return subprocess.CompletedProcess(command, self.findings, "all is well", "")


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> FakeServers:
    servers = FakeServers()
    monkeypatch.setattr(module, "ServerProcess", servers)
    monkeypatch.setattr(module, "GatewayClient", lambda *_: servers.stub.client())
    monkeypatch.setattr(module.subprocess, "run", servers.verify)
    monkeypatch.setattr(story_module, "TIMED_DECISIONS", 5)
    return servers


def play(directory: Path | None, *, serve: bool = False, data: Path | None = None) -> tuple[int, str]:
    page = io.StringIO()
    options = DemoOptions(
        directory=directory, data=data, port=0, serve=serve, event="Product Viewed" if data else None
    )
    return run_demo(options, Narrator(Console(file=page, width=80, highlight=False))), page.getvalue()


def test_without_serving_it_stops_what_it_started_and_verifies(servers: FakeServers, tmp_path: Path) -> None:
    code, page = play(tmp_path / "data")
    assert (code, servers.started, servers.stopped) == (0, 1, 1)
    assert servers.verified == [
        [module.sys.executable, "-m", "gateway", "audit", "verify", str(tmp_path / "data")]
    ]
    assert "all is well" in page
    assert str(tmp_path / "data") in page.replace("\n", "")


def test_a_log_that_does_not_verify_is_exit_code_1(servers: FakeServers, tmp_path: Path) -> None:
    servers.findings = 1
    assert play(tmp_path / "data")[0] == 1


def test_serving_starts_again_and_an_interrupt_ends_it_in_order(servers: FakeServers, tmp_path: Path) -> None:
    code, page = play(tmp_path / "data", serve=True)
    assert (code, servers.started, servers.stopped) == (0, 2, 2)
    assert "/log/checkpoint" in page
    assert "credentials.json" in page


def test_a_gateway_that_does_not_start_is_stopped_and_its_log_is_named(
    servers: FakeServers, tmp_path: Path
) -> None:
    servers.fails_to_start = True
    with pytest.raises(DemoError):
        play(tmp_path / "data")
    assert servers.stopped == 1


def test_a_gateway_that_stops_with_an_error_fails_the_demo(servers: FakeServers, tmp_path: Path) -> None:
    servers.exit_code = 3
    with pytest.raises(DemoError) as caught:
        play(tmp_path / "data")
    assert "3" in str(caught.value)


def test_a_story_that_breaks_off_leaves_no_gateway_behind(
    servers: FakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: object) -> list[object]:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "chapters", broken)
    with pytest.raises(ZeroDivisionError):
        play(tmp_path / "data")
    assert (servers.started, servers.stopped) == (1, 1)


@pytest.fixture
def hung_up_by_default() -> Iterator[None]:
    """As in a terminal, also where these tests are run with `nohup`."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("hung_up_by_default")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_in_the_middle_of_the_story_stops_the_gateway(
    servers: FakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    monkeypatch.setattr(module, "chapters", lambda _: [lambda: signal.raise_signal(number)])
    before = signal.getsignal(number)
    with pytest.raises(KeyboardInterrupt):
        play(tmp_path / "data")
    assert (servers.started, servers.stopped) == (1, 1)
    assert signal.getsignal(number) is before


def test_its_gateway_trains_often_and_is_otherwise_as_init_makes_it(
    servers: FakeServers, tmp_path: Path
) -> None:
    play(tmp_path / "data")
    settings = tomllib.loads((tmp_path / "data" / "volens.toml").read_text())
    assert settings["model"] == {"retrain_interval_seconds": 2}
    assert settings["placements"][0]["id"] == "home"


def test_the_data_directory_is_a_fresh_one_unless_named(
    servers: FakeServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.tempfile, "mkdtemp", lambda prefix: str(tmp_path / prefix))
    (tmp_path / "volens-demo-").mkdir()
    play(None)
    assert (tmp_path / "volens-demo-" / "data" / "credentials.json").is_file()


def test_a_recording_is_played_with_titles_from_beside_it(servers: FakeServers, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    rows = [f"u{who},i{(who * 3 + item) % 11}" for who in range(8) for item in range(6)]
    data.write_text("\n".join(["user_id,item_id", *rows]))
    (tmp_path / "items.csv").write_text("item_id,title\n" + "".join(f"i{n},Thing {n}\n" for n in range(11)))
    code, page = play(tmp_path / "data", data=data)
    assert code == 0
    assert "48 recorded events of 8 people about 11 items" in page
    assert "Thing" in page
