"""Made-up recordings, each with a habit of its own; the same every time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scoring import Recording

Walk = Callable[[np.random.Generator], list[int]]


def steps(n_people: int = 1500, n_items: int = 400, *, stays: float = 0.0) -> Recording:
    """Each item has twenty that may follow, some likelier; `stays` of the time it is the same item once more."""
    rng = np.random.default_rng(3)
    after = [
        (rng.choice(n_items, 20, replace=False), rng.dirichlet(np.full(20, 0.5))) for _ in range(n_items)
    ]

    def walk(rng: np.random.Generator) -> list[int]:
        here = int(rng.integers(n_items))
        walked = [here]
        for _ in range(int(rng.integers(3, 18))):
            if rng.random() >= stays:
                here = int(rng.choice(after[here][0], p=after[here][1]))
            walked.append(here)
        return walked

    return _recorded(rng, n_people, n_items, walk)


def tastes(n_people: int = 1500, n_items: int = 600) -> Recording:
    """Everybody likes two of twelve kinds; the order means nothing, and nobody comes back."""
    rng = np.random.default_rng(4)
    liking, kinds = _liking(n_items), rng.integers(0, 12, n_items)

    def walk(rng: np.random.Generator) -> list[int]:
        chances = _of_kinds(rng, liking, kinds)
        chosen: list[int] = rng.choice(n_items, int(rng.integers(4, 25)), replace=False, p=chances).tolist()
        return chosen

    return _recorded(rng, n_people, n_items, walk)


def favourites(n_people: int = 800, n_items: int = 600) -> Recording:
    """Seven times out of ten something that the person had before, lately rather than long ago."""
    rng = np.random.default_rng(5)
    liking, kinds = _liking(n_items), rng.integers(0, 12, n_items)

    def walk(rng: np.random.Generator) -> list[int]:
        chances = _of_kinds(rng, liking, kinds)
        walked: list[int] = [int(rng.choice(n_items, p=chances))]
        for _ in range(int(rng.integers(8, 40))):
            ages = len(walked) - 1 - np.arange(len(walked))
            recent = 2.0 ** (-ages / 10)
            again = int(rng.choice(walked, p=recent / recent.sum()))
            walked.append(again if rng.random() < 0.7 else int(rng.choice(n_items, p=chances)))
        return walked

    return _recorded(rng, n_people, n_items, walk)


def routines(n_people: int = 1000, n_items: int = 300) -> Recording:
    """Everybody goes round five items of their own, and elsewhere one time in ten."""

    def walk(rng: np.random.Generator) -> list[int]:
        own = rng.choice(n_items, 5, replace=False)
        astray = rng.random(40) < 0.1
        length = int(rng.integers(6, 30))
        return [int(rng.integers(n_items)) if astray[n] else int(own[n % 5]) for n in range(length)]

    return _recorded(np.random.default_rng(6), n_people, n_items, walk)


def seasons(n_people: int = 1800, n_items: int = 400) -> Recording:
    """Every item has its weeks; people come for a while at any time, and take what everybody takes then."""
    rng = np.random.default_rng(7)
    peaks, heights = rng.random(n_items) * 1000, rng.pareto(1.5, n_items) + 0.2
    people, items, times = [], [], []
    for person in range(n_people):
        for moment in np.sort(rng.random() * 800 + rng.random(int(rng.integers(3, 12))) * 200):
            chances = heights * np.exp(-0.5 * ((peaks - moment) / 15) ** 2) + 1e-6
            people.append(person)
            items.append(int(rng.choice(n_items, p=chances / chances.sum())))
            times.append(float(moment))
    return Recording(np.array(people), np.array(items), n_items, ordered=True, times=np.array(times))


MADE_UP: dict[str, Callable[[], Recording]] = {
    "steps": steps,
    "steps that stay": lambda: steps(stays=0.5),
    "tastes": tastes,
    "favourites": favourites,
    "routines": routines,
    "seasons": seasons,
}
"""Name -> how it is made."""


def _recorded(rng: np.random.Generator, n_people: int, n_items: int, walk: Walk) -> Recording:
    walks = [walk(rng) for _ in range(n_people)]
    people = np.repeat(np.arange(n_people), [len(walked) for walked in walks])
    return Recording(people, np.concatenate([np.array(walked) for walked in walks]), n_items, ordered=True)


def _liking(n_items: int) -> NDArray[np.float64]:
    liking: NDArray[np.float64] = 1 / np.arange(1, n_items + 1) ** 0.8
    return liking


def _of_kinds(
    rng: np.random.Generator, liking: NDArray[np.float64], kinds: NDArray[np.int64]
) -> NDArray[np.float64]:
    chances = liking * np.where(np.isin(kinds, rng.choice(12, 2, replace=False)), 1, 0.05)
    found: NDArray[np.float64] = chances / chances.sum()
    return found
