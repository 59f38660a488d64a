"""Old segments of the write-ahead log go, announced; what stays of them is there, and the log is whole whatever interrupts it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Any

import pytest

from audit import (
    Announcement,
    Cause,
    CorruptionError,
    Disk,
    Entry,
    Explained,
    Kind,
    Minimum,
    Outcome,
    RollbackError,
    Sequencer,
    build_consistency,
    encode_entry,
    oldest_segment_kept,
    past_entries,
    prepare_base,
    prune,
    published_entries,
    read_announced,
    read_checkpoint,
    verify_consistency,
    verify_directory,
)
from audit.layout import reader_of, segment_starts
from tests.unit.audit.logs import SIGNER, SMALL, open_log, started

AT = 1_795_000_020
COUNT = 600
STATE = b"what the owner knows"


class Quick(Disk):
    """A disk that nobody takes the power from."""

    def sync(self, descriptor: int) -> None:
        pass

    def sync_directory(self, path: Path) -> None:
        pass


QUICK = Quick()


def use(number: int) -> bytes:
    """An entry of a kind that goes, or of one that stays."""
    kind, more = (Kind.CONSENT, {}) if number % 50 == 7 else (Kind.EVENT, {"tag": number.to_bytes(16, "big")})
    said: dict[str, Any] = {"commitment": number.to_bytes(32, "big"), **more}
    outcome = Outcome.DONE if kind is Kind.CONSENT else Outcome.ACCEPTED
    return encode_entry(Entry(kind=kind, outcome=outcome, at=AT + number // 10, **said))


async def fill(root: Path, first: int, count: int) -> None:
    log = await started(root, disk=QUICK)
    await log.wait_durable()
    for number in range(first, first + count, 10):
        numbers = range(number, number + 10)
        log.append_many([use(n) for n in numbers], [bytes([n % 251]) * 20 for n in numbers])
        await log.wait_durable()
    await log.close()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    asyncio.run(fill(tmp_path, 0, 300))
    (tmp_path / "old").write_bytes((tmp_path / "log" / "checkpoint").read_bytes())
    asyncio.run(fill(tmp_path, 300, COUNT - 300))
    return tmp_path


async def announce(root: Path, index: int, at_most: int, disk: Disk = QUICK) -> Minimum:
    """The steps before anything is deleted: what stays is written, then announced, then published."""
    log = await started(root, disk=disk)
    try:
        known = 0 if log.base is None else log.base.head.first
        first = oldest_segment_kept(root / "log", 1 << 40, known, at_most)
        digest = prepare_base(root / "log", first, log.base, lambda _: None, lambda: STATE, disk)
        detail = Announcement(index, first, digest).detail()
        entry = Entry(kind=Kind.RETENTION, outcome=Outcome.DONE, at=AT + 900, detail=detail)
        place = log.append(encode_entry(entry), reserved=True)
        await log.wait_durable()
    finally:
        await log.close()
    return Minimum(index, place)


def let_go(root: Path, index: int = 512, at_most: int = 500, disk: Disk = QUICK) -> Minimum:
    minimum = asyncio.run(announce(root, index, at_most, disk))
    prune(root / "log", minimum, disk)
    return minimum


def replayed(
    root: Path, replay_from: int = 0
) -> tuple[list[tuple[int, bytes, bytes]], list[tuple[int, bytes]]]:
    """What a start replays, and what it is told of a base."""
    found: list[tuple[int, bytes, bytes]] = []
    told: list[tuple[int, bytes]] = []
    log = open_log(
        root,
        disk=QUICK,
        on_record=lambda *record: found.append(record),
        on_base=lambda base: told.append((base.head.first, base.state)),
        replay_from=replay_from,
    )
    asyncio.run(log.close())
    return found, told


def everything(log: Sequencer) -> list[tuple[int, bytes, bytes]]:
    return log.read(0, 10_000)


def causes(root: Path) -> set[Explained]:
    return {each.cause for each in verify_directory(root, anchor=(root / "old").read_bytes()).findings}


def stays(record: tuple[int, bytes, bytes], first: int) -> bool:
    return record[0] >= first or b'"k":"event"' not in record[1]


def test_segments_go_and_what_is_not_a_use_stays(root: Path) -> None:
    before, _ = replayed(root)
    let_go(root)
    first = segment_starts(root / "log")[0]
    assert 300 < first <= 500
    assert causes(root) == set()
    report = verify_directory(root)
    assert (report.first, report.durable) == (first, report.size)
    after, told = replayed(root)
    assert told == [(first, STATE)]
    assert after[: len(before) - first] == before[first:]
    log = open_log(root, disk=QUICK)
    kept = [each for each in before if stays(each, first)]
    assert everything(log)[: len(kept)] == kept
    assert 5 < sum(index < first for index, _, _ in kept) < 20
    for index in (0, 7, 8, first - 1, first):  # one at a time: the next that is there
        assert log.read(index, 1) == [next(each for each in kept if each[0] >= index)]
    asyncio.run(log.close())
    assert [index for index, _ in past_entries(root / "log")][: len(kept)] == [index for index, *_ in kept]
    old, new = (
        read_checkpoint((root / name).read_bytes(), SIGNER.verifier) for name in ("old", "log/checkpoint")
    )
    proof = build_consistency(old.size, new.size, new.size, reader_of(root / "log"))
    assert verify_consistency(old.size, new.size, old.root, new.root, proof)


def test_nothing_is_replayed_twice_and_a_snapshot_behind_needs_no_base(root: Path) -> None:
    let_go(root)
    first = segment_starts(root / "log")[0]
    found, told = replayed(root, first + 3)
    assert told == []
    assert found[0][0] == first + 3


def test_segments_go_again_and_again_and_nothing_that_stayed_is_lost(root: Path) -> None:
    let_go(root, 256, 200)
    once = segment_starts(root / "log")[0]
    kept = [index for index, _ in past_entries(root / "log")]
    asyncio.run(fill(root, COUNT, 300))
    let_go(root, 768, 700)
    assert segment_starts(root / "log")[0] > once
    again = [index for index, _ in past_entries(root / "log")]
    assert [index for index in kept if index < once] == [index for index in again if index < once]
    assert len(list((root / "log" / "wal").glob("*.base"))) == 1
    assert causes(root) == set()
    asyncio.run(fill(root, COUNT + 300, 50))
    assert causes(root) == set()


class Killed(BaseException):
    """The process ended here."""


class Dying(Quick):
    """Does so many things, then the process ends."""

    def __init__(self, alive: int) -> None:
        self.left = alive

    def __getattribute__(self, name: str) -> Any:
        if name in {"create", "write", "sync", "rename", "unlink", "sync_directory"}:
            if self.left == 0:
                raise Killed
            self.left -= 1
        return super().__getattribute__(name)


def test_whatever_step_it_is_killed_at_the_log_is_whole_and_the_next_start_tidies(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    minimum = asyncio.run(announce(root, 512, 500))
    before, _ = replayed(root, 500)
    minimum = asyncio.run(announce(root, 512, 500))  # that start removed what nothing counted on
    steps = 0
    while True:
        copy = tmp_path_factory.mktemp("killed") / "copy"
        shutil.copytree(root, copy)
        try:
            prune(copy / "log", minimum, Dying(steps))
        except Killed:
            steps += 1
        else:
            break
        assert causes(copy) <= {Cause.LEFTOVER}
        after, _ = replayed(copy, 500)
        assert after[: len(before)] == before
        assert causes(copy) == set()
        again = minimum if (copy / "log" / "minimum").exists() else asyncio.run(announce(copy, 512, 500))
        prune(copy / "log", again)
        assert causes(copy) == set()
        assert 300 < segment_starts(copy / "log")[0] <= 500
        assert not (copy / "log" / "tile" / "entries" / "001").exists()
    assert steps > 10
    assert read_announced(copy / "log") == minimum
    assert causes(copy) == set()


def test_killed_while_it_is_prepared_nothing_has_happened(root: Path) -> None:
    first = oldest_segment_kept(root / "log", 1 << 40, 0, 500)
    before, _ = replayed(root)
    for alive in range(6):
        with pytest.raises(Killed):
            prepare_base(root / "log", first, None, lambda _: None, lambda: STATE, Dying(alive))
        assert causes(root) <= {Cause.LEFTOVER}
        after, told = replayed(root)
        assert (after, told) == (before, [])
        assert causes(root) == set()


def test_what_stays_is_held_to_the_announcement(root: Path) -> None:
    let_go(root)
    (path,) = (root / "log" / "wal").glob("*.base")
    good = path.read_bytes()
    for at in (0, 5, 20, 60, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        assert Cause.BAD_BASE in causes(root)
        with pytest.raises(CorruptionError):
            open_log(root, disk=QUICK)
    path.unlink()
    assert Cause.BAD_BASE in causes(root)
    with pytest.raises(CorruptionError):
        open_log(root, disk=QUICK)
    path.write_bytes(good)
    assert causes(root) == set()


def test_a_deleted_segment_is_missed_whatever_is_written_into_minimum(root: Path) -> None:
    minimum = asyncio.run(announce(root, 512, 500))
    starts = segment_starts(root / "log")
    path = root / "log" / "wal" / f"{starts[0]:016d}.wal"
    path.unlink()
    assert Cause.SEGMENT_MISSING in causes(root)
    with pytest.raises(CorruptionError, match="missing"):
        open_log(root, disk=QUICK)
    (root / "log" / "minimum").write_text(f"512\n{minimum.announced - 1}\n")
    assert {Cause.BAD_MINIMUM, Cause.SEGMENT_MISSING} <= causes(root)
    with pytest.raises(CorruptionError, match="missing"):
        open_log(root, disk=QUICK)


def test_more_segments_than_announced_are_missed(root: Path) -> None:
    let_go(root, 512, 300)
    starts = segment_starts(root / "log")
    (root / "log" / "wal" / f"{starts[0]:016d}.wal").unlink()
    assert Cause.SEGMENT_MISSING in causes(root)
    with pytest.raises(CorruptionError, match="missing"):
        open_log(root, disk=QUICK)


def test_an_older_copy_is_still_refused(root: Path, tmp_path: Path) -> None:
    log = root / "log"
    older = {path: path.read_bytes() for path in log.rglob("*") if path.is_file()}
    let_go(root)
    for path in [path for path in log.rglob("*") if path.is_file() and path not in older]:
        path.unlink()
    for path, data in older.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    with pytest.raises(RollbackError):
        open_log(root, disk=QUICK)


def test_nothing_goes_that_is_too_young_or_not_published(root: Path) -> None:
    log = root / "log"
    assert oldest_segment_kept(log, AT, 0, COUNT) == 0
    assert oldest_segment_kept(log, 1 << 40, 0, 0) == 0
    middle = oldest_segment_kept(log, AT + 30, 0, COUNT)
    assert 250 < middle <= 301
    entries = dict(published_entries(log))
    assert all(b'"t":%d' % (AT + 30) not in entries[index] for index in range(middle))
    with pytest.raises(CorruptionError):
        prune(log, Minimum(512, COUNT + 40))
    assert SMALL.segment_bytes < 8192  # else a log of a few hundred entries has no old segments
