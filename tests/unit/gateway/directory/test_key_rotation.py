"""Rotation of the key-encryption key: killed at every step it loses nothing, and run again it ends."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
from pathlib import Path

import pytest

import gateway.bootstrap as bootstrap
import gateway.wiring.recovery as recovery
from audit import Kind, LockedError, decode_entry, verify_directory
from gateway.bootstrap import open_gateway, open_stopped
from gateway.cli.entry import main
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from gateway.directory.key_rotation import Rotation, rotate
from gateway.errors import DirectoryError, KeysInUseError
from gateway.settings.reading import load_settings
from gateway.stores import subject_keys
from gateway.stores.database import DATABASE_FILE, Database
from gateway.stores.records import SqlRecords
from privacy import KeyEpochError, SubjectRef, create_next_kek, load_key_ring
from tests.requirement import whole_campaign
from tests.unit.consent.material import DEFAULT, NOW, change

PEOPLE = [SubjectRef(bytes([number]) * 16) for number in range(1, 6)]
KEYS = 5 + 2 * 5
"""One evidence key each, and two signal keys."""


@pytest.fixture
def directory(tmp_path):
    """A directory in which some people consented."""
    path = tmp_path / "shop"
    initialise(path)
    database = Database.open(path)
    records = SqlRecords(database, load_key_ring(keys_of(path)))
    for person in PEOPLE:
        grants = [change("recommendations"), change("analytics")]
        records.record(person, grants, now=NOW, source="shop")
    database.close()
    return path


def keys_of(directory: Path) -> Path:
    return directory.with_name(directory.name + ".keys")


def epochs(directory):
    return set(load_key_ring(keys_of(directory)).epochs)


def opened(directory):
    """Everybody's keys, with whatever is in the keys directory."""
    database = Database.open(directory)
    try:
        records = SqlRecords(database, load_key_ring(keys_of(directory)))
        people = [(row.subject, row.evidence_key) for row in records.load_people()]
        return people, records.signal_keys(range(1, 6), DEFAULT.bits), records.count_older()
    finally:
        database.close()


async def run(directory):
    settings = load_settings(directory)
    async with open_stopped(settings) as stopped:
        return await rotate(stopped, settings.keys_dir, now=NOW, entropy=os.urandom)


def key_entries(directory):
    found = []
    log = recovery.open_log(
        load_settings(directory), Clock(), lambda _, entry, __: found.append(decode_entry(entry))
    )
    asyncio.run(log.close())
    return [entry for entry in found if entry.kind is Kind.KEY]


def test_everything_opens_with_the_new_key_and_the_old_one_is_gone(directory):
    before = opened(directory)
    shutil.copy(directory / DATABASE_FILE, directory.with_name("backup.db"))
    assert asyncio.run(run(directory)) == Rotation(epoch=2, rewrapped=KEYS, destroyed=1)
    assert epochs(directory) == {2}
    assert opened(directory) == before
    assert verify_directory(directory).findings == ()

    shutil.copy(directory.with_name("backup.db"), directory / DATABASE_FILE)
    with pytest.raises(KeyEpochError):
        opened(directory)


def test_the_command_says_what_it_did_and_can_be_run_every_month(directory, capsys):
    assert main(["keys", "rotate", str(directory)]) == 0
    assert main(["keys", "rotate", str(directory)]) == 0
    told = capsys.readouterr().out.split("\n")
    assert told[:3] == ["epoch     2", f"wrapped   {KEYS} keys anew", "destroyed 1 old key-encryption key"]
    assert told[3] == "epoch     3"
    assert epochs(directory) == {3}
    assert [entry.detail["epoch"] for entry in key_entries(directory)] == [2, 3]


def test_a_gateway_that_runs_is_not_rotated_under_its_feet(directory):
    async def story():
        async with open_gateway(load_settings(directory)):
            with pytest.raises(LockedError):
                await run(directory)

    asyncio.run(story())
    assert epochs(directory) == {1}


def test_a_gateway_that_read_its_keys_before_a_rotation_does_not_start(directory, monkeypatch):
    recover = bootstrap.recover

    def rotated_meanwhile(*arguments):
        create_next_kek(keys_of(directory), os.urandom)
        return recover(*arguments)

    async def start():
        async with open_gateway(load_settings(directory)):
            pass

    monkeypatch.setattr(bootstrap, "recover", rotated_meanwhile)
    with pytest.raises(DirectoryError, match="rotated during the start"):
        asyncio.run(start())


def test_a_key_that_still_opens_something_is_kept(directory, monkeypatch):
    monkeypatch.setattr(SqlRecords, "count_older", lambda _: 1)
    with pytest.raises(KeysInUseError):
        asyncio.run(run(directory))
    monkeypatch.undo()
    assert epochs(directory) == {1, 2}
    assert asyncio.run(run(directory)) == Rotation(epoch=2, rewrapped=0, destroyed=1)


OLD_KEY_GONE = -1
"""As a step: the first one after the old key was destroyed."""


def die_before(step):
    """Kill this process before its `step`-th change of the disk; returns how many changes there were so far."""
    done, is_gone = [0], [False]

    def counted(change):
        def instead(*arguments, **named):
            if done[0] == step or (is_gone[0] and step == OLD_KEY_GONE):
                os.kill(os.getpid(), signal.SIGKILL)
            done[0] += 1
            result = change(*arguments, **named)
            is_gone[0] |= change is unlink and str(arguments[0]).endswith("kek-1.key")
            return result

        return instead

    unlink = os.unlink
    for name in ("fsync", "fdatasync", "link", "unlink", "rename", "pwrite"):
        setattr(os, name, counted(getattr(os, name)))
    Database.write = counted(Database.write)
    subject_keys._REWRAP_CHUNK = 4
    return done


def run_until(step, directory, steps):
    done = die_before(step)
    asyncio.run(run(directory))
    steps.value = done[0]


def test_killed_at_every_step_it_loses_nothing_and_ends_when_it_is_run_again(directory):
    before = opened(directory)
    context = multiprocessing.get_context("fork")
    total = context.Value("i", 0)

    def run_on_copy(step):
        copy = directory.with_name("copy")
        shutil.copytree(directory, copy)
        shutil.copytree(keys_of(directory), keys_of(copy))
        child = context.Process(target=run_until, args=(step, copy, total))
        child.start()
        child.join()
        return copy, child.exitcode

    def remove(copy):
        shutil.rmtree(copy)
        shutil.rmtree(keys_of(copy))

    copy, code = run_on_copy(None)
    assert code == 0
    remove(copy)
    end = total.value
    stride = 1 if whole_campaign() else 7
    seen = set()
    for step in (*range(0, end, stride), OLD_KEY_GONE):
        copy, code = run_on_copy(step)
        if code == 0:  # how many changes there are depends on how the threads meet
            assert step > end // 2
            remove(copy)
            continue
        assert code == -signal.SIGKILL
        seen.add(frozenset(epochs(copy)))
        assert keys_in(opened(copy)) == keys_in(before), step

        asyncio.run(run(copy))
        assert len(epochs(copy)) == 1, step
        assert opened(copy) == before, step
        assert not list(keys_of(copy).glob("*.new"))
        assert key_entries(copy)
        assert verify_directory(copy).findings == (), step
        remove(copy)
    assert seen == {frozenset({1}), frozenset({1, 2}), frozenset({2})}
    assert end > 20


def keys_in(state):
    """The keys, however many of them are wrapped under an older key."""
    return state[:2]
