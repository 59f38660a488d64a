"""The command line refuses what it cannot measure."""

from __future__ import annotations

import pytest

from bench import __main__ as command


def test_quick_is_one_small_pair() -> None:
    args = command.read_arguments(["--quick", "--only", "rank,memory"])
    assert (args.pairs, args.seconds, args.people) == (1, 1, command.QUICK_PEOPLE)
    assert args.only == {"rank", "memory"}


@pytest.mark.parametrize(
    "argv",
    [
        ["--only", "p4"],
        ["--only", ""],
        ["--only", "rank", "--pairs", "0"],
        ["--only", "rank", "--seconds", "0"],
        ["--only", "rank", "--people", "99"],
        ["--only", "rank", "--seconds", "0.5"],
    ],
)
def test_what_cannot_be_measured_is_refused(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.read_arguments(argv)
    assert "usage" in capsys.readouterr().err


def test_without_wrk_it_says_what_can_be_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit):
        command.read_arguments([])
    assert "wrk is missing" in capsys.readouterr().err
    assert command.read_arguments(["--only", "audit"]).only == {"audit"}
