"""What composing a slate costs, and how much more than the bare ranking that is: per part of a recipe.

    python -m bench.slates

10,000 items with four words of title, three tags and one of 40 categories each, 50 neighbours; every person has 20 items behind
them (of a session of 50 the last 20 distinct count). Groups of 32, as 32 connections make.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from bench.rank import LIMIT, N_ITEMS, make_histories, make_model
from bench.report import Row
from scoring import (
    Catalogue,
    Composer,
    ContentIndex,
    Item,
    Model,
    Newcomers,
    Popular,
    Recipe,
    Trending,
    Wanted,
    rank_group,
    text_of,
)

GROUP = 32
NOW = 1_000_000
RECIPES = {
    "plain": Recipe(),
    "content": Recipe(content=0.5),
    "trending": Recipe(trending=0.3),
    "diversity": Recipe(diversity=0.3),
    "newcomers": Recipe(newcomers=0.1),
    "exposure": Recipe(fair_exposure=True),
    "everything": Recipe(content=0.5, trending=0.3, diversity=0.3, newcomers=0.1, fair_exposure=True),
}


def make_composer(model: Model, rng: np.random.Generator) -> Composer:
    """A catalogue with texts and providers, and a trend of a thousand people."""
    words = [f"word{n}" for n in range(2000)]
    catalogue = Catalogue()
    catalogue.upsert(
        Item(
            id=f"item-{n}",
            title=" ".join(rng.choice(words, 4)),
            category=f"c{n % 40}",
            tags=tuple(rng.choice(words[:200], 3)),
            provider=f"p{n % 5}",
        )
        for n in range(N_ITEMS)
    )
    trending = Trending(1800, 5)
    for slot in range(1000):
        trending.add_many([slot] * 5, rng.integers(0, 200, 5).tolist(), [NOW] * 5)
    composer = Composer(catalogue, Popular(catalogue, model), trending, Newcomers(100))
    composer.content = ContentIndex([text_of(item) for item in catalogue.items])
    return composer


def measure(composer: Composer, recipe: Recipe, groups: list[NDArray[np.int32]]) -> tuple[float, float]:
    """Microseconds of processor time a slate: median, and 99th percentile."""
    taken = []
    for row in np.concatenate(groups):
        start = time.process_time()
        composer.compose(Wanted(placement="home", recipe=recipe, limit=LIMIT, row=row), NOW)
        taken.append((time.process_time() - start) * 1e6)
    return float(np.median(taken)), float(np.quantile(taken, 0.99))


def rows(*, quick: bool) -> list[Row]:
    """One line: the bare ranking's 99th percentile in groups of 32, and what each part makes of a slate."""
    rng = np.random.default_rng(1)
    model = make_model("random", rng)
    histories = make_histories("random", rng)
    n_groups = 5 if quick else 200
    groups = [histories[rng.integers(0, len(histories), GROUP)] for _ in range(n_groups)]
    composer = make_composer(model, rng)
    measure(composer, RECIPES["everything"], groups)  # likeness is computed once an item and catalogue
    available = np.ones(N_ITEMS, dtype=np.bool_)
    bare = []
    for group in groups:
        start = time.process_time()
        rank_group(model, group, exclude=[None] * GROUP, available=available, limit=LIMIT)
        bare.append((time.process_time() - start) / GROUP * 1e6)
    median = float(np.median(bare))
    found = {name: measure(composer, recipe, groups) for name, recipe in RECIPES.items()}
    parts = "; ".join(f"{name} {mid:.0f} us ({mid / median:.1f}x)" for name, (mid, _) in found.items())
    return [
        {
            "name": "a slate at the default placement, 99 %",
            "value": round(float(np.quantile(bare, 0.99)), 1),
            "unit": "us",
            "goal": "1000",
            "detail": f"processor time in groups of {GROUP}, {N_ITEMS:,} items; composed, against its median of {median:.0f} us: {parts}",
            "bound_by": "NumPy: adding up over the catalogue; Python: naming the parts",
        },
        {
            "name": "a slate composed of everything, 99 %",
            "value": round(found["everything"][1], 1),
            "unit": "us",
            "goal": "1000",
            "detail": f"processor time, one by one; half of them within {found['everything'][0]:.0f} us; {N_ITEMS:,} items",
            "bound_by": "Python: naming the parts; NumPy: ordering the candidates; choosing the most diverse of them",
        },
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="What composing a slate costs.")
    parser.add_argument("--quick", action="store_true", help="one small round: does it run?")
    for row in rows(quick=parser.parse_args().quick):
        print(f"{row['name']}: {row['value']} {row['unit']} (goal {row['goal']})")
        print(row["detail"])


if __name__ == "__main__":
    main()
