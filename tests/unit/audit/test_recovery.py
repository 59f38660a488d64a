"""Opening a log: a torn write is cut off, everything else that is not as it was is refused, and nothing is changed then."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from audit import AuditError, CorruptionError, Kind, RollbackError, decode_entry, verify_directory
from audit.frames import HEADER_BYTES, read_header
from tests.unit.audit.logs import entry, limits, open_log, records, write_log

COUNT = 12
"""Entries besides the boot entry; some are in each of several segments of the small logs here."""
TINY = limits(segment_bytes=1024, reserve_bytes=512)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A closed log of several segments, one entry in each frame."""
    write_log(tmp_path, COUNT, limits=TINY)
    assert len(segments(tmp_path)) >= 3
    return tmp_path


@pytest.fixture
def unpublished(tmp_path: Path) -> Path:
    """A log whose last entries no checkpoint covers, in one segment."""
    write_log(tmp_path, 3)
    published = tmp_path / "published"
    shutil.copytree(tmp_path / "log", published)
    head = (tmp_path / "keys" / "head").read_bytes()
    write_log(tmp_path, COUNT, first=3)
    for name in ("checkpoint", "tile"):
        _replace(tmp_path / "log" / name, published / name)
    shutil.rmtree(published)
    (tmp_path / "keys" / "head").write_bytes(head)
    return tmp_path


def segments(root: Path) -> list[Path]:
    return sorted((root / "log" / "wal").glob("*.wal"))


def frames(segment: Path) -> list[tuple[int, int]]:
    """First and last offset of each frame."""
    data, at, found = segment.read_bytes(), 0, []
    while header := read_header(data, at):
        found.append((at, at + header.end))
        at += header.end
    return found


def _replace(target: Path, source: Path) -> None:
    if source.is_dir():
        shutil.rmtree(target)
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)


def contents(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def refuse(root: Path, error: type[AuditError]) -> AuditError:
    """The log is refused, and not a byte of it changed."""
    before = contents(root)
    with pytest.raises(error) as caught:
        open_log(root, limits=TINY)
    assert contents(root) == before
    return caught.value


def goes_on(root: Path, first: int = 500) -> list[bytes]:
    """The log goes on by itself; returns the entries that tests wrote."""
    write_log(root, 2, first=first)
    report = verify_directory(root)
    assert report.ok, report.findings
    found = [body for _, body, _ in records(root)]
    assert report.size == report.durable == len(found)
    return [body for body in found if decode_entry(body).kind is Kind.ADMIN]


def boots(root: Path) -> list[int]:
    """How many bytes each start has cut off."""
    found = [decode_entry(body) for _, body, _ in records(root)]
    return [int(each.detail["truncated"]) for each in found if each.kind is Kind.BOOT]


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 4
    path.write_bytes(data)


def test_a_frame_cut_short_anywhere_is_cut_off_and_told(unpublished: Path) -> None:
    last = segments(unpublished)[-1]
    begin, end = frames(last)[-1]
    whole = contents(unpublished)
    for length in (
        begin + 1,
        begin + HEADER_BYTES - 1,
        begin + HEADER_BYTES,
        begin + HEADER_BYTES + 30,
        end - 1,
    ):
        shutil.rmtree(unpublished / "log")
        for name, data in whole.items():
            (unpublished / name).parent.mkdir(parents=True, exist_ok=True)
            (unpublished / name).write_bytes(data)
        with last.open("r+b") as file:
            file.truncate(length)
        assert goes_on(unpublished) == [entry(n) for n in (*range(COUNT + 2), 500, 501)]
        assert boots(unpublished) == [0, 0, length - begin]


def test_a_torn_frame_in_room_that_was_laid_out_is_cut_off(unpublished: Path) -> None:
    last = segments(unpublished)[-1]
    begin, end = frames(last)[-1]
    data = last.read_bytes()
    last.write_bytes(data[: begin + 40] + bytes(60) + data[begin + 100 : end] + bytes(4096 - end))
    assert goes_on(unpublished)[-3:] == [entry(COUNT + 1), entry(500), entry(501)]
    assert boots(unpublished)[-1] == end - begin


def test_room_that_was_never_used_is_no_torn_write(unpublished: Path) -> None:
    last = segments(unpublished)[-1]
    with last.open("r+b") as file:
        file.truncate(4096)
    assert goes_on(unpublished)[-3:] == [entry(COUNT + 2), entry(500), entry(501)]
    assert boots(unpublished) == [0, 0, 0]


@pytest.mark.parametrize("room", [0, 4096], ids=["empty", "only room"])
def test_a_segment_without_a_frame_at_the_end_is_removed(log: Path, room: int) -> None:
    # What a crash between making a segment and writing its first frame leaves behind.
    (log / "log" / "wal" / f"{COUNT + 1:016d}.wal").write_bytes(bytes(room))
    assert goes_on(log) == [entry(n) for n in (*range(COUNT), 500, 501)]
    assert boots(log) == [0, 0]


def test_a_segment_without_a_frame_in_the_middle_is_damage(log: Path) -> None:
    segments(log)[1].write_bytes(b"")
    (log / "log" / "checkpoint").unlink()  # so that everything is read
    refuse(log, CorruptionError)


def test_bytes_after_the_last_frame_are_cut_off(log: Path) -> None:
    with segments(log)[-1].open("ab") as file:
        file.write(b"VWL1 and no frame")
    assert goes_on(log) == [entry(n) for n in (*range(COUNT), 500, 501)]
    assert boots(log) == [0, 17]


def test_a_damaged_frame_with_a_good_one_behind_it_is_refused(unpublished: Path) -> None:
    last = segments(unpublished)[-1]
    begin, _ = frames(last)[-2]
    flip(last, begin + HEADER_BYTES + 10)
    found = refuse(unpublished, CorruptionError)
    assert isinstance(found, CorruptionError)
    assert found.index == COUNT + 3


def test_a_damaged_frame_in_an_earlier_segment_is_refused(log: Path) -> None:
    (log / "log" / "checkpoint").unlink()
    flip(segments(log)[0], frames(segments(log)[0])[-1][0] + HEADER_BYTES + 10)
    refuse(log, CorruptionError)


def test_a_damaged_last_frame_is_refused_if_it_was_published(log: Path) -> None:
    flip(segments(log)[-1], frames(segments(log)[-1])[-1][0] + HEADER_BYTES + 10)
    refuse(log, CorruptionError)


@pytest.mark.parametrize("which", [0, 1, -1], ids=["first", "middle", "last"])
def test_a_missing_segment_is_refused(log: Path, which: int) -> None:
    (log / "log" / "checkpoint").unlink()
    segments(log)[which].unlink()
    refuse(log, RollbackError if which == -1 else CorruptionError)


def test_a_file_among_the_segments_that_is_none_is_refused(log: Path) -> None:
    (log / "log" / "wal" / "copy of 0.wal").write_bytes(b"")
    refuse(log, CorruptionError)


@pytest.mark.parametrize("harm", ["emptied", "cut in its first frame", "another begins it"])
def test_an_earlier_segment_that_does_not_begin_with_its_frame_is_refused(log: Path, harm: str) -> None:
    first, second = segments(log)[:2]
    whole = first.read_bytes()
    first.write_bytes(
        {"emptied": b"", "cut in its first frame": whole[: HEADER_BYTES + 1]}.get(harm, second.read_bytes())
    )
    refuse(log, CorruptionError)


@pytest.mark.parametrize("signed", [False, True], ids=["and checkpoint", "alone"])
def test_tiles_that_are_lost_are_written_again(log: Path, *, signed: bool) -> None:
    if not signed:
        (log / "log" / "checkpoint").unlink()
    shutil.rmtree(log / "log" / "tile")
    assert goes_on(log) == [entry(n) for n in (*range(COUNT), 500, 501)]


@pytest.mark.parametrize("pattern", ["tile/0/000.p/*", "tile/entries/000.p/*"])
@pytest.mark.parametrize("harm", [Path.unlink, lambda path: flip(path, 40)], ids=["missing", "changed"])
def test_tiles_that_do_not_match_the_checkpoint_are_refused(
    log: Path, pattern: str, harm: Callable[[Path], None]
) -> None:
    (tile,) = (log / "log").glob(pattern)
    harm(tile)
    refuse(log, CorruptionError)


def test_a_changed_checkpoint_is_refused(log: Path) -> None:
    whole = (log / "log" / "checkpoint").read_bytes()
    for at in range(len(whole)):
        flip(log / "log" / "checkpoint", at)
        refuse(log, CorruptionError)
        (log / "log" / "checkpoint").write_bytes(whole)


def test_a_changed_head_is_refused(log: Path) -> None:
    head = log / "keys" / "head"
    whole = head.read_bytes()
    for at in range(len(whole)):
        flip(head, at)
        refuse(log, AuditError)
        head.write_bytes(whole)
    for length in range(len(whole)):
        head.write_bytes(whole[:length])
        refuse(log, AuditError)
    head.unlink()
    refuse(log, RollbackError)


def test_every_older_copy_is_refused_beside_the_newer_rest(tmp_path: Path) -> None:
    write_log(tmp_path, 5)
    older = tmp_path / "older"
    for name in ("log", "keys"):
        shutil.copytree(tmp_path / name, older / name)
    write_log(tmp_path, 5, first=5)
    newer = contents(tmp_path)
    for name in ("log", "keys"):
        shutil.rmtree(tmp_path / name)
        shutil.copytree(older / name, tmp_path / name)
        refuse(tmp_path, RollbackError)
        for path, data in newer.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_bytes(data)
        for path in (tmp_path / name).rglob("*"):
            if path.is_file() and path.relative_to(tmp_path).as_posix() not in newer:
                path.unlink()
    shutil.rmtree(older)
    assert goes_on(tmp_path) == [entry(n) for n in (*range(10), 500, 501)]


def test_a_start_that_is_refused_says_the_step_that_brings_back_nobody() -> None:
    assert "only the file `head`" in RollbackError.hint
    assert "keep its `erased` and `withdrawn`" in RollbackError.hint
    assert "both directories" not in RollbackError.hint


def test_an_older_checkpoint_with_its_tiles_is_brought_up_to_date(unpublished: Path) -> None:
    # A crash between two checkpoints looks just like it, and the write-ahead log has everything.
    assert goes_on(unpublished) == [entry(n) for n in (*range(COUNT + 3), 500, 501)]


def test_another_history_of_the_same_length_is_refused(tmp_path: Path) -> None:
    write_log(tmp_path, 5)
    other = tmp_path / "other"
    other.mkdir()
    write_log(other, 5, first=1)
    shutil.copyfile(other / "keys" / "head", tmp_path / "keys" / "head")
    refuse(tmp_path, RollbackError)
    shutil.rmtree(tmp_path / "log" / "wal")
    shutil.copytree(other / "log" / "wal", tmp_path / "log" / "wal")
    (tmp_path / "log" / "checkpoint").write_bytes((other / "log" / "checkpoint").read_bytes())
    refuse(tmp_path, CorruptionError)


def test_another_history_behind_the_checkpoint_is_refused_by_the_head(unpublished: Path) -> None:
    other = unpublished / "other"
    other.mkdir()
    write_log(other, 3)
    write_log(other, COUNT, first=4)
    shutil.copyfile(other / "keys" / "head", unpublished / "keys" / "head")
    shutil.rmtree(other)
    refuse(unpublished, RollbackError)


@pytest.mark.parametrize("replay_from", range(COUNT + 2))
def test_records_are_replayed_from_where_it_is_asked(log: Path, replay_from: int) -> None:
    found: list[int] = []
    again = open_log(
        log, limits=TINY, on_record=lambda index, body, half: found.append(index), replay_from=replay_from
    )
    asyncio.run(again.close())
    assert found == list(range(replay_from, COUNT + 1))
