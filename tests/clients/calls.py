"""The calls that every client makes: all six types, known and anonymous people, claims of both dialects, repetitions.

A message id is for de-duplication only and reaches no destination. So that a signal can be recognised where it arrived, every call
carries a `marker` of its own, and the policy of the test lets every purpose see that one field more (`tests.clients.sinks`).
"""

from __future__ import annotations

import random
from typing import Any

EVENTS = (
    "Product Viewed", "Product Clicked", "Product Added", "Product Removed", "Product Added to Wishlist", "Order Completed",
    "Product List Viewed", "Products Searched", "Experiment Viewed", "Not In Any Policy",
)  # fmt: skip
CATEGORIES = ("Personalisation", "Analytics", "Advertising")
PEOPLE = 7
"""People of each kind; the last ones never say anything about consent."""
BOT = "Mozilla/5.0 (compatible; examplebot/2.1)"

SPAN_SECONDS = 2 * 86_400
"""So long before now the calls happened, at most."""

Call = dict[str, Any]
"""A call as the tracking API spells it, except that its `timestamp` is in unix seconds."""


def make_calls(client: str, n: int, now: int, *, browser: bool = False) -> list[Call]:
    """Make `n` calls, one in twelve of them twice, in an order that is not that of their timestamps.

    Args:
        client: whose; people, markers and message ids carry its name.
        n: how many.
        now: unix seconds.
        browser: whether a browser makes them: it speaks for anonymous people, and says itself what it is.
    """
    chance = random.Random(f"calls of {client}")
    calls = [_call(client, i, now, chance, browser=browser) for i in range(n)]
    again = chance.sample(calls, n // 12)
    everything = calls + again
    chance.shuffle(everything)
    return everything


def known(client: str, k: int) -> str:
    """The `userId` of a client's `k`-th signed-in person."""
    return f"{client}-known-{k}"


def visitor(client: str, k: int) -> str:
    """The `anonymousId` of a client's `k`-th visitor."""
    return f"{client}-visitor-{k}"


def _call(client: str, i: int, now: int, chance: random.Random, *, browser: bool) -> Call:
    marker = f"{client}-{i}"
    kind = chance.choices(
        ("track", "page", "screen", "identify", "group", "alias"), (12, 3, 2, 2, 2, 1)
    )[0]  # fmt: skip
    call: Call = {
        "type": kind,
        "messageId": f"message-{marker}",
        **_person(client, kind, chance, browser=browser),
    }
    said = {
        "marker": marker,
        "category": chance.choice(("shoes", "hats")),
        "price": chance.randrange(5, 900),
        "not_in_the_policy": f"canary-{marker}",
    }
    if kind in ("identify", "group"):
        call["traits"] = {**said, "plan": "gold", "email": f"canary-{marker}@example.org"}
    elif kind != "alias":
        call["properties"] = {
            **said,
            "product_id": f"p-{i % 9}",
            "quantity": 2,
            "experiment_id": "e1",
            "url": f"/canary-{marker}",
        }
    if kind == "track":
        call["event"] = chance.choice(EVENTS)
        call["properties"]["products"] = [
            {"product_id": "p-1", "quantity": 1, "category": "hats", "canary": "canary"}
        ]
    if kind in ("page", "screen"):
        call |= {"name": "Sale", "category": "shelf"}
    if kind == "group":
        call["groupId"] = f"canary-group-{i % 3}"
    call["timestamp"] = now - chance.randrange(SPAN_SECONDS)
    call["context"] = _context(chance, browser=browser)
    return call


def _person(client: str, kind: str, chance: random.Random, *, browser: bool) -> Call:
    k = chance.randrange(PEOPLE)
    if kind == "alias":
        # To nobody whom a link could change: `linking` is granted to none of them.
        return {"userId": known(client, k), "previousId": visitor(client, k)}
    if browser:
        person = {"anonymousId": visitor(client, k)}
        return {**person, "userId": known(client, k)} if kind == "identify" else person
    shape = chance.randrange(5)
    if shape < 2:
        return {"userId": known(client, k)}
    if shape < 4:
        return {"anonymousId": visitor(client, k)}
    return {"userId": known(client, k), "anonymousId": visitor(client, (k + 1) % PEOPLE)}


def _context(chance: random.Random, *, browser: bool) -> Call:
    """What surrounds a call: often a claim, which may be senseless, sometimes a place, now and then a robot."""
    context: Call = {}
    allowed = {name: chance.random() < 0.6 for name in CATEGORIES}
    claim = chance.randrange(10)
    if claim in (0, 1):
        context["consent"] = {"categoryPreferences": allowed}
    elif claim in (2, 3):
        context["consentManagement"] = {
            "provider": "custom",
            "allowedConsentIds": [name for name in CATEGORIES if allowed[name]],
            "deniedConsentIds": [name for name in CATEGORIES if not allowed[name]],
            "resolutionStrategy": chance.choice(("and", "or")),
        }
    elif claim == 4:
        context["consent"] = {
            "categoryPreferences": chance.choice(({"Analytics": True}, {"Analytics": "yes"}, {}))
        }
    if chance.random() < 0.3:
        context["location"] = {"latitude": 52.520_817, "longitude": 13.409_419}
    if not browser and chance.random() < 0.04:
        context["userAgent"] = BOT
    return context
