"""A synthetic shop: products, people with tastes, and what they did. Made up, and labelled so wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from gateway.demo.shoppers import Shopper, make_shoppers, sessions_of
from gateway.demo.wares import Ware, make_wares

DEFAULT_ITEMS = 400

DEFAULT_SHOPPERS = 300


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything the synthetic shop consists of."""

    wares: list[Ware]
    """The products on sale."""
    shoppers: list[Shopper]
    """The people who visit."""
    events: list[dict[str, Any]]
    """What they did, in the order of time, as the Segment tracking API spells it."""


def make_shop(
    *, seed: int, until: datetime, n_items: int = DEFAULT_ITEMS, n_shoppers: int = DEFAULT_SHOPPERS
) -> Shop:
    """Make up a shop; equal arguments give equal shops, down to every messageId.

    Args:
        seed: any number from 0.
        until: aware; all events lie in the four weeks before it.
        n_items: products.
        n_shoppers: people, at least 2.

    Raises:
        ValueError: more products than there are words for.
    """
    rng = np.random.default_rng(seed)
    wares = make_wares(n_items, rng)
    shoppers = make_shoppers(n_shoppers, wares, rng)
    events = [event for shopper in shoppers for event in sessions_of(shopper, wares, until, rng)]
    events.sort(key=lambda event: (event["timestamp"], event["messageId"]))
    return Shop(wares, shoppers, events)
