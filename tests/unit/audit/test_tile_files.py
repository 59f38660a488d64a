"""Tiles are written many at a time, and none has its name before all of them are synced."""

from __future__ import annotations

from pathlib import Path

import pytest

from audit.disk import Disk
from audit.errors import CorruptionError
from audit.layout import SCRATCH
from audit.tile_files import AT_ONCE, TileFiles
from audit.tiles import Tile


class Recording(Disk):
    """Notes what is synced and what is named, in order; forgets every second byte of what it is told to spoil."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.spoils = False

    def sync(self, descriptor: int) -> None:
        super().sync(descriptor)
        self.done.append("sync")

    def rename(self, source: Path, target: Path) -> None:
        if self.spoils:
            source.write_bytes(source.read_bytes()[::2])
        super().rename(source, target)
        self.done.append("rename")

    def sync_directory(self, path: Path) -> None:
        super().sync_directory(path)
        self.done.append("directory")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    for name in (SCRATCH, "tile"):
        (tmp_path / name).mkdir()
    return tmp_path


def test_all_are_synced_before_the_first_has_a_name(directory: Path) -> None:
    disk = Recording()
    files = TileFiles(directory, disk)
    for index in range(5):
        files.write(Tile(0, index), b"%d" % index)
    assert disk.done == []
    files.settle()
    named = [what for what in disk.done if what != "directory"]
    assert named == ["sync"] * 5 + ["rename"] * 5
    assert disk.done[-1] == "directory"
    assert [(directory / Tile(0, index).path).read_bytes() for index in range(5)] == [
        b"0",
        b"1",
        b"2",
        b"3",
        b"4",
    ]
    assert not list((directory / SCRATCH).iterdir())


def test_only_so_many_wait(directory: Path) -> None:
    disk = Recording()
    files = TileFiles(directory, disk)
    for index in range(AT_ONCE + 1):
        files.write(Tile(0, index), b"x")
    assert disk.done.count("rename") == AT_ONCE
    files.settle()
    assert disk.done.count("rename") == AT_ONCE + 1


def test_a_file_that_is_not_what_was_written_is_found(directory: Path) -> None:
    disk = Recording()
    files = TileFiles(directory, disk)
    files.write(Tile(0, 0), b"something")
    disk.spoils = True
    with pytest.raises(CorruptionError):
        files.settle()


def test_what_a_failed_attempt_left_is_never_named(directory: Path) -> None:
    disk = Recording()
    files = TileFiles(directory, disk)
    files.write(Tile(0, 0), b"former")
    files.forget()
    files.write(Tile(0, 1), b"new")
    files.settle()
    assert not (directory / Tile(0, 0).path).exists()
    assert (directory / Tile(0, 1).path).read_bytes() == b"new"
