"""`volens subject`: for a gateway that runs and for one that does not, with the id on standard input only."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.cli import main
from tests.gateway_process import Gateways
from tests.journey.shop import Shop

WHO = "ada.canary@people.example"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    assert main(["init", str(tmp_path / "data")]) == 0
    return tmp_path / "data"


def say(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_a_stopped_gateway_is_opened_for_it(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    report, certificate = tmp_path / "report.json", tmp_path / "certificate.json"
    say(monkeypatch, WHO + "\n")
    assert main(["subject", "export", str(directory), "--out", str(report)]) == 0
    assert json.loads(report.read_text())["key_fingerprint"] is None
    assert report.stat().st_mode & 0o777 == 0o600
    say(monkeypatch, WHO)
    assert main(["subject", "erase", str(directory), "--certificate", str(certificate)]) == 0
    assert "status    completed" in capsys.readouterr().out
    key = str(directory / "log" / "log.vkey")
    assert main(["subject", "verify", str(certificate), "--key", key]) == 0
    assert "OK" in capsys.readouterr().out
    certificate.write_text(certificate.read_text().replace('"k\\":\\"erasure', '"k\\":\\"rights'))
    assert main(["subject", "verify", str(certificate), "--key", key]) == 1
    assert main(["audit", "verify", str(directory)]) == 0


def test_a_file_that_is_there_stays(
    directory: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    taken = tmp_path / "taken"
    taken.write_text("kept")
    say(monkeypatch, WHO)
    assert main(["subject", "export", str(directory), "--out", str(taken)]) == 1
    assert taken.read_text() == "kept"
    assert WHO not in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "\n", "one\ntwo\n", "x" * 2000])
def test_anything_but_one_line_is_refused(
    directory: Path, tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, text)
    assert main(["subject", "erase", str(directory)]) == 1
    assert not (directory / "records.db").exists(), "nothing was opened"


@pytest.mark.slow
def test_a_running_gateway_is_asked(gateways: Gateways, tmp_path: Path) -> None:
    gateway = gateways.start()
    shop = Shop(gateway)
    shop.consent(WHO, "given")
    shop.consent({"anonymous_id": WHO}, "given")
    out = tmp_path / "report.html"

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "gateway", "subject", *arguments, "--url", gateway.url]
        return subprocess.run(command, input=WHO, capture_output=True, text=True, timeout=60, check=False)

    done = run("export", str(gateway.directory), "--format", "html", "--out", str(out))
    assert done.returncode == 0, done.stderr
    assert "<!doctype html>" in out.read_text()
    erased = run("erase", str(gateway.directory))
    assert erased.returncode == 0, erased.stderr
    assert WHO not in erased.stdout + erased.stderr + done.stdout + done.stderr
    assert not shop.permits(WHO)["recommendations"]
    assert shop.permits({"anonymous_id": WHO})["recommendations"]
    assert run("erase", str(gateway.directory), "--anonymous").returncode == 0
    assert not shop.permits({"anonymous_id": WHO})["recommendations"]
