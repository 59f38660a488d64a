"""A data directory to measure with: items, people with consent and a history, and the request bodies about them.

People and consents are written through the gateway's own stores, without waiting for the disk; events go through the API.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx

from consent import ActorKind, ConsentChange, ConsentRequest, Status, WriteRefusal, admit, parse_policy
from gateway.init_directory import POLICY_FILE, initialise
from gateway.settings import load_settings
from gateway.stores.database import Database
from gateway.stores.records import SqlRecords
from privacy import Pseudonymiser, load_key_file, load_key_ring

ITEMS = 10_000
HISTORY = 20
SHELF = 400
"""Items among which one person's interests lie; neighbouring shelves overlap by half."""
PEOPLE_EACH = 15
"""People of each group in one request of the seeding."""
BODIES = 4_000
BATCHES = 200
EVENTS = 100
DUPLICATES = 5
WITHHELD = 20

GROUPS = {
    "one": ("recommendations",),
    "two": ("recommendations", "analytics"),
    "three": ("recommendations", "analytics", "model-improvement"),
}
"""People by what they permit; each name is `<group>-<number>`."""


def seed_people(directory: Path, people: int) -> None:
    """Initialise a directory whose ledger knows `people` of each group."""
    initialise(directory)
    settings = load_settings(directory)
    policy = parse_policy((directory / POLICY_FILE).read_bytes())
    pseudonyms = Pseudonymiser(load_key_file(settings.keys_dir / "lookup.key"))
    database = Database.open(directory)
    database._connection.exec_driver_sql("PRAGMA synchronous=OFF")
    records = SqlRecords(database, load_key_ring(settings.keys_dir))
    now = int(time.time())
    for group, purposes in GROUPS.items():
        for number in range(people):
            ref = pseudonyms.known(f"{group}-{number}")
            changes: list[ConsentChange] = []
            keys: Sequence[str] = ()
            for purpose in purposes:
                request = ConsentRequest(purpose=purpose, status=Status.GIVEN, method="bench", locale="en")
                verdict = admit(request, ActorKind.APP, None, policy, now)
                assert not isinstance(verdict, WriteRefusal)
                changes += verdict.changes
                keys = verdict.arrival_keys
            events = records.record(ref, changes, now=now, source="bench", arrival_keys=keys)
            records.mark_sequenced(dict.fromkeys((event.seq for event in events), 0))
    database.close()


def product_of(number: int, rng: random.Random) -> str:
    """An item that a person may look at."""
    shelves = ITEMS // (SHELF // 2)
    return f"p-{(number % shelves * (SHELF // 2) + rng.randrange(SHELF)) % ITEMS}"


def event(who: str, product: str, message_id: str) -> dict[str, Any]:
    """An event as clients send them: about 430 bytes, most of which no purpose may see."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "userId": who,
        "messageId": message_id,
        "timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.123Z", time.gmtime()),
        "properties": {
            "product_id": product,
            "category": "Shoes",
            "price": 12.5,
            "currency": "EUR",
            "url": "https://shop.example/p/1",
        },
        "context": {
            "ip": "192.0.2.1",
            "userAgent": "Mozilla/5.0 (X11; Linux x86_64)",
            "library": {"name": "analytics", "version": "1.0"},
        },
        "integrations": {},
    }


def send_histories(url: str, credentials: dict[str, str], token: str, people: int) -> None:
    """Register the items, and let everybody look at HISTORY of them."""
    rng = random.Random(7)
    with httpx.Client(base_url=url, timeout=60) as client:
        for first in range(0, ITEMS, 5000):
            items = [
                {"id": f"p-{n}", "title": f"Item {n}", "category": f"c-{n % 30}", "stock": 5}
                for n in range(first, first + 5000)
            ]
            client.put(
                "/v1/items", json={"items": items}, headers={"authorization": token}
            ).raise_for_status()
        for first in range(0, people, PEOPLE_EACH):
            chunk = [
                event(f"{group}-{n}", product_of(n, rng), str(uuid.UUID(int=rng.getrandbits(128))))
                for n in range(first, min(people, first + PEOPLE_EACH))
                for group in GROUPS
                for _ in range(HISTORY)
            ]
            client.post(
                "/v1/batch", json={"batch": chunk}, auth=(credentials["server_key"], "")
            ).raise_for_status()


def write_questions(path: Path, people: int) -> None:
    """Questions about people at random, each with three items not to show."""
    rng = random.Random(11)
    path.write_text(
        "".join(
            json.dumps(
                {
                    "subject": {"id": f"three-{rng.randrange(people)}"},
                    "placement": "home",
                    "limit": 10,
                    "exclude": [f"p-{rng.randrange(ITEMS)}" for _ in range(3)],
                }
            )
            + "\n"
            for _ in range(BODIES)
        )
    )


def write_batches(path: Path, group: str, people: int) -> None:
    """Batches of EVENTS events of as many people: some repeated, some of people who permit nothing."""
    rng = random.Random(13)
    with path.open("w") as file:
        for _ in range(BATCHES):
            numbers = rng.sample(range(people), EVENTS)
            who = [f"nobody-{n}" if k < WITHHELD else f"{group}-{n}" for k, n in enumerate(numbers)]
            ids = [f"00000000-0000-4000-8000-#REQUEST##{k:02d}" for k in range(EVENTS)]
            for k in range(DUPLICATES):
                ids[-1 - k] = ids[WITHHELD + k]
            events = [event(w, product_of(n, rng), i) for w, n, i in zip(who, numbers, ids, strict=True)]
            rng.shuffle(events)
            file.write(json.dumps({"batch": events}) + "\n")
