"""What was done to a log is called by its name: two writers are not a deletion, and a deletion is not a rollback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from audit import Cause, verify_directory
from audit.frames import read_header
from tests.unit.audit.logs import write_log


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_log(tmp_path, 300, group=10)
    return tmp_path


def causes(root: Path, anchor: bytes | None = None) -> set[Cause]:
    return {each.cause for each in verify_directory(root, anchor=anchor).findings}


def segments(root: Path) -> list[Path]:
    found = sorted((root / "log" / "wal").glob("0*.wal"))
    assert len(found) > 3
    return found


def frames(segment: Path) -> list[bytes]:
    data, found = segment.read_bytes(), []
    while (header := read_header(data)) is not None:
        found.append(data[: header.end])
        data = data[header.end :]
    assert len(found) > 2
    return found


def test_a_log_that_nobody_touched_has_no_findings(root: Path) -> None:
    assert causes(root) == set()


def test_a_frame_that_is_there_again_was_written_by_two(root: Path) -> None:
    segment = segments(root)[1]
    first, second, *rest = frames(segment)
    segment.write_bytes(b"".join((first, second, second, *rest)))
    assert Cause.WRITTEN_TWICE in causes(root)


def test_frames_in_another_order_are_out_of_order(root: Path) -> None:
    segment = segments(root)[1]
    first, second, third, *rest = frames(segment)
    segment.write_bytes(b"".join((first, third, second, *rest)))
    assert causes(root) & {Cause.OUT_OF_ORDER, Cause.WRITTEN_TWICE}


@pytest.mark.parametrize("which", [0, 1])
def test_a_segment_that_was_taken_out_is_missing(root: Path, which: int) -> None:
    segments(root)[which].unlink()
    assert Cause.SEGMENT_MISSING in causes(root)


def test_a_log_that_was_cut_at_the_end_is_short(root: Path) -> None:
    segments(root)[-1].unlink()
    assert Cause.WAL_SHORT in causes(root)


def test_a_link_is_no_tile(root: Path) -> None:
    tile = root / "log" / "tile" / "0" / "000"
    kept = root / "elsewhere"
    tile.rename(kept)
    tile.symlink_to(kept)
    assert Cause.NOT_A_FILE in causes(root)


def test_a_tile_that_no_log_of_this_size_has_is_ahead(root: Path) -> None:
    tiles = root / "log" / "tile" / "0"
    shutil.copyfile(tiles / "000", tiles / "007")
    assert causes(root) == {Cause.AHEAD}


def test_an_older_copy_is_rolled_back_and_another_history_is_a_fork(root: Path, tmp_path: Path) -> None:
    old = shutil.copytree(root, tmp_path / "old")
    other = tmp_path / "other"
    other.mkdir()
    write_log(other, 300, first=5, group=10)
    write_log(root, 20, first=300)
    newest = (root / "log" / "checkpoint").read_bytes()
    assert causes(old, newest) == {Cause.ROLLED_BACK}
    assert causes(root, (old / "log" / "checkpoint").read_bytes()) == set()
    assert causes(root, (other / "log" / "checkpoint").read_bytes()) == {Cause.FORKED}


@pytest.mark.parametrize(
    "place", ["checkpoint", "log.vkey", "tile/0/000", "wal/0000000000000000.wal", "reserve"]
)
def test_a_file_that_would_be_read_for_ever_is_found_and_not_read(root: Path, place: str) -> None:
    with (root / "log" / place).open("ab") as file:
        file.truncate(1 << 40)
    found = [each for each in verify_directory(root).findings if each.cause is Cause.WRONG_LENGTH]
    assert place in {each.place for each in found}
