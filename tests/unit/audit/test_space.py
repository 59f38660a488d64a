"""The reserve becomes a segment; where a full disk refuses even that, what it gives back is used."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from audit.limits import LogLimits
from audit.space import Space
from tests.fault.audit.disks import FailingDisk
from tests.unit.audit.logs import limits

LIMITS: LogLimits = limits(segment_bytes=16_384, reserve_bytes=8192)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "wal").mkdir()
    (tmp_path / "reserve").write_bytes(bytes(LIMITS.reserve_bytes))
    return tmp_path


def full_for(log: Path, operation: str) -> FailingDisk:
    """A disk that has room for a segment only when the reserve has been given up, and fails one operation once."""
    left = 1

    def refuses(tried: str, _path: str) -> bool:
        nonlocal left
        if tried == operation and left:
            left -= 1
            return True
        return tried == "allocate" and (log / "reserve").exists()

    return FailingDisk(refuses, errno.ENOSPC)


def test_a_name_that_has_no_room_costs_the_reserve_and_not_the_withdrawal(log: Path) -> None:
    space = Space(log, full_for(log, "rename"), LIMITS)
    descriptor, size = space.open_segment(log / "wal/0.wal", 100)
    os.close(descriptor)
    assert size == 4096
    assert [path.name for path in (log / "wal").iterdir()] == ["0.wal"]
    assert not (log / "reserve").exists()


@pytest.mark.parametrize("operation", ["cut", "sync"])
def test_a_reserve_that_cannot_be_made_a_segment_does_not_stand_in_the_way_of_the_next_try(
    log: Path, operation: str
) -> None:
    disk = full_for(log, operation)
    space = Space(log, disk, LIMITS)
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        space.open_segment(log / "wal/0.wal", 100)
    descriptor, _ = space.open_segment(log / "wal/0.wal", 100)
    os.close(descriptor)


@pytest.mark.parametrize("is_prepared", [False, True])
def test_a_directory_that_cannot_be_opened_for_want_of_descriptors_leaves_nothing_behind(
    log: Path, is_prepared: bool
) -> None:
    """The last descriptor went to the segment: it is given back, and the next try finds everything as it was."""
    left = 1

    def refuses(tried: str, path: str) -> bool:
        nonlocal left
        if tried == "sync_directory" and path.endswith("wal") and left:
            left -= 1
            return True
        return False

    if is_prepared:
        (log / "wal/prepared").write_bytes(bytes(LIMITS.segment_bytes))
    space = Space(log, FailingDisk(refuses, errno.EMFILE), LIMITS)
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        space.open_segment(log / "wal/0.wal", 100)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before  # what others left open may be closed by now
    assert not (log / "wal/0.wal").exists()
    descriptor, size = space.open_segment(log / "wal/0.wal", 100)
    os.close(descriptor)
    assert size == LIMITS.segment_bytes
