"""No byte of a log can be changed, cut off or taken away without `verify_directory` finding it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from random import Random

import pytest

from audit import verify_directory
from tests.requirement import whole_campaign
from tests.unit.audit.logs import limits, write, write_log

ENTRIES = 300 if whole_campaign() else 5
MANY = 70_000 if whole_campaign() else 600
"""Entries of the larger log: full tiles, and tiles above them."""
SAMPLE = 12
"""Places tried in each file of the larger log."""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    write_log(tmp_path, ENTRIES)
    assert verify_directory(tmp_path).ok
    return tmp_path


def files_of(log: Path, *, with_reserve: bool = False) -> list[Path]:
    """The files of a log. Of the reserve only the bytes can be wrong: a log may have given up the space."""
    found = sorted(path for path in (log / "log").rglob("*") if path.is_file())
    assert {"checkpoint", "log.vkey"} <= {path.name for path in found}
    assert any(path.suffix == ".wal" for path in found)
    assert any("entries" in path.parts for path in found)
    return [path for path in found if with_reserve or path.name != "reserve"]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("large")
    write_log(root, MANY, group=50, limits=limits(segment_bytes=1 << 16 if MANY < 1000 else 1 << 20))
    assert verify_directory(root).ok
    return root


def is_found(log: Path) -> bool:
    return not verify_directory(log).ok


def test_every_byte(log: Path) -> None:
    random = Random(20261121)
    unseen = []
    for path in files_of(log, with_reserve=True):
        whole = path.read_bytes()
        for at in range(len(whole)):
            changed = bytearray(whole)
            changed[at] ^= 1 << random.randrange(8)
            path.write_bytes(changed)
            if not is_found(log):
                unseen.append((path.relative_to(log).as_posix(), at, len(whole)))
        path.write_bytes(whole)
    assert unseen == []
    assert verify_directory(log).ok


def test_every_truncation(log: Path) -> None:
    unseen = []
    for path in files_of(log):
        whole = path.read_bytes()
        for length in range(len(whole)):
            path.write_bytes(whole[:length])
            if not is_found(log):
                unseen.append((path.relative_to(log).as_posix(), length, len(whole)))
        path.write_bytes(whole)
    assert unseen == []


def test_every_deletion_and_every_exchange(log: Path) -> None:
    files = files_of(log)
    for path in files:
        whole = path.read_bytes()
        path.unlink()
        assert is_found(log), path
        path.write_bytes(whole)
    for one in files:
        for other in files:
            if one < other and one.read_bytes() != other.read_bytes():
                first, second = one.read_bytes(), other.read_bytes()
                one.write_bytes(second)
                other.write_bytes(first)
                assert is_found(log), (one, other)
                one.write_bytes(first)
                other.write_bytes(second)
    assert verify_directory(log).ok


def test_every_deletion_where_there_are_partials_of_earlier_checkpoints(log: Path) -> None:
    asyncio.run(write(log, 3, first=1000))
    asyncio.run(write(log, 2, first=2000))
    earlier = sorted((log / "log" / "tile" / "0" / "000.p").iterdir())
    assert len(earlier) > 2
    assert verify_directory(log).ok
    for path in files_of(log):
        whole = path.read_bytes()
        path.unlink()
        assert is_found(log), path
        path.write_bytes(whole)
    assert verify_directory(log).ok


def test_bytes_and_lengths_of_a_larger_log(large: Path) -> None:
    random = Random(20261122)
    files = [path for path in files_of(large) if path.name != "prepared"]
    assert any(path.parts[-3:-1] == ("tile", "1") or path.parts[-4:-2] == ("tile", "1") for path in files)
    if MANY > 1000:
        files = random.sample(files, 40)
    for path in files:
        whole = path.read_bytes()
        for _ in range(SAMPLE):
            at = random.randrange(len(whole))
            changed = bytearray(whole)
            changed[at] ^= 1 << random.randrange(8)
            path.write_bytes(changed)
            assert is_found(large), (path, at)
            path.write_bytes(whole[:at])
            assert is_found(large), (path, at)
        path.unlink()
        assert is_found(large), path
        path.write_bytes(whole)
    assert verify_directory(large).ok
