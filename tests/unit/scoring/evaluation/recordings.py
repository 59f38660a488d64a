"""Made-up recordings."""

from __future__ import annotations

import numpy as np

from scoring import Recording


def cycling(n_people: int = 120, n_items: int = 30, length: int = 8, *, ordered: bool = True) -> Recording:
    """Everybody walks through the items one after the other, from a place of their own: what comes next is certain."""
    rng = np.random.default_rng(7)
    starts = rng.integers(0, n_items, n_people)
    items = ((starts[:, None] + np.arange(length)) % n_items).ravel().astype(np.int64)
    people = np.repeat(np.arange(n_people, dtype=np.int64), length)
    return Recording(people, items, n_items, ordered, tie=None if ordered else items * 31 % 17)


def aimless(n_people: int = 300, n_items: int = 60, length: int = 6) -> Recording:
    """Nobody's items have anything to do with one another."""
    rng = np.random.default_rng(11)
    items = np.stack([rng.choice(n_items, length, replace=False) for _ in range(n_people)]).ravel()
    people = np.repeat(np.arange(n_people, dtype=np.int64), length)
    return Recording(people, items.astype(np.int64), n_items, ordered=True)


def shopping(n_people: int = 400, n_items: int = 60, shelf: int = 6) -> Recording:
    """Everybody buys items of one shelf, and looks at whatever they come past: what was bought tells what comes next."""
    rng = np.random.default_rng(5)
    items, events = [], []
    for person in range(n_people):
        bought = person % (n_items // shelf) * shelf + rng.permutation(shelf)[:4]
        passed = rng.choice(n_items, 6, replace=False)
        items.append(np.concatenate([bought[:3], passed, bought[3:]]))
        events.append([1] * 3 + [0] * 6 + [1])
    people = np.repeat(np.arange(n_people, dtype=np.int64), 10)
    return Recording(
        people,
        np.concatenate(items).astype(np.int64),
        n_items,
        ordered=True,
        events=np.concatenate(events).astype(np.int64),
        event_names=("seen", "bought"),
    )
