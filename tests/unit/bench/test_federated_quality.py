"""The evaluation of models learnt on devices: splits hide what they ask for, sums are those of the product, attacks are seen."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from bench.federated_quality.asking import Quality, quality_of, scores_of_artefact
from bench.federated_quality.attacks import KINDS, Attack, attacked, poisons, target_of
from bench.federated_quality.comparators import averaged_factors, ease, popularity
from bench.federated_quality.curves import EPSILONS, Point, curve
from bench.federated_quality.drawing import drawn
from bench.federated_quality.exactness import exactness
from bench.federated_quality.few_people import Population, of_few
from bench.federated_quality.learning import Setting, learn, sum_of
from bench.federated_quality.recorded import Asked, movielens, msweb
from federated import Clip, ItemList, ModelRecipe, Visit, order_of, scores_of, update_of

N_ITEMS = 60
SETTING = Setting(Clip(), ModelRecipe(dimensions=8))


def made_up(n_people: int = 240, seed: int = 1) -> Asked:
    """People with one of three tastes, each knowing a dozen of its twenty items."""
    rng = np.random.default_rng(seed)
    everybody = [rng.choice(20, 12, replace=False) + 20 * (person % 3) for person in range(n_people)]
    negatives = [
        rng.choice(np.setdiff1d(np.arange(N_ITEMS), known), 30, replace=False) for known in everybody
    ]
    rest = [known[:-1] for known in everybody]
    return Asked(N_ITEMS, rest, rest, np.array([known[-1] for known in everybody]), np.array(negatives))


@pytest.mark.parametrize("validating", [False, True])
@pytest.mark.parametrize("read", [movielens, msweb])
def test_nobody_is_asked_for_what_is_known_of_them(datasets, read, validating: bool) -> None:
    asked = read(datasets, validating=validating)
    assert len(asked.histories) == len(asked.hidden) == len(asked.negatives)
    for history, hidden, negatives in zip(asked.histories, asked.hidden, asked.negatives, strict=True):
        assert hidden not in history
        assert hidden not in negatives
        assert not set(history) & set(negatives)
    if read is movielens:
        assert (len(asked.trained), asked.n_items) == (943, 1682)
        assert all(len(set(history)) == len(history) for history in asked.trained)
    else:
        assert asked.n_items == 286
        assert len(asked.trained) == (32_711 if not validating else 29_439)
        assert validating or len(asked.hidden) == 3_453


def test_the_validation_split_knows_nothing_of_the_last_items(datasets) -> None:
    test, validation = (movielens(datasets, validating=validating) for validating in (False, True))
    for later, earlier, hidden in zip(test.histories, validation.histories, validation.hidden, strict=True):
        np.testing.assert_array_equal(later[:-1], earlier)
        assert later[-1] == hidden


def test_the_sum_is_that_of_the_products_contributions() -> None:
    asked = made_up(20)
    items = ItemList([str(number) for number in range(N_ITEMS)])
    singly = [
        update_of([Visit(str(item), at) for at, item in enumerate(known)], items, SETTING.clip).astype(
            np.int64
        )
        for known in asked.trained
    ]
    np.testing.assert_array_equal(sum_of(asked.trained, N_ITEMS, SETTING.clip), np.sum(singly, axis=0))


def test_scores_of_everybody_are_those_of_each_device() -> None:
    asked = made_up(30)
    artefact = learn(
        sum_of(asked.trained, N_ITEMS, SETTING.clip), asked, SETTING, math.inf, rng=np.random.default_rng(1)
    )
    scores = scores_of_artefact(artefact, asked)
    for row, history in zip(scores, asked.histories, strict=True):
        own = scores_of(artefact, history[::-1].tolist())
        np.testing.assert_array_equal(np.floor(row), own)
        assert order_of(artefact, own)[0] == (-row).argmin()


def test_quality_counts_equal_scores_as_before_the_hidden_item() -> None:
    asked = Asked(4, [], [np.array([0]), np.array([0])], np.array([1, 1]), np.array([[2, 3]] * 2))
    flat = quality_of(np.zeros((2, 4)), asked)
    assert flat == Quality(1.0, pytest.approx(1 / math.log2(4)), 1.0)
    best = quality_of(np.array([[9.0, 5.0, 1.0, 2.0]] * 2), asked)
    assert best == Quality(1.0, 1.0, 1.0)


def test_every_way_of_learning_finds_the_tastes() -> None:
    asked = made_up()
    total = sum_of(asked.trained, N_ITEMS, SETTING.clip)
    rng = np.random.default_rng(1)
    chance = quality_of(popularity(total, asked), asked).full_hit_rate
    recency = 0.5 ** (np.arange(20) / 20)
    ways = (
        scores_of_artefact(learn(total, asked, SETTING, math.inf, rng=rng), asked),
        ease(total, asked, 1.0, 20),
        averaged_factors(asked, math.inf, times=1, rounds=30, recency=recency, rng=rng),
    )
    for scores in ways:
        assert quality_of(scores, asked).full_hit_rate > chance + 0.3


def test_secure_sums_of_cohorts_give_the_very_same_model() -> None:
    found = exactness(made_up(130), SETTING)
    assert found.same_sum
    assert found.same_model
    assert (found.devices, found.cohorts) == (130, 3)
    assert found.bytes_counted < found.bytes_up < found.bytes_counted + 10_000


def test_a_curve_has_all_points_and_a_picture() -> None:
    asked = made_up(90)
    points = curve(asked, made_up(90, seed=2), {"half_life": (5, 50)}, (1, 10))
    assert [(p.people, p.epsilon) for p in points] == [(n, e) for n in (90, 900) for e in EPSILONS]
    assert [p.is_emulated for p in points] == [False] * 6 + [True] * 6
    picture = ElementTree.fromstring(drawn({"made up": points, "again": points}))
    assert len(picture.findall(".//{*}polyline")) == 4
    assert points[0].numbers()["epsilon"] == 0.5


def test_a_line_of_one_population_needs_no_other() -> None:
    points = [Point(e, 10, False, Quality(0.5 + 0.05 * n, 0.3, 0.2)) for n, e in enumerate(EPSILONS)]
    assert drawn({"one": points}).count("<polyline") == 1


@pytest.mark.parametrize("kind", ["popular-items", "pipattack"])
def test_attackers_beyond_their_clip_are_left_out_with_their_cohorts(kind: str) -> None:
    asked = made_up(480)
    setting = Setting(Clip(max_items=12), SETTING.recipe)
    honest = attacked(asked, setting, Attack("none", 0.0, 1))
    beyond = attacked(asked, setting, Attack(kind, 0.01, 100))
    assert honest.refused == 0
    assert honest.is_published
    assert beyond.refused >= 1
    many = attacked(asked, setting, Attack(kind, 0.3, 100))
    assert (many.is_published, many.exposure) == (False, 0.0)
    assert beyond.exposure <= honest.exposure + 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_attackers_keep_to_the_protocol_and_all_want_the_target(kind: str) -> None:
    asked = made_up()
    target = target_of(asked)
    histories = poisons(Attack(kind, 0.05, 1), asked, target, most=12)
    assert len(histories) == 12
    for history in histories:
        assert target in history
        assert len(history) <= 12
        assert list(history) == sorted(set(history.tolist()))


def test_rounds_of_few_people_say_what_their_models_are_worth_and_which_are_published() -> None:
    few, many = of_few(made_up(), [Population(20, 1), Population(200, 4)])
    assert (few.people, few.held_out, many.held_out) == (20, 0, 1)
    assert many.hit_rate > few.hit_rate
    assert 0 <= few.published <= 0.25
