"""Ranking: the fast one says what the obvious one says."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from scoring import History, Ranked, explain, rank_group, untrained
from scoring.sightings import sighting_of
from tests.unit.scoring.material import Place, model_of, naive_rank, random_model, row_of

EVERYTHING = np.ones(10, dtype=np.bool_)


def places(slate: Ranked) -> list[Place]:
    return list(zip(slate.items, slate.scores, slate.because, slate.addends, strict=True))


def rank_one(model, row, *, exclude=None, candidates=None, available=EVERYTHING, limit=3) -> Ranked:
    return rank_group(
        model, row[None, :], exclude=[exclude], candidates=[candidates], available=available, limit=limit
    )[0]


class TestOneSlate:
    MODEL = model_of(10, {0: {1: 100, 2: 50}, 3: {2: 80, 4: 10}}, [9, 8, 7, 6, 5, 4, 3, 2, 1, 0])

    def test_adds_up_and_names_the_strongest_addend(self) -> None:
        new, old = self.MODEL.recency[2, :2].tolist()
        slate = rank_one(self.MODEL, row_of(3, 0))
        assert places(slate) == [
            (2, 80 * new + 50 * old, 3, 80 * new),
            (1, 100 * old, 0, 100 * old),
            (4, 10 * new, 3, 10 * new),
        ]

    def test_what_is_missing_is_filled_with_popular_items(self) -> None:
        slate = rank_one(self.MODEL, row_of(3, 0), limit=5)
        assert places(slate)[3:] == [(5, 0, -1, 0), (6, 0, -1, 0)]

    def test_seen_items_never_come_back(self) -> None:
        slate = rank_one(self.MODEL, row_of(3, 0, 2, 1, 4), limit=10)
        assert slate.items == [5, 6, 7, 8, 9]

    def test_excluded_and_unavailable_items_never_appear(self) -> None:
        available = EVERYTHING.copy()
        available[[1, 5]] = False
        slate = rank_one(
            self.MODEL, row_of(3, 0), exclude=np.array([2, 6], dtype=np.int32), available=available, limit=9
        )
        assert slate.items == [4, 7, 8, 9]

    def test_availability_is_asked_anew_each_time(self) -> None:
        available = EVERYTHING.copy()
        assert rank_one(self.MODEL, row_of(0), available=available).items[0] == 1
        available[1] = False
        assert rank_one(self.MODEL, row_of(0), available=available).items[0] == 2
        available[1] = True
        assert rank_one(self.MODEL, row_of(0), available=available).items[0] == 1

    def test_only_candidates_are_shown_when_there_are_any(self) -> None:
        only = np.array([4, 9, 4, 0, 2], dtype=np.int32)
        assert rank_one(self.MODEL, row_of(3, 0), candidates=only, limit=9).items == [2, 4, 9]
        assert rank_one(self.MODEL, row_of(3, 0), candidates=only[:0], limit=9).items == []

    def test_equal_scores_are_ordered_by_index_the_newest_first(self) -> None:
        model = model_of(10, {0: {3: 7, 5: 7, 1: 7}})
        assert rank_one(model, row_of(0)).items == [5, 3, 1]

    def test_items_that_came_after_the_model_are_neither_related_nor_forgotten(self) -> None:
        more = np.ones(12, dtype=np.bool_)
        slate = rank_one(self.MODEL, row_of(11, 0), available=more, limit=20)
        assert slate.items == [1, 2, 3, 4, 5, 6, 7, 8, 10, 9]
        hidden = np.array([10, 11], dtype=np.int32)
        assert 10 not in rank_one(self.MODEL, row_of(0), exclude=hidden, available=more, limit=20).items

    def test_an_empty_history_gets_the_popular_order(self) -> None:
        assert rank_one(self.MODEL, row_of(), limit=2).items == [0, 1]

    def test_an_untrained_model_gives_the_newest_items(self) -> None:
        assert rank_one(untrained(4), row_of(1), available=EVERYTHING[:4]).items == [3, 2, 0]
        assert rank_one(untrained(0), row_of(), available=EVERYTHING[:0]).items == []

    def test_a_smaller_limit_gives_a_prefix(self) -> None:
        longest = places(rank_one(self.MODEL, row_of(3, 0), limit=9))
        for limit in range(1, 9):
            assert places(rank_one(self.MODEL, row_of(3, 0), limit=limit)) == longest[:limit]

    def test_a_full_history_of_the_heaviest_weights_does_not_overflow(self) -> None:
        model = model_of(40, {item: {30: 32_767} for item in range(20)}, half_life=1000)
        slate = rank_one(model, row_of(*range(20)), available=np.ones(40, dtype=np.bool_), limit=1)
        assert slate.scores == [32_767 * int(model.recency[20].sum())]
        assert slate.items == [30]


class TestManyRepetitions:
    """An item related to everything in the history has twenty addends: they must not crowd the others out."""

    def test_a_slate_of_items_that_all_have_twenty_addends_is_complete(self) -> None:
        related = {item: {other: 100 + other for other in range(20, 70)} for item in range(20)}
        slate = rank_one(
            model_of(80, related), row_of(*range(20)), available=np.ones(80, dtype=np.bool_), limit=40
        )
        assert slate.items == list(range(69, 29, -1))
        assert min(slate.scores) > 0


@pytest.mark.parametrize("seed", range(60))
def test_equals_the_obvious_ranking(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n_items = int(rng.integers(1, 60))
    model = random_model(rng, n_items, int(rng.integers(1, 9)))
    size = n_items + int(rng.integers(0, 5))
    available = rng.random(size) > rng.choice([0, 0.1, 0.6])
    history = History()
    n_people = int(rng.integers(1, 40))
    for slot in range(n_people):
        for at in range(int(rng.integers(0, 30))):
            history.add(slot, sighting_of(int(rng.integers(0, size)), int(rng.integers(0, 6))), at)
        if rng.random() < 0.3:
            history.drop(slot, int(rng.integers(0, size)))
    rows = history.rows(range(n_people))

    def some_items(share: float) -> list[np.ndarray | None]:
        return [
            rng.integers(0, size, int(rng.integers(0, 9))).astype(np.int32) if rng.random() < share else None
            for _ in range(n_people)
        ]

    exclude, candidates = some_items(0.5), some_items(0.3)
    limit = int(rng.integers(1, 15))
    slates = rank_group(model, rows, exclude=exclude, candidates=candidates, available=available, limit=limit)
    for row, hidden, only, slate in zip(rows, exclude, candidates, slates, strict=True):
        expected = naive_rank(
            model,
            row,
            [] if hidden is None else hidden.tolist(),
            None if only is None else only.tolist(),
            available,
            limit,
        )
        assert places(slate) == expected
        for item, score, because, addend in places(slate):
            addends = explain(model, row, item)
            if score:
                assert sum(part for _, part in addends) == score
                assert (because, addend) in addends
                assert addend == max(part for _, part in addends)


class TestGroups:
    def test_one_by_one_and_all_at_once_are_the_same(self) -> None:
        rng = np.random.default_rng(1)
        model = random_model(rng, 50, 8)
        rows = np.stack([row_of(*rng.choice(50, int(rng.integers(0, 21)), replace=False)) for _ in range(37)])
        available = rng.random(50) > 0.2
        together = rank_group(model, rows, exclude=[None] * 37, available=available, limit=6)
        alone = [rank_one(model, row, available=available, limit=6) for row in rows]
        assert [places(slate) for slate in together] == [places(slate) for slate in alone]

    def test_nobody_gets_no_slates(self) -> None:
        assert (
            rank_group(
                untrained(3), np.zeros((0, 20), np.int32), exclude=[], available=EVERYTHING[:3], limit=2
            )
            == []
        )

    def test_threads_do_not_disturb_one_another(self) -> None:
        rng = np.random.default_rng(3)
        model = random_model(rng, 50, 8)
        rows = np.stack([row_of(*rng.choice(50, 15, replace=False)) for _ in range(16)])
        available = np.ones(50, dtype=np.bool_)

        def rank() -> list[list[Place]]:
            slates = rank_group(model, rows, exclude=[None] * 16, available=available, limit=6)
            return [places(slate) for slate in slates]

        expected = rank()
        differing: list[int] = []
        threads = [
            threading.Thread(target=lambda: differing.extend(1 for _ in range(30) if rank() != expected))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert differing == []

    def test_a_new_model_takes_effect_at_once(self) -> None:
        first, second = model_of(10, {0: {1: 5}}), model_of(10, {0: {2: 5}})
        assert [rank_one(model, row_of(0), limit=1).items for model in (first, second, first)] == [
            [1],
            [2],
            [1],
        ]


class TestExplaining:
    MODEL = model_of(10, {0: {1: 100}, 3: {1: 80}, 4: {2: 1}})

    def test_lists_the_addends_from_the_newest(self) -> None:
        weights = self.MODEL.recency[3].tolist()
        assert explain(self.MODEL, row_of(4, 3, 0), 1) == [(3, 80 * weights[1]), (0, 100 * weights[2])]

    def test_an_unrelated_or_later_item_has_none(self) -> None:
        assert explain(self.MODEL, row_of(4, 3, 0), 9) == []
        assert explain(self.MODEL, row_of(4, 3, 0), 500) == []
        assert explain(self.MODEL, row_of(11), 1) == []

    def test_every_position_of_the_padding_is_ignored(self) -> None:
        assert explain(self.MODEL, row_of(), 1) == []
