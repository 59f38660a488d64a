"""The program as a whole: commands, help, exit codes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from consent import PolicyError, PolicyProblem
from gateway.cli import main, render_reference
from gateway.cli.entry import program
from gateway.cli.failures import EXIT_CODES, INTERRUPTED, PROBLEMS_SHOWN, told
from gateway.errors import DirectoryError

COMMANDS = {
    "init",
    "serve",
    "demo",
    "replay",
    "policy check",
    "policy load",
    "policy notices",
    "audit verify",
    "config check",
    "keys rotate",
    "records check",
}


def test_help_names_every_command_and_every_argument_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    page = capsys.readouterr().out
    assert all(command.split()[0] in page for command in COMMANDS)
    assert main(["replay", "--help"]) == 0
    assert "The data directory of the running gateway." in capsys.readouterr().out


def test_the_version_is_the_distributions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("volens ")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["init"], ["replay", "x", "/does/not/exist"], ["serve", "x", "--port", "z"]]
)
def test_what_is_not_understood_is_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    told_lines = capsys.readouterr().err
    assert told_lines.startswith("volens: ")
    assert told_lines.count("\n") == 1
    assert "--help" in told_lines


def test_a_reader_that_goes_away_is_told_nothing(tmp_path: Path) -> None:
    assert main(["init", str(tmp_path / "data")]) == 0
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        found = subprocess.run(
            [sys.executable, "-m", "gateway", "config", "check", str(tmp_path / "data")],
            stdout=nobody,
            stderr=subprocess.PIPE,
            check=False,
        )
    assert found.stderr == b""
    assert found.returncode == 1


def test_the_reference_holds_every_command_every_option_and_every_exit_code() -> None:
    page = render_reference()
    for command in COMMANDS:
        assert f"\n## volens {command}\n" in page
    for code in EXIT_CODES:
        assert f"| {code} |" in page
    for option in ("--no-serve", "--register-items", "--anchor FILE", "--against DIR", "--map ROLE=COLUMN"):
        assert option in page
    assert "\\" not in page


def test_no_argument_of_any_command_is_left_unexplained() -> None:
    commands = [program()]
    while commands:
        command = commands.pop()
        commands += getattr(command, "commands", {}).values()
        assert command.help
        assert all(parameter.help for parameter in command.params)  # type: ignore[attr-defined]


@pytest.mark.parametrize("asked", [["consnt"], ["audit", "verfy"], ["serve", ".", "--prot", "1"]])
def test_what_was_perhaps_meant_is_suggested_once(
    capsys: pytest.CaptureFixture[str], asked: list[str]
) -> None:
    assert main(asked) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.count("Did you mean") == 1


@pytest.mark.parametrize("command", [("config", "check"), ("serve",), ("audit", "verify")])
def test_a_directory_that_is_not_there_is_a_sentence_and_exit_code_2(
    capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert main([*command, "/does/not/exist"]) == 2
    assert capsys.readouterr().err.startswith("volens: ")


def test_settings_that_do_not_hold_are_named_with_their_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["init", str(tmp_path / "d")]) == 0
    (tmp_path / "d" / "volens.toml").write_text("log = 3\n")
    capsys.readouterr()
    assert main(["config", "check", str(tmp_path / "d")]) == 1
    told_lines = capsys.readouterr().err
    assert told_lines.startswith("volens: volens.toml log: ")
    assert "Traceback" not in told_lines


def test_an_error_without_words_is_told_in_its_classs_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="1"), told():
        raise DirectoryError
    assert "cannot be used" in capsys.readouterr().err


def test_an_error_of_the_operating_system_is_told_without_a_path(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Exception, match="1"), told():
        raise PermissionError(13, "Permission denied", "/canary")
    told_lines = capsys.readouterr().err
    assert "permission denied" in told_lines
    assert "canary" not in told_lines


def test_the_problems_of_a_policy_are_told_a_line_each_and_not_without_end(
    capsys: pytest.CaptureFixture[str],
) -> None:
    problems = [PolicyProblem(f"/purposes/{n}", "is wrong") for n in range(PROBLEMS_SHOWN + 1)]
    with pytest.raises(Exception, match="1"), told():
        raise PolicyError(problems)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "volens: policy.toml /purposes/0: is wrong"
    assert len(lines) == PROBLEMS_SHOWN + 1
    assert "policy check" in lines[-1]


def test_an_unexpected_error_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), told():
        raise ZeroDivisionError


def test_python_dash_m_is_the_same_program() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "gateway", "--version"], capture_output=True, text=True, check=True
    )
    assert found.stdout.startswith("volens ")


@pytest.mark.parametrize(
    "program", [[sys.executable, "-m", "gateway"], [Path(sys.executable).with_name("volens")]]
)
def test_interrupted_while_it_loads_it_ends_without_a_traceback(tmp_path: Path, program: list[str]) -> None:
    (tmp_path / "click.py").write_text(
        "import os, signal, time\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "time.sleep(60)\n"
    )
    stopped = subprocess.run(
        [*program, "--version"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (stopped.returncode, stopped.stdout, stopped.stderr) == (INTERRUPTED, "", "interrupted\n")


def test_help_does_not_load_the_heavy_packages() -> None:
    code = "import sys, gateway.cli; print([m for m in ('polars', 'numpy', 'fastapi', 'httpx') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
