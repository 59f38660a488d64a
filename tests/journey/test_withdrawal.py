"""Withdrawal while something is on its way: whoever was told that it holds never sees a personal slate afterwards."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from audit.disk import Disk
from audit.group_commit import GroupCommit
from tests.journey.in_process import inside
from tests.journey.shop import item, view


class HeldDisk:
    """Lets the log's syncs wait until they are let go, on a disk that is too slow for the loop to wait for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.go_on = threading.Event()
        self.go_on.set()
        self.waiting = threading.Event()
        sync = Disk.sync

        def hold(disk: Disk, descriptor: int) -> None:
            if not self.go_on.is_set():
                self.waiting.set()
                assert self.go_on.wait(120)
            sync(disk, descriptor)

        monkeypatch.setattr(Disk, "sync", hold)
        monkeypatch.setattr(GroupCommit, "_write_here", lambda commit, frame: commit._lane.put(frame))


async def test_a_decision_on_its_way_while_somebody_withdraws_is_answered_unpersonalised(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = HeldDisk(monkeypatch)
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("ada")
        disk.go_on.clear()
        decision = asyncio.create_task(served.decide("ada"))
        assert await asyncio.to_thread(disk.waiting.wait, 120), "the entry of the decision waits for the disk"
        withdrawal = asyncio.create_task(served.consent("ada", "withdrawn"))
        await asyncio.sleep(0.1)
        assert not decision.done()
        disk.go_on.set()
        answer = await decision
        assert (answer["personalised"], answer["reason"]) == (False, "withdrawn_meanwhile")
        assert answer["audit"] is not None
        assert (await withdrawal).status_code == 200


async def test_an_event_on_its_way_while_somebody_withdraws_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = HeldDisk(monkeypatch)
    async with inside(tmp_path / "volens") as served:
        await served.stock()
        await served.adopt_a_model()
        await served.personalise("bea")
        disk.go_on.clear()
        event = asyncio.create_task(served.batch([view("bea", item(2, 2))]))
        assert await asyncio.to_thread(disk.waiting.wait, 120)
        withdrawal = asyncio.create_task(served.consent("bea", "withdrawn"))
        await asyncio.sleep(0.1)
        disk.go_on.set()
        assert (await event).json()["accepted"] == 1, "it was permitted when it came"
        assert (await withdrawal).status_code == 200
        assert (await served.consent("bea", "given")).status_code in {200, 409}
        assert (await served.decide("bea"))["reason"] in {"no_history", "refused"}
