"""What the benchmarks send: events and questions, made anew for every run, so that no event is late."""

from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

ITEMS = 10_000
SHELF = 400
"""Items among which one person's interests lie; neighbouring shelves overlap by half."""
LIMIT = 10
EXCLUDED = 3
QUESTIONS_EACH = 2
"""Questions about each person, each with other items not to show."""
BATCHES = 500
EVENTS = 100
QUESTIONS = 100
"""Evaluations in one call."""
CALLS = 500
DUPLICATES = 5
WITHHELD = 20

GROUPS = {
    "one": ("recommendations",),
    "two": ("recommendations", "analytics"),
    "three": ("recommendations", "analytics", "model-improvement"),
}
"""People by what they permit; each name is `<group>-<number>`."""
ASKED = "three"
"""The group that decisions are about."""


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


def questions(people: int, rng: random.Random) -> list[dict[str, Any]]:
    """Questions about everybody, in no order, each with items not to show."""
    asked = [
        {
            "subject": {"id": f"{ASKED}-{number}"},
            "placement": "home",
            "limit": LIMIT,
            "exclude": [f"p-{n}" for n in rng.sample(range(ITEMS), EXCLUDED)],
        }
        for number in range(people)
        for _ in range(QUESTIONS_EACH)
    ]
    rng.shuffle(asked)
    return asked


def batch(group: str, people: int, rng: random.Random) -> list[dict[str, Any]]:
    """EVENTS events of as many people: some with the id of another one, some of people who permit nothing.

    `#REQUEST##` in a messageId becomes a number that no request had before.
    """
    numbers = rng.sample(range(people), EVENTS)
    who = [f"nobody-{n}" if k < WITHHELD else f"{group}-{n}" for k, n in enumerate(numbers)]
    ids = [f"00000000-0000-4000-8000-#REQUEST##{k:02d}" for k in range(EVENTS)]
    for k in range(DUPLICATES):
        ids[-1 - k] = ids[WITHHELD + k]
    events = [event(w, product_of(n, rng), i) for w, n, i in zip(who, numbers, ids, strict=True)]
    rng.shuffle(events)
    return events


def write_questions(path: Path, people: int) -> None:
    """One question a line."""
    path.write_text("".join(json.dumps(each) + "\n" for each in questions(people, random.Random(11))))


def write_batches(path: Path, group: str, people: int, batches: int = BATCHES) -> None:
    """One batch a line."""
    rng = random.Random(13)
    with path.open("w") as file:
        for _ in range(batches):
            file.write(json.dumps({"batch": batch(group, people, rng)}) + "\n")


def write_singles(path: Path, group: str, people: int) -> None:
    """One event a line, about everybody once, in no order."""
    rng = random.Random(19)
    with path.open("w") as file:
        for n in rng.sample(range(people), people):
            said = event(f"{group}-{n}", product_of(n, rng), "00000000-0000-4000-8000-#REQUEST##00")
            file.write(json.dumps(said) + "\n")


def evaluation(number: int) -> dict[str, Any]:
    """A question of AuthZEN about somebody."""
    return {
        "subject": {"type": "service", "id": "newsletter"},
        "action": {"name": "recommendations"},
        "resource": {"type": "data_subject", "id": f"{ASKED}-{number}"},
    }


def write_evaluations(one: Path, many: Path, people: int) -> None:
    """One evaluation a line; and QUESTIONS a line, in one call."""
    rng = random.Random(17)
    order = rng.sample(range(people), people)
    one.write_text("".join(json.dumps(evaluation(number)) + "\n" for number in order))
    with many.open("w") as file:
        for _ in range(min(CALLS, people)):
            listed = [{"resource": evaluation(n)["resource"]} for n in rng.sample(range(people), QUESTIONS)]
            file.write(json.dumps({**evaluation(0), "evaluations": listed}) + "\n")
