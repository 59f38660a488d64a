"""A full disk: denials and erasures go on, everything else is refused, and all is well again when there is room."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess

import pytest

from consent import Link, Status, StoreUnavailableError
from gateway.lasting.reserve import PIECES, Reserve
from gateway.stores.database import RESERVE_FILE, Database
from gateway.stores.records import SqlRecords
from privacy import SubjectRef
from tests.unit.consent.material import DEFAULT, NOW, change
from tests.unit.gateway.stores.backends import RESERVE, RING, open_database

REC = "recommendations"
PEOPLE = [SubjectRef(number.to_bytes(16, "big")) for number in range(400)]


class FullDisk:
    """A disk that has no page left, except those that the reserve gives up."""

    def __init__(self, database: Database, monkeypatch, pages: int) -> None:
        self.database, self.pages = database, pages
        self._limit(self._count())
        released = Reserve.release

        def release(reserve: Reserve, pieces: int = 1) -> bool:
            gone = released(reserve, pieces)
            if gone:
                self._limit(self._count() + self.pages)
            return gone

        monkeypatch.setattr(Reserve, "release", release)
        monkeypatch.setattr(os, "posix_fallocate", self._refuse)

    def end(self, monkeypatch) -> None:
        monkeypatch.undo()
        self._limit(1 << 30)

    def _count(self) -> int:
        return self.database._connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def _limit(self, pages: int) -> None:
        self.database._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        self.database._connection.rollback()

    @staticmethod
    def _refuse(*_):
        raise OSError(errno.ENOSPC, "no space")


@pytest.fixture
def store(tmp_path):
    with open_database(tmp_path) as database:
        yield SqlRecords(database, RING)


def fill(store, people):
    """Grant until the disk refuses; the people who were taken."""
    known = []
    for person in people:
        try:
            store.record(person, [change(REC)], now=NOW, source="shop")
        except StoreUnavailableError:
            break
        known.append(person)
    return known


def test_a_withdrawal_and_an_erasure_work_on_a_full_disk_and_a_grant_does_not(store, tmp_path, monkeypatch):
    known = fill(store, PEOPLE[:60])
    disk = FullDisk(store._database, monkeypatch, pages=64)
    known += fill(store, PEOPLE[60:])
    assert len(known) < len(PEOPLE)
    refused = PEOPLE[len(known)]
    assert store.person_of(refused) is None

    for person in known[20:]:
        [event] = store.record(person, [change(REC, Status.WITHDRAWN)], now=NOW, source="shop")
        store.mark_sequenced({event.seq: event.seq})
        if (tmp_path / RESERVE_FILE).stat().st_size < RESERVE:
            break
    first_refusal = store.record(refused, [change(REC, Status.REFUSED)], now=NOW, source="shop")
    assert first_refusal[0].status is Status.REFUSED
    erasure = store.erase(known[11], now=NOW)
    store.mark_erasures_sequenced({erasure.erasure_id: 1})
    assert store.mismatches() == []

    with pytest.raises(StoreUnavailableError, match="kept for denials"):
        store.record(known[12], [change(REC)], now=NOW, source="shop")
    with pytest.raises(StoreUnavailableError, match="kept for denials"):
        store.link(Link(known[12], known[13], "shop", NOW))
    assert 0 < (tmp_path / RESERVE_FILE).stat().st_size < RESERVE, "a part of it is enough"

    disk.end(monkeypatch)
    assert store.record(known[12], [change(REC)], now=NOW, source="shop")[0].status is Status.RENEWED
    assert (tmp_path / RESERVE_FILE).stat().st_size == RESERVE


def test_grants_that_find_no_space_take_no_denial_down_with_them(store, monkeypatch):
    known = fill(store, PEOPLE[:60])
    FullDisk(store._database, monkeypatch, pages=64)
    known += fill(store, PEOPLE[60:])
    new = PEOPLE[len(known) : len(known) + 3]

    def write(person, status):
        return lambda: store.record(person, [change(REC, status)], now=NOW, source="shop")

    results = store.together(
        [
            write(new[0], Status.GIVEN),
            write(new[2], Status.GIVEN),
            write(known[0], Status.WITHDRAWN),
            write(new[1], Status.REFUSED),
            lambda: store.erase(known[1], now=NOW),
        ]
    )
    failed = [type(each.failure) for each in results]
    assert failed == [StoreUnavailableError] * 2 + [type(None)] * 3
    assert store.records_of(known[0])[REC].status is Status.WITHDRAWN
    assert store.records_of(new[1])[REC].status is Status.REFUSED
    assert store.records_of(new[0]) is store.records_of(new[2]) is store.records_of(known[1]) is None
    assert store.mismatches() == []


def test_without_a_reserve_to_give_up_even_a_denial_is_an_honest_failure(store, monkeypatch):
    known = fill(store, PEOPLE[:60])
    FullDisk(store._database, monkeypatch, pages=0)
    known += fill(store, PEOPLE[60:])
    store._database._reserve.release()
    failed = 0
    for person in PEOPLE[len(known) :]:
        try:
            store.record(person, [change(REC, Status.REFUSED)], now=NOW, source="shop")
        except StoreUnavailableError:
            failed += 1
    assert failed > 0
    assert store.mismatches() == []


def fill_the_disk(path):
    """Write until there is no block left."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as filler:
        while True:
            filler.write(bytes(4096))


def test_a_real_full_disk(tmp_path):
    """On a file system of its own, filled to the last block."""
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", small], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("file systems cannot be mounted here; the injected test above covers the same path")
    try:
        with open_database(small) as database:
            store = SqlRecords(database, RING)
            known = fill(store, PEOPLE[:60])
            fill_the_disk(small / "filler")
            assert fill(store, PEOPLE[60:]) != PEOPLE[50:]
            for person in known[:5]:
                assert store.record(person, [change(REC, Status.WITHDRAWN)], now=NOW, source="shop")
            assert store.erase(known[6], now=NOW) is not None
            assert store.mismatches() == []
            assert (small / RESERVE_FILE).stat().st_size < RESERVE
            (small / "filler").unlink()
            assert store.record(known[0], [change(REC)], now=NOW, source="shop")
            assert (small / RESERVE_FILE).stat().st_size == RESERVE
        with open_database(small) as database:
            assert SqlRecords(database, RING).signal_keys([1], DEFAULT.bits)
    finally:
        subprocess.run(["umount", small], check=True)


def test_the_reserve_is_taken_once_and_given_piece_by_piece(tmp_path):
    size = PIECES * 4096
    reserve = Reserve(tmp_path / "reserve", size)
    assert not reserve.taken
    assert not reserve.release()
    assert reserve.take()
    assert reserve.take()
    assert (tmp_path / "reserve").stat().st_blocks * 512 >= size
    for left in range(PIECES - 1, 0, -1):
        assert reserve.release()
        assert not reserve.taken
        assert (tmp_path / "reserve").stat().st_size == left * 4096
    assert reserve.release()
    assert not reserve.release()
    assert not (tmp_path / "reserve").exists()


def test_what_is_left_of_a_reserve_is_kept_while_there_is_no_room_for_the_rest(tmp_path, monkeypatch):
    size = PIECES * 4096
    reserve = Reserve(tmp_path / "reserve", size)
    assert reserve.take()
    assert reserve.release(10)
    again = Reserve(tmp_path / "reserve", size)
    with monkeypatch.context() as full:
        full.setattr(os, "posix_fallocate", FullDisk._refuse)
        assert not reserve.take()
        assert not again.take()
    assert (tmp_path / "reserve").stat().st_size == size - 10 * 4096
    assert again.release()
    assert again.take()
    assert again.taken


def test_an_attempt_takes_more_of_the_reserve_each_time(tmp_path):
    reserve = Reserve(tmp_path / "reserve", PIECES * 4096)
    reserve.take()
    left = [
        (tmp_path / "reserve").exists() and (tmp_path / "reserve").stat().st_size // 4096
        for _ in reserve.attempts()
    ]
    assert left == [64, 63, 61, 57, 49, 33, 1, False]


def test_a_reserve_that_cannot_be_had_is_not_pretended(tmp_path):
    assert not Reserve(tmp_path / "nowhere" / "reserve", 4096).take()
    assert not Reserve(tmp_path / "reserve", 1 << 60).take()
    assert not (tmp_path / "reserve").exists()
