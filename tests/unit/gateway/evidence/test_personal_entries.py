"""Running numbers: whatever fails, no tag is skipped and none is used twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from audit import LogUnavailableError
from gateway.evidence.personal_entries import PersonalEntries
from gateway.memory.owners import EntryOwners
from gateway.memory.people import NOBODY, People
from privacy import SubjectRef

ADA, BEA = 0, 1


class Log:
    """A log of which the test says what becomes of its frame."""

    def __init__(self, *, full: bool = False) -> None:
        self.full = full
        self.size = 0
        self.waiting: list[Callable[[BaseException | None], None]] = []

    def append_many(self, entries: list[bytes], _sealed: list[bytes], *, reserved: bool) -> int:
        if self.full and not reserved:
            raise LogUnavailableError("full")
        self.size += len(entries)
        return self.size - len(entries)

    def when_durable(self, callback: Callable[[BaseException | None], None]) -> None:
        self.waiting.append(callback)

    def settle(self, failure: BaseException | None = None) -> None:
        for each in self.waiting:
            each(failure)


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
