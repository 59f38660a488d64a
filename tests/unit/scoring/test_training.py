"""Training: EASE^R, exactly, for the people who are there and nobody else."""

from __future__ import annotations

import numpy as np
import pytest

import scoring.training
from scoring import Contributions, History, ModelParameterError, rank_group, train, untrained
from scoring.model import MAX_WEIGHT
from scoring.training import gram
from tests.unit.scoring.material import clustered_people, matrix_of, related_to


def naive_ease(dense: np.ndarray, lam: float) -> np.ndarray:
    """B as the paper writes it."""
    p = np.linalg.inv(dense.T @ dense + lam * np.eye(dense.shape[1]))
    b = p / -np.diag(p)
    np.fill_diagonal(b, 0)
    return b


class TestWeights:
    def test_are_the_largest_positive_ones_of_the_closed_form(self) -> None:
        rng = np.random.default_rng(3)
        dense = (rng.random((300, 40)) < 0.15).astype(np.float64)
        model = train(
            matrix_of([np.flatnonzero(row).tolist() for row in dense], 40), lam=20, k=7, now=5, version=9
        )
        b = naive_ease(dense, 20)
        unit = model.scale // 1024
        assert unit == int(MAX_WEIGHT / b.max())
        for item in range(40):
            expected = sorted(
                ((round(w * unit), j) for j, w in enumerate(b[item]) if round(w * unit) > 0),
                reverse=True,
            )
            assert [(w, j) for j, w in related_to(model, item)] == expected[:7]

    def test_fit_sixteen_bits_and_use_them(self) -> None:
        model = train(matrix_of([[0, 1], [0, 1], [1, 2]], 3), lam=1, now=0, version=1)
        assert model.weights.dtype == np.int16
        assert model.weights.max() > MAX_WEIGHT * 0.99

    def test_an_item_is_never_related_to_itself(self) -> None:
        rng = np.random.default_rng(4)
        model = train(matrix_of(clustered_people(rng, 100, 40, 4), 40), now=0, version=1)
        assert all(item not in dict(related_to(model, item)) for item in range(40))

    def test_gram_counts_people_in_both(self) -> None:
        matrix = matrix_of(clustered_people(np.random.default_rng(1), 50, 600, 6), 600)
        dense = matrix.toarray()
        np.testing.assert_array_equal(gram(matrix, np.float64), dense.T @ dense)


class TestModel:
    def test_says_what_it_was_trained_on(self) -> None:
        model = train(matrix_of([[0, 2], [], [2]], 5), lam=3, now=77, version=4)
        assert (model.version, model.trained_at, model.n_people, model.n_items) == (4, 77, 2, 5)
        assert model.ridge == 3
        assert model.columns.tolist() == [0, 2]
        assert model.popularity.tolist() == [1, 0, 2, 0, 0]
        assert model.order.tolist() == [2, 0, 4, 3, 1]
        assert model.usable

    def test_is_the_same_bit_for_bit_from_the_same_data(self) -> None:
        people = clustered_people(np.random.default_rng(2), 200, 100, 5)
        one = train(matrix_of(people, 100), now=1, version=1)
        other = train(matrix_of(people, 100), now=1, version=1)
        assert one.digest == other.digest

    def test_has_another_digest_for_any_other_data_or_parameter(self) -> None:
        people = [[0, 1], [1, 2], [0, 1]]
        digests = {
            train(matrix_of(people, 3), now=1, version=1).digest,
            train(matrix_of(people, 4), now=1, version=1).digest,
            train(matrix_of(people[:2], 3), now=1, version=1).digest,
            train(matrix_of(people, 3), now=2, version=1).digest,
            train(matrix_of(people, 3), now=1, version=2).digest,
            train(matrix_of(people, 3), lam=7, now=1, version=1).digest,
            train(matrix_of(people, 3), k=1, now=1, version=1).digest,
            train(matrix_of(people, 3), half_life=7, now=1, version=1).digest,
        }
        assert len(digests) == 8
        assert {len(digest) for digest in digests} == {32}

    def test_cannot_be_changed(self) -> None:
        model = train(matrix_of([[0, 1]], 2), now=1, version=1)
        with pytest.raises(ValueError, match="read-only"):
            model.weights[0, 0] = 1

    def test_of_nobody_relates_nothing_and_knows_nothing_popular(self) -> None:
        for matrix in (matrix_of([], 3), matrix_of([[], []], 3)):
            model = train(matrix, now=1, version=1)
            assert not model.usable
            assert model.n_people == 0
            assert model.popularity.tolist() == [0, 0, 0]

    def test_of_an_empty_catalogue_can_be_trained(self) -> None:
        assert not train(Contributions().matrix(0), now=1, version=1).usable

    def test_of_items_nobody_saw_together_is_of_no_use(self) -> None:
        assert not train(matrix_of([[0], [1]], 2), now=1, version=1).usable

    def test_beyond_the_largest_size_only_popular_items_are_columns(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scoring.training, "MAX_COLUMNS", 2)
        model = train(matrix_of([[0, 3], [0, 3], [1, 2, 3]], 5), now=1, version=1)
        assert model.columns.tolist() == [0, 3]
        assert model.popularity.tolist() == [2, 1, 1, 3, 0]
        assert dict(related_to(model, 0)).keys() == {3}

    def test_large_catalogues_in_single_precision_say_nearly_the_same(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        matrix = matrix_of(clustered_people(np.random.default_rng(6), 400, 200, 5), 200)
        exact = train(matrix, now=1, version=1)
        monkeypatch.setattr(scoring.training, "_EXACT_COLUMNS", 10)
        single = train(matrix, now=1, version=1)
        difference = exact.weights.astype(int) - single.weights.astype(int)
        assert np.abs(difference).max() <= 2


@pytest.mark.parametrize(
    "parameters", [{"lam": 0}, {"lam": -1}, {"lam": float("nan")}, {"k": 0}, {"k": 201}, {"half_life": 0}]
)
def test_parameters_out_of_range_are_refused(parameters: dict[str, float]) -> None:
    with pytest.raises(ModelParameterError):
        train(matrix_of([[0, 1]], 2), now=1, version=1, **parameters)  # type: ignore[arg-type]


class TestRemoval:
    def test_training_without_a_person_equals_a_training_in_which_they_never_took_part(self) -> None:
        people = clustered_people(np.random.default_rng(8), 60, 50, 5)
        left, never = Contributions(), Contributions()
        for slot, items in enumerate(people):
            for at, item in enumerate(items):
                left.add(slot, item, at)
                if slot != 17:
                    never.add(slot, item, at)
        before = train(left.matrix(50), now=1, version=1)
        left.clear(17)
        after = train(left.matrix(50), now=1, version=1)
        assert after.digest == train(never.matrix(50), now=1, version=1).digest
        assert after.digest != before.digest


def test_personal_slates_beat_popular_ones_on_clustered_tastes() -> None:
    """Leave the last item out: how often is it among ten?"""
    rng = np.random.default_rng(11)
    people = clustered_people(rng, 600, 400, 10)
    history, contributions = History(), Contributions()
    for slot, items in enumerate(people):
        for at, item in enumerate(items[:-1]):
            history.add(slot, item, at)
            contributions.add(slot, item, at)
    model = train(contributions.matrix(400), now=1, version=1)
    available = np.ones(400, dtype=np.bool_)
    slots = range(len(people))
    slates = rank_group(
        model, history.rows(slots), exclude=[None] * len(people), available=available, limit=10
    )
    hits = sum(items[-1] in slate.items for items, slate in zip(people, slates, strict=True))
    popular = sum(items[-1] in model.order[:10] for items in people)
    assert hits > 2 * popular
    assert hits > 0.15 * len(people)


def test_an_untrained_model_stands_in() -> None:
    model = untrained(4, version=3, now=9)
    assert (model.version, model.trained_at, model.n_items, model.usable) == (3, 9, 4, False)
    assert model.order.tolist() == [3, 2, 1, 0]
