"""The list of what people denied: durable, bounded, and never in the way of a denial."""

from __future__ import annotations

from pathlib import Path

import pytest

from consent import Evidence, KeptDenial, Status
from gateway.errors import DirectoryError
from gateway.lasting.denied_list import KEPT_DAYS, DeniedList, mark_of

NOW, DAY = 1_800_000_000, 86_400
ANN, BOB = b"a" * 32, b"b" * 32


def denial(purpose: str = "recommendations", at: int = NOW, epoch: int = 2) -> KeptDenial:
    return KeptDenial(purpose, Status.WITHDRAWN, epoch, at, Evidence.USER_ACTION)


def test_what_was_kept_is_there_after_a_restart_and_names_nobody(tmp_path: Path) -> None:
    path = tmp_path / "withdrawn"
    denied = DeniedList(path)
    assert (len(denied), denied.newest) == (0, 0)
    denied.add(ANN, [denial(), denial("analytics", at=NOW + 1)])
    denied.add(BOB, [])
    again = DeniedList(path)
    assert list(again.of(ANN)) == [denial(), denial("analytics", at=NOW + 1)]
    assert list(again.of(BOB)) == []
    assert (len(again), again.newest) == (1, NOW + 1)
    assert ANN.hex() not in path.read_text()
    assert mark_of(ANN).hex() in path.read_text()
    again.forget()
    assert (len(again), again.of(ANN)) == (0, ())


def test_a_line_without_space_is_kept_with_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "no space")

    denied = DeniedList(tmp_path / "withdrawn")
    with monkeypatch.context() as patched:
        patched.setattr("os.write", full)
        denied.add(ANN, [denial()])
    assert len(DeniedList(tmp_path / "withdrawn")) == 0
    denied.add(BOB, [denial(at=NOW + 1)])
    assert len(DeniedList(tmp_path / "withdrawn")) == 2


def test_what_is_overtaken_or_too_old_goes_when_it_is_half_of_it(tmp_path: Path) -> None:
    path = tmp_path / "withdrawn"
    denied = DeniedList(path)
    denied.add(BOB, [denial(at=NOW - (KEPT_DAYS + 1) * DAY)])
    for epoch in range(2, 20):
        denied.add(ANN, [denial(epoch=epoch)])
    assert list(DeniedList(path).of(ANN)) == [denial(epoch=19)]
    assert len(path.read_text().splitlines()) == 2
    assert list(DeniedList(path).of(BOB)) == []


def test_the_last_word_on_a_mark_stands_and_what_is_over_goes_in_time(tmp_path: Path) -> None:
    path = tmp_path / "withdrawn"
    denied = DeniedList(path)
    denied.add(ANN, [denial()])
    one, other, gone = b"1" * 16, b"2" * 16, b"3" * 16
    for _ in range(3):
        denied.stand([one, other, gone], True, NOW)
    denied.stand([other], False, NOW + 1)
    denied.stand([gone], False, NOW - (KEPT_DAYS + 1) * DAY)
    assert DeniedList(path).standing[other] == (False, NOW + 1)
    assert len(path.read_text().splitlines()) == 1 + 3, (
        "a title, the denial, one that stands and one that is over"
    )
    again = DeniedList(path)
    assert again.standing == {one: (True, NOW), other: (False, NOW + 1)}
    assert list(again.of(ANN)) == [denial()]


@pytest.mark.parametrize(
    "line",
    [
        "",
        "a b c",
        "+ zz 1",
        "- 00 x",
        "+ 00",
        "zz 1 1 withdrawn user_action x",
        "00 1 1 no user_action x",
        "00 1 x refused import y",
    ],
)
def test_a_list_that_is_damaged_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "withdrawn"
    DeniedList(path).add(ANN, [denial()])
    with path.open("a") as file:
        file.write(line + "\n")
    before = path.read_bytes()
    with pytest.raises(DirectoryError):
        DeniedList(path)
    assert path.read_bytes() == before
