"""The unpersonalised slate."""

from __future__ import annotations

import numpy as np

from scoring import Catalogue, Item, Popular, untrained
from scoring.popular import HEAD_ITEMS
from tests.unit.scoring.material import model_of


def shop(n: int = 6) -> Catalogue:
    catalogue = Catalogue()
    catalogue.upsert(Item(f"i{number}", category="odd" if number % 2 else "even") for number in range(n))
    return catalogue


def indices(*items: int) -> np.ndarray:
    return np.array(items, dtype=np.int32)


COUNTS = [5, 9, 0, 9, 1, 0]


class TestSlates:
    def test_before_any_model_the_newest_items_stand_in(self) -> None:
        assert Popular(shop(), untrained(0)).slate(3).items == [5, 4, 3]

    def test_the_popular_come_first_and_the_newest_among_equals(self) -> None:
        assert Popular(shop(), model_of(6, {}, COUNTS)).slate(10).items == [3, 1, 0, 4, 5, 2]

    def test_no_place_has_a_score_or_a_reason_in_a_history(self) -> None:
        slate = Popular(shop(), untrained(6)).slate(2)
        assert (slate.scores, slate.because, slate.addends) == ([0, 0], [-1, -1], [0, 0])

    def test_the_category_of_the_context_comes_first(self) -> None:
        popular = Popular(shop(), model_of(6, {}, COUNTS))
        assert popular.slate(5, "even").items == [0, 4, 2, 3, 1]
        assert popular.slate(2, "even").items == [0, 4]
        assert popular.slate(3, "unheard of").items == [3, 1, 0]

    def test_what_fills_a_long_slate_stands_in_the_same_order(self) -> None:
        popular = Popular(shop(20_000), model_of(20_000, {}, [number % 7 for number in range(20_000)]))
        rng = np.random.default_rng(1)
        for category in (None, "even", "unheard of"):
            for limit in (0, 3, 700, 20_000):
                allowed = rng.random(20_000) < rng.choice([0.01, 0.5])
                wanted = popular.slate(limit, category, np.flatnonzero(~allowed).astype(np.int32)).items
                assert popular.fill(allowed, limit, category).tolist() == wanted

    def test_excluded_items_never_appear(self) -> None:
        popular = Popular(shop(), model_of(6, {}, COUNTS))
        assert popular.slate(3, None, indices(3, 0, 400)).items == [1, 4, 5]
        assert popular.slate(4, "even", indices(0, 3)).items == [4, 2, 1, 5]

    def test_only_candidates_are_shown_when_there_are_any(self) -> None:
        popular = Popular(shop(), model_of(6, {}, COUNTS))
        assert popular.slate(5, None, indices(3), indices(2, 3, 0, 0, 99, -1)).items == [0, 2]
        assert popular.slate(5, "odd", None, indices(0, 5, 3)).items == [3, 5, 0]
        assert popular.slate(5, "unheard of", None, indices(0, 5, 3)).items == [3, 0, 5]
        assert popular.slate(5, None, None, indices()).items == []


class TestFollowing:
    def test_stock_counts_in_the_very_next_slate(self) -> None:
        catalogue = shop()
        popular = Popular(catalogue, model_of(6, {}, COUNTS))
        assert popular.slate(1).items == [3]
        catalogue.upsert([Item("i3", stock=0)])
        assert popular.slate(1).items == [1]
        catalogue.delete("i1")
        assert popular.slate(2, "odd").items == [5, 0]

    def test_new_items_stand_before_other_items_nobody_knows(self) -> None:
        catalogue = shop()
        popular = Popular(catalogue, model_of(6, {}, COUNTS))
        catalogue.upsert([Item("i6")])
        assert popular.slate(10).items == [3, 1, 0, 4, 6, 5, 2]

    def test_a_retired_model_takes_its_counts_along(self) -> None:
        popular = Popular(shop(), model_of(6, {}, COUNTS))
        assert popular.slate(1).items == [3]
        popular.adopt(untrained(6))
        assert popular.slate(6).items == [5, 4, 3, 2, 1, 0]
        assert not popular.model.usable


class TestBeyondTheHead:
    def test_a_longer_slate_than_the_head_is_complete(self) -> None:
        popular = Popular(shop(500), untrained(500))
        assert popular.slate(HEAD_ITEMS + 50).items == list(range(499, 249, -1))

    def test_excluding_the_whole_head_shows_what_comes_after(self) -> None:
        popular = Popular(shop(500), untrained(500))
        excluded = np.arange(290, 500, dtype=np.int32)
        assert popular.slate(2, None, excluded).items == [289, 288]
        assert popular.slate(2, "even", np.arange(10, 500, dtype=np.int32)).items == [8, 6]
