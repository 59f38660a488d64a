"""A data directory to measure with: items, and people with consent and a history.

People and consents are written through the gateway's own stores, many in one transaction and without waiting for the disk; items
and events go through the API. What comes out is a directory like any other: `volens serve` accepts it and `volens audit verify`
passes. It is kept, and every measurement works on a copy.
"""

from __future__ import annotations

import random
import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import httpx

from bench import servers
from bench.bodies import ASKED, GROUPS, ITEMS, event, product_of
from bench.errors import ServerError
from consent import (
    ActorKind,
    Admitted,
    ConsentChange,
    ConsentRequest,
    Policy,
    Status,
    WriteRefusal,
    admit,
    parse_policy,
)
from gateway.directory.init_directory import POLICY_FILE, initialise
from gateway.settings.reading import SETTINGS_FILE, load_settings
from gateway.stores.database import Database
from gateway.stores.records import SqlRecords
from privacy import Pseudonymiser, load_key_file, load_key_ring

HISTORY = 20
OTHERS = 5_000
"""People of the groups that nobody asks about, at most."""
HELD_OFF_SECONDS = 3_600
"""Between two trainings, unless somebody withdraws."""

_TOGETHER = 500
"""People in one transaction."""
_PEOPLE_EACH, _EVENTS_EACH = 100, 5
"""People in one request, and events of each."""
_ITEMS_EACH = 5_000


def people_of(group: str, people: int) -> int:
    """How many people a group has."""
    return people if group == ASKED else min(people, OTHERS)


def keys_of(directory: Path) -> Path:
    """The keys directory of a data directory."""
    return directory.with_suffix(".keys")


def seed(directory: Path, people: int) -> None:
    """Make a data directory in which `people` people have a history of HISTORY items, beside smaller groups."""
    initialise(directory)
    hold_off_training(directory)
    write_consents(directory, people)
    with servers.gateway(directory) as server:
        token = servers.bearer(server, directory)
        with httpx.Client(base_url=server.url, timeout=120, headers={"authorization": token}) as client:
            send_items(client)
            send_histories(client, people)


def copy(seeded: Path, directory: Path) -> Path:
    """Replace `directory` by a copy of a seeded one."""
    remove(directory)
    shutil.copytree(seeded, directory)
    shutil.copytree(keys_of(seeded), keys_of(directory))
    return directory


def remove(directory: Path) -> None:
    """Remove a data directory, its keys and its journal."""
    shutil.rmtree(directory, ignore_errors=True)
    shutil.rmtree(keys_of(directory), ignore_errors=True)
    servers.journal_of(directory).unlink(missing_ok=True)


def hold_off_training(directory: Path) -> None:
    """Write into the settings that no training starts by itself while something is measured."""
    with (directory / SETTINGS_FILE).open("a") as file:
        file.write(f"\n[model]\nretrain_interval_seconds = {HELD_OFF_SECONDS}\n")
        file.write(f"removal_bound_seconds = {2 * HELD_OFF_SECONDS}\n")


def write_consents(directory: Path, people: int) -> None:
    """Write the consents of everybody into the ledger."""
    settings = load_settings(directory)
    policy = parse_policy((directory / POLICY_FILE).read_bytes())
    pseudonyms = Pseudonymiser(load_key_file(settings.keys_dir / "lookup.key"))
    database = Database.open(directory)
    try:
        database._connection.exec_driver_sql("PRAGMA synchronous=OFF")
        records = SqlRecords(database, load_key_ring(settings.keys_dir))
        writes = _consent_writes(records, pseudonyms, policy, people, int(time.time()))
        while some := list(islice(writes, _TOGETHER)):
            for result in records.together(some):
                if result.failure is not None:
                    raise result.failure
    finally:
        database.close()


def _consent_writes(
    records: SqlRecords, pseudonyms: Pseudonymiser, policy: Policy, people: int, now: int
) -> Iterator[Callable[[], None]]:
    def write(name: str, changes: Sequence[ConsentChange], arrival_keys: Sequence[str]) -> None:
        ref = pseudonyms.known(name)
        events = records.record(ref, changes, now=now, source="bench", arrival_keys=arrival_keys)
        records.mark_sequenced(dict.fromkeys((event.seq for event in events), 0))

    for group, purposes in GROUPS.items():
        grants = [_grant(purpose, policy, now) for purpose in purposes]
        changes = [change for grant in grants for change in grant.changes]
        for number in range(people_of(group, people)):
            yield partial(write, f"{group}-{number}", changes, grants[-1].arrival_keys)


def _grant(purpose: str, policy: Policy, now: int) -> Admitted:
    request = ConsentRequest(purpose=purpose, status=Status.GIVEN, method="bench", locale="en")
    verdict = admit(request, ActorKind.APP, None, policy, now)
    if isinstance(verdict, WriteRefusal):
        raise ServerError("the default policy does not take a grant as it used to")
    return verdict


def send_items(client: httpx.Client) -> None:
    """Register the items."""
    for first in range(0, ITEMS, _ITEMS_EACH):
        items = [
            {"id": f"p-{n}", "title": f"Item {n}", "category": f"c-{n % 30}", "stock": 5}
            for n in range(first, first + _ITEMS_EACH)
        ]
        client.put("/v1/items", json={"items": items}).raise_for_status()


def send_histories(client: httpx.Client, people: int) -> None:
    """Let everybody look at HISTORY items."""
    rng = random.Random(7)
    for group in GROUPS:
        size = people_of(group, people)
        for first in range(0, size, _PEOPLE_EACH):
            for _ in range(HISTORY // _EVENTS_EACH):
                events = [
                    event(f"{group}-{n}", product_of(n, rng), str(uuid.UUID(int=rng.getrandbits(128))))
                    for n in range(first, min(size, first + _PEOPLE_EACH))
                    for _ in range(_EVENTS_EACH)
                ]
                answer = client.post("/v1/batch", json={"batch": events}).raise_for_status().json()
                if answer.get("accepted") != len(events):
                    raise ServerError(f"a seeded event was not accepted: {answer}")


def withdraw_from_model(url: str, token: str, number: int) -> None:
    """Let somebody withdraw from the model in use: a training without them is due."""
    body = {"subject": {"id": f"{ASKED}-{number}"}, "purpose": "model-improvement", "status": "withdrawn"}
    body |= {"method": "bench", "locale": "en"}
    httpx.put(
        f"{url}/v1/consents", json=body, headers={"authorization": token}, timeout=30
    ).raise_for_status()
