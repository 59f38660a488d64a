"""The power is cut at any moment, and any subset of what was not synced is gone: whatever was acknowledged is there at the next start.

A gateway is served under `strace` while several clients send events, change consents, register items and erase people. What it did to
its directory and its keys, and when it answered, is read from the trace; then the disk is laid out as cuts would leave it.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from pathlib import Path
from random import Random
from typing import Any

import pytest

from audit import verify_directory
from consent import StoreCorruptError
from tests.fault.audit.disks import Platter
from tests.fault.gateway.traced_disk import STRACE, Change, Trace
from tests.gateway_process import Gateway, Gateways
from tests.journey.in_process import Inside, inside
from tests.journey.shop import ITEMS, view
from tests.requirement import missing, require, whole_campaign

pytestmark = [pytest.mark.slow, pytest.mark.campaign]

CUTS = 300 if whole_campaign() else 8
ROUNDS = 8
Check = Callable[[Inside], Any]


@dataclass
class Client:
    """One connection, which asks one thing after the other; the n-th answer to it is to the n-th question."""

    gateway: Gateway
    token: str
    port: int = 0
    asked: list[tuple[str, str, Any]] = field(default_factory=list)

    def ask_all(self, questions: list[tuple[str, str, Any]]) -> None:
        line = HTTPConnection("127.0.0.1", self.gateway.port, timeout=90)
        line.connect()
        self.port = line.sock.getsockname()[1]
        for method, path, body in questions:
            self.asked.append((method, path, body))
            headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
            line.request(method, path, json.dumps(body), headers)
            answer = line.getresponse()
            answer.read()
            assert answer.status in {200, 201, 202}, (path, answer.status)
        line.close()


def consent(who: str, status: str, purpose: str) -> tuple[str, str, Any]:
    body = {"subject": {"id": who}, "purpose": purpose, "status": status, "method": "test"}
    return "PUT", "/v1/consents", body


def questions_of(name: str) -> list[tuple[str, str, Any]]:
    """What one client asks, in order, of people who are its own."""
    asked = []
    for n in range(ROUNDS):
        one, other, gone = (f"{name}-{n}-{who}" for who in ("one", "other", "gone"))
        asked += [consent(who, "given", "recommendations") for who in (one, other, gone)]
        asked.append(
            (
                "POST",
                "/v1/batch",
                {"batch": [view(who, ITEMS[n], messageId=f"{who}-seen") for who in (one, other)]},
            )
        )
        asked.append(consent(one, "withdrawn", "recommendations"))
        asked.append(("POST", "/v1/rights", {"subject": {"id": gone}, "type": "erasure"}))
        asked.append(consent(other, "refused", "analytics"))
        asked.append(("PUT", "/v1/items", {"items": [{"id": f"{name}-{n}", "title": "One"}]}))
    return asked


@pytest.fixture(scope="module")
def strace(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A strace that may trace here."""
    program = require("strace")
    said = tmp_path_factory.mktemp("strace") / "said"
    tried = subprocess.run([program, "-f", "-o", str(said), "true"], capture_output=True, check=False)
    return program if tried.returncode == 0 else missing("permission to trace")


def configure(directory: Path) -> None:
    """Small segments, so that some come to their end."""
    settings = directory / "volens.toml"
    small = "[log]\nsegment_bytes = 65536\npublish_interval_seconds = 0.05\n"
    settings.write_text(settings.read_text().replace("[log]\n", small))


def initial(root: Path) -> Iterator[Change]:
    """What is there before the gateway is started for the first time, durable."""
    for number, path in enumerate(sorted(root.rglob("*")), 1):
        if path.is_dir():
            yield ("mkdir", str(path))
        else:
            yield from (
                ("create", str(path), number),
                ("write", number, path.read_bytes(), 0),
                ("sync", number),
            )
        yield ("syncdir", str(path.parent))


def child_of(process: subprocess.Popen[bytes]) -> int:
    """The process that is traced."""
    return int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])


@dataclass
class Recorded:
    """One life of a gateway: its disk and its answers in order, and who asked what."""

    root: Path
    changes: list[Change]
    clients: dict[int, list[tuple[str, str, Any]]]
    """Port -> questions."""


def live(gateway: Gateway, strace: str, trace: Path) -> list[Client]:
    """Serve under `strace`, let four clients ask, and stop in order."""
    gateway.prefix = (strace, "-o", str(trace), *STRACE)
    gateway.serve()
    process = gateway.process
    assert isinstance(process, subprocess.Popen)
    token = gateway.token("events:write consent:write rights admin")
    clients = [Client(gateway, token) for _ in range(4)]
    threads = [
        threading.Thread(target=client.ask_all, args=(questions_of(f"client{n}"),))
        for n, client in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    time.sleep(1)  # checkpoints and deliveries that come after the answers
    os.kill(child_of(process), signal.SIGTERM)
    assert process.wait(90) == 0
    gateway.process, gateway.prefix = None, ()
    return clients


@pytest.fixture(scope="module")
def recorded(strace: str, tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    root = tmp_path_factory.mktemp("power")
    trace = tmp_path_factory.mktemp("trace") / "trace"
    gateway = Gateways(root).create(configure, "shop")
    before = list(initial(root))
    inodes = {str(change[1]): int(str(change[2])) for change in before if change[0] == "create"}
    clients = live(gateway, strace, trace)
    with trace.open() as lines:
        changes = [*before, *Trace(root, inodes).changes(lines)]
    return Recorded(root, changes, {client.port: client.asked for client in clients})


async def test_nothing_acknowledged_is_lost_whatever_a_power_cut_leaves_of_the_rest(
    recorded: Recorded, tmp_path: Path
) -> None:
    answers = [n for n, change in enumerate(recorded.changes) if change[0] == "answer"]
    asked = sum(map(len, recorded.clients.values()))
    assert sum(recorded.changes[n][1] in recorded.clients for n in answers) == asked
    random = Random(20261123)
    for number in range(CUTS):
        moment = random.choice(answers) + 1 if number % 2 else random.randrange(len(recorded.changes) + 1)
        await cut_at(recorded, tmp_path / "cut", moment, random)


async def test_a_disk_that_only_says_it_has_synced_the_records_is_noticed_by_this_test(
    recorded: Recorded, tmp_path: Path
) -> None:
    records = {
        change[2]
        for change in recorded.changes
        if change[0] == "create" and str(change[1]).startswith(str(recorded.root / "shop" / "records.db"))
    }
    lied = [change for change in recorded.changes if change[0] != "begin" or change[2] not in records]
    random = Random(7)

    async def cut_often() -> None:
        for _ in range(20):
            moment = random.randrange(len(lied))
            await cut_at(replace(recorded, changes=lied), tmp_path / "cut", moment, random)

    with pytest.raises((AssertionError, StoreCorruptError)):
        await cut_often()


async def cut_at(recorded: Recorded, target: Path, moment: int, random: Random) -> None:
    """Lay out a power cut after so many changes, serve what is there, and look for all that was acknowledged."""
    shutil.rmtree(target, ignore_errors=True)
    platter, answered = Platter(), dict.fromkeys(recorded.clients, 0)
    for change in recorded.changes[:moment]:
        if change[0] != "answer":
            platter.apply(change)
        elif change[1] in answered:
            answered[int(str(change[1]))] += 1
    before = os.umask(0o077)
    platter.lay_out(recorded.root, target, random)
    os.umask(before)
    async with inside(target / "shop") as served:
        for port, count in answered.items():
            await look(served, recorded.clients[port], count)
    report = verify_directory(target / "shop")
    assert report.ok, (moment, report.findings)


async def look(served: Inside, asked: list[tuple[str, str, Any]], count: int) -> None:
    """Is everything there that the first `count` answers to one client promised?"""
    under_way = json.dumps(asked[count][2]) if count < len(asked) else ""
    permitted: dict[tuple[str, str], bool] = {}
    for _, path, body in asked[:count]:
        if path == "/v1/consents":
            permitted[body["subject"]["id"], body["purpose"]] = body["status"] == "given"
        elif path == "/v1/rights":
            permitted[body["subject"]["id"], "recommendations"] = False
        elif path == "/v1/batch":
            again = (await served.batch(body["batch"])).json()
            assert again["reasons"] == {"duplicate": len(body["batch"])}
        else:
            assert (await served.http.get(f"/v1/items/{body['items'][0]['id']}")).status_code == 200
    for (who, purpose), expected in permitted.items():
        if f'"{who}"' not in under_way:
            answer = (await served.http.post("/v1/consents/query", json={"subject": {"id": who}})).json()
            (found,) = [each for each in answer["purposes"] if each["purpose"] == purpose]
            assert found["permitted"] == expected, (purpose, found)
