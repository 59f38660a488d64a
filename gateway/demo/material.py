"""What the demo is played with: the synthetic shop, or recorded events.

Recorded people were never asked by us: their consents are made up for the demonstration, and the demo says
so. Their ids are not shown either; a recorded person is "the first person of the file".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from gateway.demo.errors import DemoError
from gateway.demo.shop import make_shop
from gateway.demo.shoppers import Choice, make_choices
from gateway.demo.wares import NOUNS
from gateway.replay import BadLine, Recorded, Recording, products_of, read_items, subject_of

MOST_PEOPLE_ASKED = 2_000
"""Each consent is a call of its own; in a larger recording the others stay unasked."""

_ENOUGH_EVENTS = 5


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the story."""

    subject: dict[str, str]
    """As the interface spells them."""
    name: str
    """How the demo calls them."""
    choice: Choice
    """What they said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """Everything the demo plays with."""

    label: str
    """What it is, for the head of the page."""
    candour: str
    """What of it is made up."""
    items: list[dict[str, Any]]
    """The items of the catalogue."""
    people: list[Person]
    """Those who are asked for consent, or stay silent."""
    entries: Callable[[], Iterable[Recorded | BadLine]]
    """The events, anew at every call."""
    n_events: int
    """How many events there are."""
    willing: Person
    """Who consents, and withdraws later."""
    refusing: Person
    """The person who refuses."""
    fresh_item: str
    """An item of a kind new to the willing person; they look at it during the demo."""

    def title(self, item: str) -> str:
        """An item's title, or its id if it has none."""
        return next((str(known.get("title", item)) for known in self.items if known["id"] == item), item)


@dataclass(slots=True)
class _Survey:
    """One pass over the events."""

    n_events: int = 0
    people: Counter[tuple[str, str]] = field(default_factory=Counter)
    items: dict[str, dict[str, Any]] = field(default_factory=dict)
    popularity: Counter[str] = field(default_factory=Counter)

    def see(self, entry: Recorded | BadLine) -> None:
        if isinstance(entry, BadLine):
            return
        self.n_events += 1
        ((kind, value),) = subject_of(entry.event).items()
        self.people[kind, value] += 1
        for product in products_of(entry.event):
            item = product["product_id"]
            self.popularity[item] += 1
            known = self.items.setdefault(item, {"id": item})
            for name, member in (("name", "title"), ("category", "category"), ("price", "price")):
                if name in product:
                    known.setdefault(member, product[name])


def synthetic_material(*, seed: int, until: datetime) -> Material:
    """The synthetic shop.

    Args:
        seed: equal seeds make equal shops.
        until: aware; the shop's events end here.
    """
    shop = make_shop(seed=seed, until=until)
    people = [
        Person({"id": shopper.id}, f"shopper {shopper.id}", shopper.choice) for shopper in shop.shoppers
    ]
    entries = [Recorded(number, event) for number, event in enumerate(shop.events, 1)]
    items = [ware.as_item() for ware in shop.wares]
    survey = _Survey()
    for entry in entries:
        survey.see(entry)
    return Material(
        label=f"a synthetic shop: {len(items)} products in {len(NOUNS)} categories, {len(people)} shoppers",
        candour=f"Everything in it is made up (seed {seed}): no real product, person or purchase.",
        items=items,
        people=people,
        entries=lambda: entries,
        n_events=len(entries),
        willing=people[0],
        refusing=people[1],
        fresh_item=_fresh_item(entries, people[0].subject, survey.popularity, items),
    )


def recorded_material(recording: Recording, items_file: Path | None, *, seed: int) -> Material:
    """Recorded events; read twice here and once more when they are played.

    Args:
        recording: the file.
        items_file: a CSV table of items with titles; None takes what the events say.
        seed: for the consents, which are made up.

    Raises:
        ReplayError: a file cannot be read.
        DemoError: fewer than two people or items.
    """
    survey = _Survey()
    for entry in recording.read():
        survey.see(entry)
    if len(survey.people) < 2 or len(survey.items) < 2:
        raise DemoError("the demo needs a recording of at least two people and two items")
    described = {item["id"]: item for item in read_items(items_file)} if items_file else {}
    items = [{"title": item, **known, **described.get(item, {})} for item, known in survey.items.items()]
    people = _cast(survey.people, np.random.default_rng(seed))
    return Material(
        label=f"{survey.n_events:,} recorded events of {len(survey.people):,} people about {len(items):,} items",
        candour="The events are recorded; the consents are made up for this demonstration.",
        items=items,
        people=people,
        entries=recording.read,
        n_events=survey.n_events,
        willing=people[0],
        refusing=people[1],
        fresh_item=_fresh_item(recording.read(), people[0].subject, survey.popularity, items),
    )


def _cast(counts: Counter[tuple[str, str]], rng: np.random.Generator) -> list[Person]:
    """The people in the order of the file; the two of the story are the first with enough events."""
    order = sorted(counts, key=lambda who: counts[who] < _ENOUGH_EVENTS)[:MOST_PEOPLE_ASKED]
    names = ("the first person of the file", "the second person of the file")
    made_up = (
        Choice.RECOMMENDATIONS if choice is Choice.SAYS_NO_IN_EVENTS else choice
        for choice in make_choices(len(order), rng)
    )
    return [
        Person({kind: value}, names[index] if index < len(names) else "", choice)
        for index, ((kind, value), choice) in enumerate(zip(order, made_up, strict=True))
    ]


def _fresh_item(
    entries: Iterable[Recorded | BadLine],
    subject: dict[str, str],
    popularity: Counter[str],
    items: list[dict[str, Any]],
) -> str:
    """The most popular item in stock that somebody has not met, of a category they have not met if there is one."""
    met = {
        product["product_id"]
        for entry in entries
        if isinstance(entry, Recorded) and subject_of(entry.event) == subject
        for product in products_of(entry.event)
    }
    category_of = {item["id"]: item.get("category") for item in items if item.get("stock") != 0}
    met_categories = {category_of[item] for item in met if item in category_of} - {None}
    unmet = [item for item, _ in popularity.most_common() if item in category_of and item not in met]
    elsewhere = [item for item in unmet if category_of[item] not in met_categories]
    return str(next(iter(elsewhere or unmet or category_of)))
