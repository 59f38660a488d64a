"""`volens audit witness` refuses what it would harm, before it listens or writes anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit import NoteVerifier
from gateway.cli import audit_witness, main
from gateway.witness import serving


@pytest.fixture
def log_key(tmp_path: Path) -> Path:
    file = tmp_path / "log.vkey"
    file.write_text(NoteVerifier("test.local/log", bytes(32)).vkey + "\n")
    return file


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The directories that a witness was started in; it ends at once."""
    started: list[Path] = []
    monkeypatch.setattr(serving, "serve_witness", lambda directory, *_: started.append(directory))
    return started


def start(directory: Path, log_key: Path, *more: str) -> int:
    words = ["audit", "witness", str(directory), "--log", str(log_key), "--name", "test.local/w", *more]
    return main(words)


@pytest.mark.parametrize("port", ["-5", "-1", "65536", "99999"])
def test_a_port_that_is_none_is_not_understood(tmp_path, log_key, served, capsys, port):
    assert start(tmp_path / "w", log_key, "--port", port) == 2
    assert "range" in capsys.readouterr().err
    assert served == []
    assert not (tmp_path / "w").exists()


def test_a_gateways_directory_is_left_alone(tmp_path, log_key, served, capsys):
    directory = tmp_path / "data"
    assert main(["init", str(directory)]) == 0
    before = sorted(directory.rglob("*"))
    capsys.readouterr()
    assert start(directory, log_key, "--port", "0") == 1
    assert "no witness's" in capsys.readouterr().err
    assert sorted(directory.rglob("*")) == before
    assert served == []


def test_an_empty_directory_and_its_own_are_taken(tmp_path, log_key, served):
    directory = tmp_path / "w"
    directory.mkdir()
    for _ in range(2):
        assert start(directory, log_key, "--port", "0") == 0
    assert served == [directory] * 2
    assert (directory / audit_witness._KEY_FILE).is_file()
