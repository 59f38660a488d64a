"""A data directory whose log has something of everything: what the page on its format is held against."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from pathlib import Path

from audit import Minimum
from gateway.bootstrap import open_stopped
from gateway.cli.entry import main
from gateway.clock import Clock
from gateway.directory.pruning import Due, announce
from gateway.settings.reading import load_settings
from gateway.tenants import TenantFiles
from privacy import Claim, Loss, Quota
from scoring import Candidate
from tests.journey.fleet_people import FleetPeople, generous
from tests.journey.in_process import Inside, inside, model_of_the_shelves
from tests.journey.shop import ITEMS, view
from tests.journey.standing import keep_small
from tests.unit.gateway.routing.fakes import until
from tests.unit.gateway.tenants.material import EXAMPLES


@dataclass(frozen=True)
class Left:
    """What gateways left behind."""

    directory: Path
    """Everything, stopped."""
    running: Path
    """The segments as they were while one was running."""
    evidence_key: bytes
    """Of a person who was erased later."""


def live(path: Path) -> Left:
    """Two lives and a rotation of the keys, in a directory that is made."""
    generous(path)
    keep_small(path)
    TenantFiles(path).save("conformance", (EXAMPLES / "conformance.toml").read_bytes())
    evidence_key = asyncio.run(first_life(path))
    asyncio.run(second_life(path))
    assert main(["keys", "rotate", str(path)]) == 0
    asyncio.run(announce_pruning(path))
    export, disclosed = path.with_name("export"), path.with_name("disclosed")
    assert main(["audit", "export", str(path), "--out", str(export)]) == 0
    assert main(["audit", "disclose", str(path), "--index", "0", "--out", str(disclosed)]) == 0
    return Left(path, path.with_name("running"), evidence_key)


async def announce_pruning(path: Path) -> None:
    """Say that entries go, of which there are too few to go."""
    async with open_stopped(load_settings(path)) as stopped:
        await announce(stopped, path / "log", Due(0, 0, Minimum(0, 0), 0), now=Clock().now())


async def first_life(path: Path) -> bytes:
    """Events, decisions, questions and a shortage of room; the evidence key of the one person there is."""
    async with inside(path) as served:
        await served.stock()
        await served.adopt_a_model()
        served.services.models.settle(Candidate(model_of_the_shelves(), 0, 10, 0.2, 0.2, 0.1))
        await served.consent("ada", "given")
        await served.batch([view("ada", item) for item in [*ITEMS * 5, ITEMS[0]]])
        await served.batch([view("nobody", ITEMS[0])])
        await let_rules_apply(served)
        for who in ("ada", "nobody"):
            await served.decide(who)
            await ask_for_a_service(served, who)
        await ask_a_tenant(served)
        await book_a_release(served)
        await let_devices_meet(served)
        await be_short_of_room(served)
        (slot,) = served.services.people.slots()
        return served.services.people.evidence_key(slot)


async def second_life(path: Path) -> None:
    """Another person comes, the segments are copied, and the first person is erased."""
    async with inside(path) as served:
        await served.consent("bea", "given")
        shutil.copytree(path / "log" / "wal", path.with_name("running"))
        await served.erase("ada")


async def let_rules_apply(served: Inside) -> None:
    """Let a rule fire, and a person join a segment."""
    keen = {"purpose": "recommendations", "when": 'seconds_since("Product Viewed") < 60'}
    assert (await served.http.put("/v1/segments/keen", json=keen)).status_code == 200
    action = {"kind": "offer", "name": "coffee", "budget": 1}
    rule = {"purpose": "recommendations", "on": ["Product Viewed"], "when": "true", "action": action}
    assert (await served.http.put("/v1/rules/coffee", json=rule)).status_code == 200
    await served.batch([view("ada", ITEMS[0])])
    await served.services.rules.recorder.settled()
    assert (await served.http.delete("/v1/rules/coffee")).status_code == 200
    assert (await served.http.delete("/v1/segments/keen")).status_code == 200


async def let_devices_meet(served: Inside) -> None:
    """Let a device enrol, take part in a round that is too small, and leave."""
    people = FleetPeople(served)
    await people.join("ada", 0)
    assert (await people.round()).record.counts.asked == 1
    assert (await served.http.post("/v1/devices/leave", json={"subject": {"id": "ada"}})).json() == {
        "left": 1
    }


async def ask_for_a_service(served: Inside, who: str) -> None:
    """Let a service ask whether it may."""
    body = {
        "subject": {"type": "service", "id": "mailer"},
        "action": {"name": "recommendations"},
        "resource": {"type": "data_subject", "id": who},
    }
    assert (await served.http.post("/access/v1/evaluation", json=body)).status_code == 200


async def ask_a_tenant(served: Inside) -> None:
    """Let the rules of a tenant permit something."""
    body = {
        "subject": {"type": "user", "id": "alice"},
        "action": {"name": "read"},
        "resource": {"type": "record", "id": "record-1"},
    }
    answer = await served.http.post("/t/conformance/access/v1/evaluation", json=body)
    assert answer.json()["decision"] is True


async def book_a_release(served: Inside) -> None:
    """Let privacy loss be booked."""
    aggregates = served.services.aggregates
    claim = Claim("people@1/2026-11-21", Loss(10), (Quota("global/2026-11-21", Loss(20)),), bytes(32))
    aggregates.runs.ledger.reserve(claim, bytes(16), now=0)
    await aggregates.runs.compare()


async def be_short_of_room(served: Inside) -> None:
    """Let events be refused, then look again whether there is room, as there is."""
    log = served.services.sequencer
    while (await served.batch([view("ada", ITEMS[0])])).status_code != 503:
        log._space.short = True
    log._space.report_short()
    await until(lambda: not log._commit.lost)
