"""What is published can be read by anybody, in order, and nothing else is taken for it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit import CorruptionError, published_entries
from tests.unit.audit.logs import records, write_log


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_every_published_entry_comes_out_in_order(tmp_path: Path, size: int) -> None:
    write_log(tmp_path, size, group=50)
    found = list(published_entries(tmp_path / "log"))
    assert [index for index, _ in found] == list(range(len(found)))
    assert len(found) >= size
    assert [body for _, body in found] == [body for _, body, _ in records(tmp_path)][: len(found)]


def test_a_log_without_a_checkpoint_has_published_nothing(tmp_path: Path) -> None:
    assert list(published_entries(tmp_path)) == []


def test_a_bundle_that_was_filled_up_meanwhile_gives_its_beginning(tmp_path: Path) -> None:
    write_log(tmp_path, 100, group=50)
    older = (tmp_path / "log/checkpoint").read_bytes()
    found = list(published_entries(tmp_path / "log"))
    write_log(tmp_path, 200, first=100, group=50)
    (tmp_path / "log/checkpoint").write_bytes(older)
    shutil.rmtree(tmp_path / "log/tile/entries/000.p", ignore_errors=True)
    assert list(published_entries(tmp_path / "log")) == found


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("checkpoint", b"\xff"),
        ("checkpoint", b"a log\nmany\n\n"),
        ("tile/entries/000", None),
        ("tile/entries/000", b""),
        ("tile/entries/000", b"\0\5abc"),
    ],
)
def test_what_cannot_be_read_is_no_shorter_log(tmp_path: Path, file: str, content: bytes | None) -> None:
    write_log(tmp_path, 300, group=50)
    path = tmp_path / "log" / file
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CorruptionError):
        list(published_entries(tmp_path / "log"))
