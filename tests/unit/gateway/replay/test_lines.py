"""Lines with numbers, whatever the file does."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gateway.replay import ReplayError
from gateway.replay import lines as module
from gateway.replay.lines import first_bytes, numbered_lines
from gateway.replay.model import Fault


def test_lines_are_numbered_from_one_and_a_last_line_needs_no_end(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"one\r\n\ntwo")
    assert list(numbered_lines(file)) == [(1, b"one"), (2, b""), (3, b"two")]


def test_gzip_is_recognised_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(gzip.compress(b"one\ntwo\n"))
    assert [line for _, line in numbered_lines(file)] == [b"one", b"two"]
    assert first_bytes(file, 3) == b"one"


def test_a_line_beyond_the_bound_is_one_fault_and_reading_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 10)
    file = tmp_path / "a"
    file.write_bytes(b"x" * 10 + b"\n" + b"y" * 35 + b"\n" + b"z\n")
    assert list(numbered_lines(file)) == [(1, b"x" * 10), (2, Fault.TOO_LONG), (3, b"z")]


def test_an_endless_last_line_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 10)
    file = tmp_path / "a"
    file.write_bytes(b"y" * 35)
    assert list(numbered_lines(file)) == [(1, Fault.TOO_LONG)]


def test_a_torn_gzip_file_gives_what_it_holds_and_says_where_it_ends(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    whole = gzip.compress(b"".join(b"%d %d\n" % (i, i * 7919) for i in range(10_000)))
    file.write_bytes(whole[: len(whole) // 2])
    found = list(numbered_lines(file))
    assert 1_000 < len(found) < 10_000
    assert found[-1] == (len(found), Fault.ENDS_EARLY)
    assert all(isinstance(line, bytes) for _, line in found[:-1])


def test_a_missing_file_is_an_error_that_names_nothing(tmp_path: Path) -> None:
    with pytest.raises(ReplayError) as caught:
        list(numbered_lines(tmp_path / "canary"))
    assert "canary" not in str(caught.value)
