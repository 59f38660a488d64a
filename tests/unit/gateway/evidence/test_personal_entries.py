"""Running numbers: whatever fails, no tag is skipped and none is used twice."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from audit import LogUnavailableError
from gateway.evidence.personal_entries import PersonalEntries
from gateway.memory.owners import EntryOwners
from gateway.memory.people import NOBODY, People
from privacy import SubjectRef, derive_evidence
from tests.fault.audit.disks import FailingDisk
from tests.unit.audit.logs import entry, limits, started

ADA, BEA = 0, 1


class Log:
    """A log of which the test says what becomes of its frame."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.size = 0
        self.waiting: list[tuple[Callable[[BaseException | None], None], Callable[[], None]]] = []

    def append_many(self, entries: list[bytes], _sealed: list[bytes], *, reserved: bool) -> int:
        if self.full and not reserved:
            raise LogUnavailableError("full")
        self.size += len(entries)
        return self.size - len(entries)

    def when_durable(
        self, callback: Callable[[BaseException | None], None], undo: Callable[[], None]
    ) -> None:
        self.waiting.append((callback, undo))

    def settle(self, failure: BaseException | None = None) -> None:
        for _, undo in self.waiting:
            if failure is not None:
                undo()
        for callback, _ in self.waiting:
            callback(failure)


@pytest.fixture
def people() -> People:
    found = People()
    for name in (b"a", b"b"):
        found.add(SubjectRef(name * 16), 0, name * 32)
    return found


def entries_of(people: People, log: Any) -> tuple[PersonalEntries, EntryOwners]:
    owners = EntryOwners()
    return PersonalEntries(people, log, owners), owners


async def test_what_is_durable_is_owned_and_counted(people: People) -> None:
    log = Log()
    entries, owners = entries_of(people, log)
    slots = [ADA, NOBODY, ADA]
    with people.numbers_kept(slots):
        people.take_numbers([ADA, ADA])
        durable = entries.append_durably([b"x"] * 3, [b""] * 3, slots)
    log.settle()
    assert await durable == 0
    assert [owners.of(index) for index in range(3)] == slots
    assert list(people.number) == [2, 0]


async def test_a_lost_frame_gives_the_numbers_back_before_anybody_learns_of_it(people: People) -> None:
    log = Log()
    entries, _ = entries_of(people, log)
    seen: list[list[int]] = []
    slots = [BEA, ADA, NOBODY, BEA]
    with people.numbers_kept(slots):
        people.take_numbers([BEA, ADA, BEA])
        entries.append([b"x"] * 4, [b""] * 4, slots, lambda failure: seen.append(list(people.number)))
    log.settle(LogUnavailableError("lost"))
    assert seen == [[0, 0]]


async def test_what_gets_the_place_of_a_lost_entry_is_not_that_persons(people: People) -> None:
    log = Log()
    entries, owners = entries_of(people, log)
    with people.numbers_kept([ADA]):
        people.take_numbers([ADA])
        entries.append([b"x"], [b""], [ADA], lambda _failure: None)
    assert owners.of(0) == ADA
    log.settle(LogUnavailableError("lost"))
    assert owners.of(0) == NOBODY


async def test_whoever_waits_for_a_lost_frame_is_told(people: People) -> None:
    log = Log()
    entries, _ = entries_of(people, log)
    durable = entries.append_durably([b"x"], [b""], [NOBODY])
    log.settle(LogUnavailableError("lost"))
    with pytest.raises(LogUnavailableError):
        await durable


async def test_a_log_that_takes_nothing_leaves_the_numbers_and_the_owners(people: People) -> None:
    entries, owners = entries_of(people, Log(full=True))

    def append() -> None:
        with people.numbers_kept([ADA]):
            people.evidence(ADA)
            entries.append_durably([b"x"], [b""], [ADA])

    with pytest.raises(LogUnavailableError):
        append()
    assert list(people.number) == [0, 0]
    assert owners.of(0) == NOBODY


def test_whatever_fails_half_way_leaves_the_numbers(people: People) -> None:
    def fail() -> None:
        with people.numbers_kept([BEA, ADA, BEA, NOBODY]):
            people.evidence(BEA)
            people.evidence(ADA)
            raise OSError("down")

    people.evidence(BEA)
    with pytest.raises(OSError, match="down"):
        fail()
    assert list(people.number) == [0, 1]


async def test_whoever_writes_again_when_told_of_a_lost_frame_uses_the_numbers_of_before(
    tmp_path: Path, people: People
) -> None:
    is_full = False
    disk = FailingDisk(
        lambda tried, path: is_full and tried == "write" and path.endswith(".wal"), errno.ENOSPC
    )
    log = await started(tmp_path, disk=disk, limits=limits(segment_bytes=1 << 16))
    await log.wait_durable()
    entries, owners = entries_of(people, log)
    tags: list[bytes] = []
    done: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()

    def write(settled: Callable[[BaseException | None], None]) -> int:
        with people.numbers_kept([ADA]):
            tags.append(people.evidence(ADA)[0])
            return entries.append([entry(len(tags))], [b""], [ADA], settled, reserved=True)

    def write_again(_failure: BaseException | None) -> None:
        nonlocal is_full
        is_full = False
        write(done.set_result)

    is_full = True
    first = write(write_again)
    write(lambda _failure: None)
    assert await done is None
    assert tags == [derive_evidence(b"a" * 32, number)[0] for number in (0, 1, 0)]
    assert (people.number[ADA], owners.of(first), owners.of(first + 1)) == (1, ADA, NOBODY)
    await log.close()
