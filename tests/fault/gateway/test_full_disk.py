"""A disk that is full to the last byte: nothing is half taken, whoever says no is obeyed, and room is all it takes to go on."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from audit import Kind, decode_entry
from gateway.cli.entry import main
from gateway.clock import Clock
from gateway.settings.reading import load_settings
from gateway.wiring.recovery import open_log
from tests.gateway_process import Gateway, Gateways
from tests.journey.shop import Shop, item, train_often, view, wait_until
from tests.journey.standing import keep_small
from tests.requirement import require

SIZE = "64m"
MOST_BATCHES = 400
"""More than go into the segments that are there when the disk becomes full."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own, small enough to be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        [require("mount"), "-t", "tmpfs", "-o", f"size={SIZE}", "volens-test", str(place)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("missing: the right to mount a file system")
    try:
        yield place
    finally:
        subprocess.run([require("umount"), "--lazy", str(place)], check=True)


@pytest.fixture
def shop(disk: Path) -> Iterator[Shop]:
    """A shop on that disk, with a model, and people who consented."""
    gateways = Gateways(disk)
    gateway = gateways.start(configure)
    gateway.expects_faults = True  # the log is not available for a while
    shop = Shop(gateway)
    shop.stock()
    shop.train()
    for person in ("ada", "bea", "cleo"):
        shop.consent(person, "given")
        shop.see(person, item(1, 1), item(1, 2))
    yield shop
    gateways.close()


def configure(directory: Path) -> None:
    keep_small(directory)
    train_often(directory)


def fill(disk: Path, name: str = "ballast") -> Path:
    """Take every byte there is."""
    ballast = disk / name
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(1 << 16)):
                pass
        except OSError:
            return ballast


def send(shop: Shop) -> httpx.Response:
    """Send a batch of new events."""
    return shop.source.post("/v1/batch", json={"batch": [view("ada", item(2, n)) for n in range(100)]})


def fill_and_wait_until_it_is_felt(disk: Path, shop: Shop) -> Path:
    """Fill the disk, and use up what the log has prepared."""
    ballast = fill(disk)
    answers = (send(shop).status_code for _ in range(MOST_BATCHES))
    assert next((code for code in answers if code != 200), None) == 503
    return ballast


def entries_of(gateway: Gateway) -> list[tuple[Kind, str]]:
    """Kind and outcome of everything in the log of a gateway that was stopped; the log must verify."""
    assert main(["audit", "verify", str(gateway.directory)]) == 0
    found: list[bytes] = []
    log = open_log(load_settings(gateway.directory), Clock(), lambda _, entry, __: found.append(entry))
    asyncio.run(log.close())
    return [(entry.kind, entry.outcome.value) for entry in map(decode_entry, found)]


def test_a_full_disk_takes_no_events_obeys_every_no_and_recovers_by_itself(disk: Path, shop: Shop) -> None:
    assert shop.decide("ada")["personalised"]
    ballast = fill_and_wait_until_it_is_felt(disk, shop)
    before = shop.outcomes("event")["accepted"]
    refused = send(shop)
    assert (refused.status_code, refused.json()["code"]) == (503, "log-unavailable")
    assert shop.outcomes("event")["accepted"] == before

    answer = shop.decide("ada")
    assert (answer["personalised"], answer["audit"]) == (False, None)
    assert len(answer["items"]) == 10
    assert shop.ask_consent("dora", "given").status_code == 503
    assert shop.ask_consent("bea", "withdrawn").status_code == 200
    assert not shop.permits("bea")["recommendations"]
    shop.erase("cleo")
    assert shop.decide("cleo")["reason"] in {"no_record", "log_unavailable"}
    assert shop.server.get("/readyz").status_code == 503

    ballast.unlink()
    wait_until(lambda: send(shop).status_code == 200, "events are taken again")
    wait_until(lambda: shop.decide("ada")["personalised"], "personal slates again")
    assert shop.decide("ada")["audit"] is not None
    assert shop.decide("bea")["reason"] == "refused"
    assert shop.server.get("/readyz").status_code == 200
    told = shop.gateway.log_file
    wait_until(lambda: '"log_available"' in told.read_text(), "the journal says that the log is back")
    assert 0 < told.read_text().index('"log_unavailable"') < told.read_text().index('"log_available"')
    assert shop.gateway.stop() == 0
    seen = entries_of(shop.gateway)
    assert (Kind.CONSENT, "withdrawn") in seen
    assert (Kind.ERASURE, "done") in seen
    assert (Kind.GAP, "done") in seen, "the log says itself that it refused entries"


def test_every_no_is_obeyed_while_something_else_takes_whatever_becomes_free(disk: Path, shop: Shop) -> None:
    people = [f"person-{number}" for number in range(12)]
    for person in people:
        shop.consent(person, "given")
    fill(disk)
    assert shop.ask_consent("dora", "given").status_code == 503
    for number, person in enumerate(people):
        assert shop.ask_consent(person, "withdrawn").status_code == 200
        fill(disk, f"more-{number}")
    shop.erase("cleo")
    shop.gateway.kill()
    shop.gateway.serve(ready=False)
    wait_until(lambda: answers(shop.gateway), "an answer")
    again = Shop(shop.gateway)
    assert not any(again.permits(person)["recommendations"] for person in people)
    assert again.decide("cleo")["reason"] in {"no_record", "log_unavailable"}
    assert again.ask_consent("ada", "withdrawn").status_code == 200


def test_killed_on_a_full_disk_it_keeps_what_it_acknowledged(disk: Path, shop: Shop) -> None:
    ballast = fill_and_wait_until_it_is_felt(disk, shop)
    accepted = shop.outcomes("event")["accepted"]
    assert shop.ask_consent("bea", "withdrawn").status_code == 200
    shop.erase("cleo")
    shop.gateway.kill()
    ballast.unlink()
    shop.gateway.serve()
    again = Shop(shop.gateway)
    assert not again.permits("bea")["recommendations"]
    assert again.decide("bea")["reason"] == "refused"
    assert again.decide("cleo")["reason"] == "no_record"
    assert send(again).status_code == 200
    assert again.gateway.stop() == 0
    seen = entries_of(again.gateway)
    assert seen.count((Kind.EVENT, "accepted")) == accepted + 100
    assert (Kind.CONSENT, "withdrawn") in seen
    assert (Kind.ERASURE, "done") in seen


def test_started_on_a_full_disk_it_serves_and_waits_for_room(disk: Path, shop: Shop) -> None:
    ballast = fill_and_wait_until_it_is_felt(disk, shop)
    assert shop.ask_consent("bea", "withdrawn").status_code == 200
    shop.gateway.kill()
    shop.gateway.serve(ready=False)
    wait_until(lambda: answers(shop.gateway), "an answer")
    again = Shop(shop.gateway)
    assert again.decide("bea")["reason"] in {"refused", "log_unavailable"}
    assert again.ask_consent("ada", "withdrawn").status_code == 200
    ballast.unlink()
    shop.gateway.wait_ready()
    assert not any(again.permits(who)["recommendations"] for who in ("ada", "bea"))
    assert again.gateway.stop() == 0
    assert entries_of(again.gateway).count((Kind.CONSENT, "withdrawn")) == 2


def answers(gateway: Gateway) -> bool:
    try:
        return httpx.get(f"{gateway.url}/healthz", timeout=90).status_code == 200
    except httpx.TransportError:
        return False
