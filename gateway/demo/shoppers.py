"""The synthetic shop's people: made up, each with a taste and with a mind of their own about consent.

A shopper likes two or three pairs of category and style. In a session they look at products of one such
pair (now and then of any other), put some into the basket and order some of those. Made up, seeded, and
never to be shown as recorded data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import numpy as np

from gateway.demo.wares import Ware
from gateway.replay import track

_STRAYS = 0.15
_DAYS = 28
_SHARED = 0.06
"""In so many sessions a product is shared: an event that the default policy does not know."""


class Choice(StrEnum):
    """What a shopper said when asked. The value is how the demo tells it."""

    EVERYTHING = "said yes to recommendations, model improvement and analytics"
    RECOMMENDATIONS = "said yes to recommendations alone"
    NOTHING = "refused"
    SILENT = "was never asked: no record"
    SAYS_NO_IN_EVENTS = "said yes, but the site's banner now says no with every event"


PROPORTIONS = {
    Choice.EVERYTHING: 0.60,
    Choice.RECOMMENDATIONS: 0.15,
    Choice.NOTHING: 0.13,
    Choice.SILENT: 0.09,
    Choice.SAYS_NO_IN_EVENTS: 0.03,
}
"""How many choose what."""

GRANTS = {
    Choice.EVERYTHING: ("recommendations", "model-improvement", "analytics"),
    Choice.RECOMMENDATIONS: ("recommendations",),
    Choice.SAYS_NO_IN_EVENTS: ("recommendations",),
}
"""The purposes that each choice permits."""

REFUSALS = {Choice.NOTHING: ("recommendations",)}
"""The purposes that each choice refuses."""


@dataclass(frozen=True, slots=True)
class Shopper:
    """A made-up person."""

    id: str
    """`s-1`, `s-2`, ..."""
    choice: Choice
    """What they said about consent."""
    tastes: tuple[tuple[str, str], ...]
    """The (category, style) pairs they like, the strongest first."""


def make_shoppers(n_shoppers: int, wares: Sequence[Ware], rng: np.random.Generator) -> list[Shopper]:
    """Make up people whose tastes the catalogue can serve."""
    pairs = sorted({(ware.category, ware.style) for ware in wares})
    choices = make_choices(n_shoppers, rng)
    shoppers = []
    for number in range(n_shoppers):
        liked = rng.choice(len(pairs), size=min(len(pairs), int(rng.integers(2, 4))), replace=False)
        shoppers.append(Shopper(f"s-{number + 1}", choices[number], tuple(pairs[pair] for pair in liked)))
    return shoppers


def make_choices(n: int, rng: np.random.Generator) -> list[Choice]:
    """Choices in the proportions of `PROPORTIONS`; the first two people always say yes and no, for the story's sake."""
    drawn = rng.choice(len(PROPORTIONS), size=n, p=list(PROPORTIONS.values()))
    choices = [list(PROPORTIONS)[index] for index in drawn]
    return [Choice.EVERYTHING, Choice.NOTHING, *choices[2:]][:n]


def sessions_of(
    shopper: Shopper, wares: Sequence[Ware], until: datetime, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """A shopper's events in the weeks before `until` (aware), oldest first."""
    shelves: dict[tuple[str, str], list[Ware]] = {}
    for ware in wares:
        shelves.setdefault((ware.category, ware.style), []).append(ware)
    starts = np.sort(rng.random(int(rng.integers(2, 6)))) * _DAYS
    weights = np.array([2.0**-rank for rank in range(len(shopper.tastes))])
    for start in starts:
        pair = shopper.tastes[int(rng.choice(len(weights), p=weights / weights.sum()))]
        shelf = shelves.get(pair, list(wares))
        at = until - timedelta(days=_DAYS - float(start), minutes=90)
        yield from _session(shopper, shelf, wares, at, rng)


def _session(
    shopper: Shopper, shelf: Sequence[Ware], wares: Sequence[Ware], at: datetime, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    n_views = min(len(shelf), int(rng.integers(2, 7)))
    chosen = [shelf[index] for index in rng.choice(len(shelf), size=n_views, replace=False)]
    basket = []
    for ware in chosen:
        seen = wares[int(rng.integers(len(wares)))] if rng.random() < _STRAYS else ware
        yield _event(shopper, "Product Viewed", at, _product(seen))
        at += timedelta(seconds=int(rng.integers(10, 240)))
        if rng.random() < 0.3:
            yield _event(shopper, "Product Added", at, {**_product(seen), "quantity": 1})
            at += timedelta(seconds=int(rng.integers(5, 60)))
            basket.append(seen)
    if rng.random() < _SHARED:
        yield _event(
            shopper, "Product Shared", at, {**_product(chosen[0]), "recipient": "made-up@shop.invalid"}
        )
    if basket and rng.random() < 0.6:
        at += timedelta(seconds=int(rng.integers(30, 600)))
        order = f"o-{shopper.id}-{int(at.timestamp())}"
        for ware in basket:
            products = [{**_product(ware), "quantity": 1}]
            yield _event(
                shopper,
                "Order Completed",
                at,
                {"order_id": order, "product_id": ware.id, "products": products},
            )


def _product(ware: Ware) -> dict[str, Any]:
    return {"product_id": ware.id, "category": ware.category, "price": ware.price}


def _event(shopper: Shopper, name: str, at: datetime, properties: dict[str, Any]) -> dict[str, Any]:
    event = track(name, {"userId": shopper.id}, properties, at.isoformat(timespec="milliseconds"))
    if shopper.choice is Choice.SAYS_NO_IN_EVENTS:
        event["context"] = {"consent": {"categoryPreferences": {}}}
    return event
