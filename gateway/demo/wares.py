"""The synthetic shop's products: made up, and the same for the same seed.

A product belongs to a category (lighting, kitchen, ...) and a style (Nordic, vintage, ...). The pairs of
both are what shoppers have a taste for, so that there is something to learn. Nothing here is recorded data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

STYLES = ("Nordic", "Vintage", "Industrial", "Coastal")

NOUNS: dict[str, tuple[str, ...]] = {
    "lighting": (
        "desk lamp",
        "floor lamp",
        "pendant light",
        "wall sconce",
        "night light",
        "lantern",
        "string lights",
        "reading light",
        "candle holder",
        "table lamp",
    ),
    "kitchen": (
        "tea kettle",
        "mixing bowl",
        "spice rack",
        "bread bin",
        "coffee grinder",
        "cutting board",
        "apron",
        "milk jug",
        "utensil jar",
        "egg timer",
    ),
    "bedroom": (
        "duvet cover",
        "throw blanket",
        "pillow case",
        "bedside table",
        "alarm clock",
        "linen basket",
        "bed frame",
        "dressing gown",
        "hot water bottle",
        "rug",
    ),
    "garden": (
        "watering can",
        "plant pot",
        "bird feeder",
        "hammock",
        "garden bench",
        "hand trowel",
        "seed box",
        "parasol",
        "wind chime",
        "fire bowl",
    ),
    "office": (
        "notebook",
        "pen holder",
        "letter tray",
        "desk pad",
        "bookend",
        "wall calendar",
        "paper knife",
        "office chair",
        "pin board",
        "filing box",
    ),
    "bathroom": (
        "towel set",
        "soap dish",
        "bath mat",
        "mirror",
        "shower curtain",
        "robe hook",
        "toothbrush mug",
        "storage basket",
        "bath tray",
        "shaving bowl",
    ),
    "travel": (
        "weekend bag",
        "wash bag",
        "water bottle",
        "passport cover",
        "travel pillow",
        "umbrella",
        "day pack",
        "luggage tag",
        "picnic blanket",
        "flask",
    ),
    "children": (
        "toy chest",
        "building blocks",
        "toy owl",
        "story book",
        "growth chart",
        "rocking horse",
        "play mat",
        "lunch box",
        "paint set",
        "puzzle",
    ),
    "dining": (
        "dinner plate",
        "soup bowl",
        "wine glass",
        "table runner",
        "napkin ring",
        "serving tray",
        "salt mill",
        "carafe",
        "cake stand",
        "cutlery set",
    ),
    "decor": (
        "vase",
        "picture frame",
        "wall clock",
        "cushion",
        "door wreath",
        "candle",
        "bowl",
        "print",
        "figurine",
        "basket",
    ),
}
"""Category -> what it sells."""

COLOURS = ("", "sand", "slate", "moss", "rust", "cream", "ink", "plum", "ochre", "sky")
"""Variants of a product; the first is the plain one."""

MOST_ITEMS = len(STYLES) * len(COLOURS) * sum(len(nouns) for nouns in NOUNS.values())
"""No larger catalogue can be made up."""

_OUT_OF_STOCK = 0.05
_LEAST_PRICE = 4.0
_TYPICAL_MARKUP = 20.0


@dataclass(frozen=True, slots=True)
class Ware:
    """A made-up product."""

    id: str
    """`p-1`, `p-2`, ..."""
    title: str
    """The title for people."""
    category: str
    """A key of `NOUNS`."""
    style: str
    """One of `STYLES`."""
    price: float
    """In no currency."""
    stock: int
    """Pieces; 0 is out of stock."""

    def as_item(self) -> dict[str, Any]:
        """The product as `PUT /v1/items` takes it."""
        return {
            "id": self.id,
            "title": self.title,
            "category": self.category,
            "tags": [self.style.lower(), "synthetic"],
            "price": self.price,
            "stock": self.stock,
        }


def make_wares(n_items: int, rng: np.random.Generator) -> list[Ware]:
    """Make up `n_items` products.

    Raises:
        ValueError: more than `MOST_ITEMS`, or none.
    """
    if not 0 < n_items <= MOST_ITEMS:
        raise ValueError
    names = [
        (category, style, f"{style} {noun}" + (f", {colour}" if colour else ""))
        for colour in COLOURS
        for noun_position in range(10)
        for category, nouns in NOUNS.items()
        for style in STYLES
        for noun in (nouns[noun_position],)
    ]
    prices = np.round(_LEAST_PRICE + rng.exponential(_TYPICAL_MARKUP, n_items), 2)
    stocks = np.where(rng.random(n_items) < _OUT_OF_STOCK, 0, rng.integers(1, 200, n_items))
    return [
        Ware(f"p-{number}", title, category, style, float(prices[number - 1]), int(stocks[number - 1]))
        for number, (category, style, title) in enumerate(names[:n_items], 1)
    ]
