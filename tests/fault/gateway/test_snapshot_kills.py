"""Killed at any step of writing a snapshot, a start reads one: the one before or the new one, and never what the key is no longer for."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import pytest

from gateway import snapshots
from gateway.background import state_keeper
from gateway.snapshot_file import SnapshotFile
from tests.journey.in_process import inside
from tests.journey.shop import item, view
from tests.requirement import whole_campaign

CHANGES = ("open", "mkdir", "fsync", "rename", "replace", "unlink")
TRIES = 300
FORK = multiprocessing.get_context("fork")


class Counter(Protocol):
    """A number that two processes share."""

    value: int


def die_before(step: int | None) -> list[int]:
    """Kill this process before its `step`-th change of the disk from now; what is returned counts them."""
    done = [0]

    def counted(change: Callable[..., object]) -> Callable[..., object]:
        def instead(*arguments: object, **named: object) -> object:
            if done[0] == step:
                os.kill(os.getpid(), signal.SIGKILL)
            done[0] += 1
            return change(*arguments, **named)

        return instead

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
    return done


def killed_in(run: Callable[[], None]) -> bool:
    """Whether a process that runs this is killed; it must not fail."""
    child = FORK.Process(target=run)
    child.start()
    child.join()
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


class Place:
    """Where a snapshot and its key are."""

    def __init__(self, root: Path) -> None:
        self.root = root

    @property
    def file(self) -> SnapshotFile:
        """As a process finds it that has just started."""
        return SnapshotFile(self.root / "snapshot" / "state", self.root / "snapshot.key")

    def copy(self, name: str) -> Place:
        target = self.root.with_name(name)
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(self.root, target)
        return Place(target)

    def write(self, content: bytes, step: int | None) -> bool:
        """Start, read, and write a snapshot; whether that was killed before this step."""

        def run() -> None:
            file = self.file
            file.read()
            die_before(step)
            file.write([content])

        return killed_in(run)

    def destroy(self, step: int) -> bool:
        def run() -> None:
            die_before(step)
            self.file.destroy()

        return killed_in(run)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    found = Place(tmp_path / "first")
    found.root.mkdir()
    found.file.write([b"first"])
    return found


def test_killed_at_two_steps_of_two_snapshots_there_is_always_one_to_read(place: Place) -> None:
    seen, steps = set(), 0
    while (once := place.copy("once")).write(b"second", steps):
        before = once.file.read()
        assert before in (b"first", b"second"), steps
        again = 0
        while (twice := once.copy("twice")).write(b"third", again):
            assert twice.file.read() in (before, b"third"), (steps, again)
            seen.add((before, twice.file.read()))
            again += 1
        assert twice.file.read() == b"third"
        assert sorted(each.name for each in (twice.root / "snapshot").iterdir()) == ["state"]
        steps += 1
    assert steps >= 8
    assert seen == {(before, after) for before in (b"first", b"second") for after in (before, b"third")}


def test_an_older_file_is_not_read_under_either_name_whichever_step_was_the_last(place: Place) -> None:
    older = (place.root / "snapshot" / "state").read_bytes()
    place.file.write([b"second"])
    step = 0
    while (copy := place.copy("copy")).write(b"third", step):
        for name in ("state", "state.new"):
            (copy.root / "snapshot" / name).write_bytes(older)
        assert copy.file.read() is None, step
        step += 1


def test_once_the_key_is_replaced_the_one_before_is_not_read_again(place: Place) -> None:
    step = 0
    while (copy := place.copy("copy")).write(b"second", step):
        if (copy.root / "snapshot.key").read_bytes() != (place.root / "snapshot.key").read_bytes():
            (copy.root / "snapshot" / "state.new").unlink(missing_ok=True)
            shutil.copy(place.root / "snapshot" / "state", copy.root / "snapshot" / "state")
            assert copy.file.read() is None, step
        step += 1


def test_what_is_to_be_destroyed_is_unreadable_first_and_leaves_nothing(place: Place) -> None:
    at = 0
    while (stopped := place.copy("stopped")).write(b"second", at):
        step = 0
        while (copy := stopped.copy("copy")).destroy(step):
            assert copy.file.read() in (stopped.file.read(), None)
            step += 1
        assert list((copy.root / "snapshot").iterdir()) == []
        assert [each.name for each in copy.root.iterdir()] == ["snapshot"]
        at += 1


def test_the_name_of_what_is_staged_is_durable_before_its_key_is(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str]] = []
    replace, fsync = os.replace, os.fsync

    def seen_replace(source: Path, target: Path) -> None:
        done.append(("name", Path(target).name))
        replace(source, target)

    def seen_fsync(handle: int) -> None:
        done.append(("synced", Path(f"/proc/self/fd/{handle}").readlink().name))
        fsync(handle)

    monkeypatch.setattr(os, "replace", seen_replace)
    monkeypatch.setattr(os, "fsync", seen_fsync)
    place.file.write([b"second"])
    assert done == [
        ("synced", "state.new"),
        ("synced", "snapshot"),
        ("synced", "snapshot.key.new"),
        ("name", "snapshot.key"),
        ("synced", place.root.name),
        ("name", "state"),
        ("synced", "snapshot"),
    ]


async def live(directory: Path) -> None:
    async with inside(directory) as served:
        await served.stock()
        assert (await served.consent("ada", "given")).status_code == 200
        assert (await served.batch([view("ada", item(1, 1))])).json()["accepted"] == 1


async def die_in_a_snapshot(directory: Path, step: int, steps: Counter) -> None:
    """Serve, take something in, and be killed at a step of the snapshot; told how many there are, if there are fewer."""
    async with inside(directory) as served:
        assert (await served.batch([view("ada", item(1, 2))])).json()["accepted"] == 1
        done = die_before(step)
        await served.services.keeper.write()
        steps.value = done[0]
        os.kill(os.getpid(), signal.SIGKILL)


async def sights(directory: Path) -> int:
    """How many items a start knows that somebody looked at."""
    async with inside(directory) as served:
        state = served.services.keeper._state
        (slot,) = state.people.slots()
        return len(state.history.sightings(slot))


@pytest.mark.slow
def test_a_gateway_that_is_killed_while_it_writes_one_starts_from_one(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    directory, copy = tmp_path / "shop", tmp_path / "copy"
    asyncio.run(live(directory))
    steps = FORK.Value("i", 0)
    step = 0
    while not steps.value:
        for suffix in ("", ".keys"):
            shutil.rmtree(f"{copy}{suffix}", ignore_errors=True)
            shutil.copytree(f"{directory}{suffix}", f"{copy}{suffix}")
        assert killed_in(lambda at=step: asyncio.run(die_in_a_snapshot(copy, at, steps)))  # type: ignore[misc]
        capfd.readouterr()
        assert asyncio.run(sights(copy)) == 2, step
        assert '"snapshot_read"' in capfd.readouterr().err, step
        step += 1 if whole_campaign() else 2
    assert steps.value >= 8


async def withdraw_and_die(directory: Path) -> None:
    async with inside(directory) as served:
        assert (await served.consent("ada", "withdrawn")).status_code == 200
        os.kill(os.getpid(), signal.SIGKILL)


async def histories_on_disk_soon(directory: Path) -> int:
    """How many people have a history in the first snapshot that a start writes."""
    file = SnapshotFile(directory / "snapshot" / "state", directory.with_name("shop.keys") / "snapshot.key")
    before = file.read()
    async with inside(directory):
        for _ in range(TRIES):
            if (now := await asyncio.to_thread(file.read)) not in (None, before):
                break
            await asyncio.sleep(0.1)
    assert now is not None
    return len(snapshots._decode(memoryview(now)[1:]).history.people)


def test_what_was_withdrawn_right_before_it_was_killed_is_soon_gone_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    directory = tmp_path / "shop"
    asyncio.run(live(directory))
    assert killed_in(lambda: asyncio.run(withdraw_and_die(directory)))
    monkeypatch.setattr(state_keeper, "OUTDATED_SECONDS", 0.1)
    monkeypatch.setattr(state_keeper.StateKeeper, "stop", lambda self: self._looking.stop())
    assert asyncio.run(histories_on_disk_soon(directory)) == 0
