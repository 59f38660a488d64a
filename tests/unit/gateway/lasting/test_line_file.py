"""Files of lines in the keys directory: space is set aside for them, and what is replaced is replaced whole."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.errors import DirectoryError
from gateway.lasting.line_file import RESERVE_BYTES, LineFile

TITLE = b"things/v1\n"


def test_lines_are_there_after_a_restart_and_a_torn_one_goes(tmp_path: Path) -> None:
    file = LineFile(tmp_path / "things", TITLE)
    file.append(b"one\n")
    file.append(b"two\nthree\n")
    with (tmp_path / "things").open("ab") as torn:
        torn.write(b"fou")
    again = LineFile(tmp_path / "things", TITLE)
    assert again.lines == [b"one", b"two", b"three"]
    again.append(b"five\n")
    assert (tmp_path / "things").read_bytes() == TITLE + b"one\ntwo\nthree\nfive\n"
    again.replace([b"six\n"])
    assert LineFile(tmp_path / "things", TITLE).lines == [b"six"]
    assert (tmp_path / "things").stat().st_mode & 0o777 == 0o600


def test_a_full_disk_takes_lines_from_the_reserve_which_is_taken_again_when_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is one that holds nothing more while the reserve is there."""
    reserve = tmp_path / "things.reserve"
    file = LineFile(tmp_path / "things", TITLE)
    assert reserve.stat().st_blocks * 512 >= RESERVE_BYTES
    write = os.write

    def full(handle: int, content: bytes) -> int:
        if reserve.exists():
            raise OSError(28, "no space")
        return write(handle, content)

    with monkeypatch.context() as patched:
        patched.setattr("os.write", full)
        file.append(b"one\n")
    assert not reserve.exists()
    file.append(b"two\n")
    assert reserve.stat().st_blocks * 512 >= RESERVE_BYTES
    assert LineFile(tmp_path / "things", TITLE).lines == [b"one", b"two"]


def test_what_is_something_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    for content in (b"something else", b"things/v2\n", TITLE[:-1]):
        (tmp_path / "things").write_bytes(content)
        with pytest.raises(DirectoryError):
            LineFile(tmp_path / "things", TITLE)
        assert (tmp_path / "things").read_bytes() == content
