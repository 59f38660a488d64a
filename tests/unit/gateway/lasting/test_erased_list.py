"""The list of erased keys: appended to, durable, and never guessed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.errors import DirectoryError
from gateway.lasting.erased_list import ErasedList

ONE, TWO = b"\1" * 32, b"\2" * 32


def test_what_was_added_is_there_after_a_restart(tmp_path: Path) -> None:
    erased = ErasedList(tmp_path / "erased")
    assert ONE not in erased
    erased.add(ONE)
    erased.add(TWO)
    erased.add(ONE)
    again = ErasedList(tmp_path / "erased")
    assert ONE in again
    assert TWO in again
    assert len(again) == 2
    assert (tmp_path / "erased").stat().st_mode & 0o777 == 0o600
    assert len((tmp_path / "erased").read_text().splitlines()) == 3


def test_a_torn_line_was_never_acknowledged_and_the_next_one_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "erased"
    ErasedList(path).add(ONE)
    whole = path.read_bytes()
    for cut in range(1, 65):
        path.write_bytes(whole + TWO.hex().encode()[:cut])
        erased = ErasedList(path)
        assert len(erased) == 1
        assert TWO not in erased
    erased.add(TWO)
    assert path.read_bytes() == whole + TWO.hex().encode() + b"\n"


@pytest.mark.parametrize(
    "content", [b"something else", b"volens-erased/v2\n", b"volens-erased/v1\n" + b"x" * 64 + b"\n"]
)
def test_a_list_that_is_something_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "erased").write_bytes(content)
    with pytest.raises(DirectoryError):
        ErasedList(tmp_path / "erased")
    assert (tmp_path / "erased").read_bytes() == content


def test_a_list_that_cannot_be_read_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "erased").mkdir()
    with pytest.raises(DirectoryError):
        ErasedList(tmp_path / "erased")


def test_what_could_not_be_kept_is_not_believed_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased = ErasedList(tmp_path / "erased")

    def full(handle: int) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="full"):
        erased.add(ONE)
    assert ONE not in erased
