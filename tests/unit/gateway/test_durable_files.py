"""Files are there as a whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gateway.durable_files import (
    create_file,
    put_in_place,
    remove_days_before,
    replace_file,
    stage_file,
    sync_directory,
    write_durably,
)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_replaced_file_has_the_new_content_and_is_its_owners_only(tmp_path: Path) -> None:
    path = tmp_path / "note"
    path.write_bytes(b"old")
    path.chmod(0o644)
    replace_file(path, b"new")
    assert (path.read_bytes(), mode(path), [path.name for path in tmp_path.iterdir()]) == (
        b"new",
        0o600,
        ["note"],
    )


def test_what_a_crash_left_staged_is_thrown_away(tmp_path: Path) -> None:
    (tmp_path / "note.new").write_bytes(b"half of some")
    replace_file(tmp_path / "note", b"whole")
    assert (tmp_path / "note").read_bytes() == b"whole"
    assert [path.name for path in tmp_path.iterdir()] == ["note"]


def test_what_was_staged_on_a_disk_that_is_full_gives_its_room_back(tmp_path: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"all that had room"
        raise OSError(errno.ENOSPC, "full")

    with pytest.raises(OSError, match="full"):
        stage_file(tmp_path / "note", pieces())
    assert list(tmp_path.iterdir()) == []


def test_what_a_library_could_not_write_gives_its_room_back(tmp_path: Path) -> None:
    def write(path: Path) -> None:
        path.write_bytes(b"all that had room")
        raise OSError(errno.ENOSPC, "full")

    (tmp_path / "note").write_bytes(b"old")
    with pytest.raises(OSError, match="full"):
        write_durably(tmp_path / "note", write)
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("note", b"old")]


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_failure_leaves_the_old_content(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    path = tmp_path / "note"
    path.write_bytes(b"old")

    def fails(*_: object) -> None:
        raise OSError(28, "no space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(f"os.{failing}" if failing == "fsync" else "pathlib.Path.replace", fails)
        with pytest.raises(OSError, match="no space"):
            replace_file(path, b"new")
    assert path.read_bytes() == b"old"
    replace_file(path, b"new")
    assert path.read_bytes() == b"new"


def test_a_link_that_waits_under_the_staged_name_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(b"untouched")
    (tmp_path / "note.new").symlink_to(elsewhere)
    replace_file(tmp_path / "note", b"new")
    assert (elsewhere.read_bytes(), (tmp_path / "note").is_symlink()) == (b"untouched", False)


def test_a_file_is_created_once(tmp_path: Path) -> None:
    create_file(tmp_path / "key", b"first")
    with pytest.raises(FileExistsError):
        create_file(tmp_path / "key", b"second")
    assert ((tmp_path / "key").read_bytes(), mode(tmp_path / "key")) == (b"first", 0o600)


def test_names_are_synchronised_after_the_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def seen_fsync(handle: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(handle).st_mode) else "content")
        fsync(handle)

    def seen_replace(self: Path, target: Path) -> Path:
        steps.append("name")
        return replace(self, target)

    monkeypatch.setattr("os.fsync", seen_fsync)
    monkeypatch.setattr("pathlib.Path.replace", seen_replace)
    replace_file(tmp_path / "note", b"new")
    assert steps == ["content", "name", "directory"]


def test_what_is_no_directory_cannot_be_synchronised(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError):
        sync_directory(tmp_path / "file")
    with pytest.raises(FileNotFoundError):
        put_in_place(tmp_path / "nothing", tmp_path / "file")


def test_what_a_library_writes_is_there_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "kept"
    write_durably(path, lambda staged: staged.write_bytes(b"one"))
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"one", 0o600)

    def breaks_off(staged: Path) -> None:
        staged.write_bytes(b"tw")
        raise ValueError

    with pytest.raises(ValueError):
        write_durably(path, breaks_off)
    assert path.read_bytes() == b"one"
    write_durably(path, lambda staged: staged.write_bytes(b"three"))
    assert path.read_bytes() == b"three"
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


def test_days_that_are_over_are_removed_and_no_other(tmp_path: Path) -> None:
    first = date(2026, 11, 20)
    for name in ("day=2026-10-31", "day=2026-11-19", "day=2026-11-20", "notes"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part").write_bytes(b"x")
    assert remove_days_before(tmp_path, first) == 2
    assert sorted(each.name for each in tmp_path.iterdir()) == ["day=2026-11-20", "notes"]
    assert (tmp_path / "day=2026-11-20/part").read_bytes() == b"x"
    assert remove_days_before(tmp_path, first) == 0
    assert remove_days_before(tmp_path / "nothing", first) == 0
