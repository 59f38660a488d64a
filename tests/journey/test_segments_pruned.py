"""Old segments of the write-ahead log go, and the gateway comes to the same state, answers what is still held, and says what is not."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import gateway.background.retention
import gateway.bootstrap
from audit import NoteVerifier, past_base, published_entries, verify_proof
from gateway.cli import audit_prune, main
from gateway.clock import Clock
from gateway.directory.init_directory import initialise
from gateway.evidence.first_numbers import FirstNumbers
from gateway.rights.completeness import Gap, find_missing
from privacy import DAY_SECONDS
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, view
from tests.journey.standing import standing
from tests.journey.test_complete_reports import report_of

KEPT_DAYS = 24
DEE = {"anonymous_id": "dee-s-device"}
PEOPLE: tuple[str | dict[str, str], ...] = ("ada", "bob", DEE)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How far ahead of the machine's clock the gateway's and the command's are."""
    seconds = [0.0]

    def now() -> float:
        return time.time() + seconds[0]

    monkeypatch.setattr(gateway.bootstrap, "Clock", lambda: Clock(now))
    monkeypatch.setattr(gateway.background.retention, "INTERVAL_SECONDS", 1e6)
    monkeypatch.setattr(audit_prune, "time", SimpleNamespace(time=now))
    return seconds


def make(directory: Path) -> None:
    initialise(directory)
    settings, policy = directory / "volens.toml", directory / "policy.toml"
    settings.write_text(settings.read_text().replace("[log]\n", "[log]\nsegment_bytes = 65536\n"))
    policy.write_text(re.sub(r"retention_days = \d+", f"retention_days = {KEPT_DAYS}", policy.read_text()))


async def run(*arguments: str | Path) -> int:
    return await asyncio.to_thread(main, list(map(str, arguments)))


async def live(served: Inside, days: int, ahead: list[float], times: int) -> list[str]:
    """Look at things and be shown some; the ids of the decisions."""
    ahead[0] = days * DAY_SECONDS
    served.http.headers.pop("authorization", None)
    await served.sign_in()
    decided = []
    for number in range(times):
        for who in PEOPLE:
            known = {"userId": who} if isinstance(who, str) else {"anonymousId": who["anonymous_id"]}
            sent = await served.batch([view(None, ITEMS[number % len(ITEMS)], **known)])
            assert sent.json()["accepted"] == 1
            decided.append((await served.decide(who))["decision_id"])
    return decided


async def held(
    directory: Path, with_snapshot: bool, see: Callable[[Inside], Awaitable[None]] | None = None
) -> Any:
    """What a start on these files holds in memory, once what is too old has gone."""
    if not with_snapshot:
        (directory / "snapshot" / "state").unlink()
    async with inside(directory) as served:
        await served.running.retention.look()
        if see is not None:
            await see(served)
        return standing(served)


async def test_what_is_needed_no_more_goes_and_everything_else_stays(
    tmp_path: Path, ahead: list[float]
) -> None:
    directory = tmp_path / "volens"
    make(directory)
    async with inside(directory) as served:
        await served.stock()
        for who in PEOPLE:
            assert (await served.consent(who, "given", "recommendations")).status_code == 200
            assert (await served.consent(who, "given", "model-improvement")).status_code == 200
        written = (await served.consent("ada", "given", "analytics")).json()
        receipt = (await served.http.get(f"/v1/receipts/{written['receipt_id']}")).json()["log"]
        old = await live(served, 0, ahead, 5)
    snapshots = (directory / "snapshot" / "state", tmp_path / "volens.keys" / "snapshot.key")
    older = [path.read_bytes() for path in snapshots]
    async with inside(directory) as served:
        await live(served, 0, ahead, 45)
        await live(served, 33, ahead, 2)
        new = await live(served, 36, ahead, 2)
        await served.running.retention.look()
        last = standing(served)
    whole = tmp_path / "whole"
    shutil.copytree(directory, whole)
    shutil.copytree(tmp_path / "volens.keys", tmp_path / "whole.keys")

    assert await run("audit", "prune", directory, "--older-than-days", "30") == 0
    first = past_base(directory / "log").head.first  # type: ignore[union-attr]
    assert first > 100
    assert {0, first} & {int(path.stem) for path in (directory / "log" / "wal").glob("*.wal")} == {first}
    assert await run("audit", "verify", directory) == 0

    async def see(served: Inside) -> None:
        await served.sign_in()
        again = (await served.http.get(f"/v1/receipts/{written['receipt_id']}")).json()["log"]
        key = NoteVerifier.from_vkey((await served.http.get("/log/log.vkey")).text.strip())
        for each in (receipt, again):
            verify_proof(each["proof"].encode(), each["entry"].encode(), key)
        assert receipt["entry"] == again["entry"]
        token = (await served.http.post("/v1/device-tokens", json=DEE)).json()["access_token"]
        as_dee = {"authorization": f"Bearer {token}"}
        for decision, found in ((old[2], 404), (new[2], 200)):
            proof = await served.http.get(f"/v1/decisions/{decision}/proof", headers=as_dee)
            assert proof.status_code == found
        reports["ada"], _ = await report_of(served, "ada")

    reports: dict[str, Any] = {}
    assert await held(directory, True, see) == last
    report = reports["ada"]
    assert len(report["decisions"]) < 54
    assert report["completeness"]["keys"][0]["gone"] > 40
    numbers = FirstNumbers(past_base(directory / "log"))
    entries = list(published_entries(directory / "log"))
    assert find_missing(report, entries, numbers.of) == ()
    report["completeness"]["keys"][0]["gone"] += 1
    assert {each.cause for each in find_missing(report, entries, numbers.of)} == {Gap.NOT_GONE}

    assert await held(directory, False) == await held(whole, False) == last
    for path, data in zip(snapshots, older, strict=True):
        path.write_bytes(data)
    assert await held(directory, True) == last, "a snapshot from before what went is not gone on from"
    assert await run("audit", "prune", directory, "--older-than-days", "30") == 0  # again: nothing more
    assert past_base(directory / "log").head.first == first  # type: ignore[union-attr]
    policy = directory / "policy.toml"
    assert await run("policy", "simulate", policy, "--against", directory) == 0
    assert await run("audit", "verify", directory) == 0
