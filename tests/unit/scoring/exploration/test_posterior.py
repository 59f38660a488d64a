"""The explorer learns from answers, tells contexts apart, and forgets a person without a trace."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import (
    N_FEATURES,
    NO_SURROUNDINGS,
    LoggedDecisions,
    Posterior,
    ShownSlate,
    SlatePolicy,
    best_policy,
    compare_policies,
    describe_candidates,
    draw_slates,
    tabular_policy,
)
from scoring.exploration.features import FEATURE_ONE
from scoring.exploration.posterior import MAX_SLATES


def candidates(scores, categories, surroundings=NO_SURROUNDINGS, people=None):
    scores = np.array([scores])
    popularity = np.zeros_like(scores) if people is None else np.array([people])
    return describe_candidates(scores, popularity, np.array([categories]), np.array([surroundings]))


def shown(features, items=None):
    return ShownSlate(
        list(range(len(features))) if items is None else items, features.astype("<i2").tobytes()
    )


def some_slates(seed, n):
    chance = np.random.default_rng(seed)
    return [shown(chance.integers(-1024, 1025, (3, N_FEATURES)), [10, 11, 12]) for _ in range(n)]


def test_before_anything_is_learnt_the_ranked_order_is_followed():
    u = Posterior().utilities(candidates([900, 700, 100, 0], [0, 1, 2, 3]))[0]
    assert u.tolist() == sorted(u.tolist(), reverse=True)
    assert u[0] > u[-1]


def test_what_is_answered_promises_more_and_what_is_not_promises_less():
    learnt, features = Posterior(), candidates([500, 500], [0, 1])
    for key in range(60):
        learnt.show(key, key, shown(features[0]))
        assert learnt.answer(key, key, 1)
    u = learnt.utilities(features)[0]
    assert u[1] > u[0]


def test_a_person_is_forgotten_as_if_they_had_never_come():
    known, never = Posterior(), Posterior()
    for key, slate in enumerate(some_slates(1, 300)):
        slot = key % 7
        answered = [item for item in (10, 11, 12) if (key * 7919 + item) % 3 == 0]
        for learner in (known, never) if slot != 3 else (known,):
            learner.show(slot, key, ShownSlate(list(slate.items), slate.features))
            for item in answered:
                assert learner.answer(slot, key, item)
        if key % 50 == 0:
            known.mean()
    assert not np.array_equal(known.mean(), never.mean())
    assert known.forget(3)
    assert not known.forget(3)
    for one, other in zip(known.sums, never.sums, strict=True):
        assert np.array_equal(one, other)
    assert known.mean().tobytes() == never.mean().tobytes()
    assert len(known) == len(never) == 6


def test_an_answer_about_an_item_that_is_disputed_teaches_nothing():
    disputed, never = Posterior(), Posterior()
    for learner in (disputed, never):
        learner.show(1, 5, some_slates(2, 1)[0])
    assert disputed.answer(1, 5, 11)
    disputed.drop(1, 11)
    assert disputed.mean().tobytes() == never.mean().tobytes()


def test_one_person_teaches_only_so_much():
    learner, last = Posterior(), Posterior()
    slates = some_slates(3, MAX_SLATES + 20)
    for key, slate in enumerate(slates):
        learner.show(1, key, slate)
        if key >= 20:
            last.show(2, key, ShownSlate(slate.items, slate.features))
    assert np.array_equal(learner.sums[0], last.sums[0])
    assert not learner.answer(1, 3, 10)


def test_an_answer_counts_once_and_only_to_what_was_shown():
    learner = Posterior()
    learner.show(1, 5, some_slates(4, 1)[0])
    assert learner.answer(1, 5, 10)
    before = learner.sums[1].tolist()
    assert not learner.answer(1, 5, 10)
    assert not learner.answer(1, 5, 99)
    assert not learner.answer(2, 5, 10)
    assert not learner.answer(1, 6, 10)
    assert learner.sums[1].tolist() == before


def test_features_are_whole_numbers_within_one_and_of_no_person():
    features = candidates([900, 10, 0], [4, -1, 4], 2, [3, 99, 0])
    assert features.dtype == np.int16
    assert features.shape == (1, 3, N_FEATURES)
    assert features.min() >= 0
    assert features.max() == FEATURE_ONE
    assert features[0, :, 3].tolist() == [0, 0, FEATURE_ONE]
    assert (features[0, :, 12:].sum(axis=1) == FEATURE_ONE).all()
    assert not candidates([1], [0])[0, :, 12:].any()


def world(seed, n_items=10):
    """A world in which answers follow a line through the features: items, and how often each is answered."""
    chance = np.random.default_rng(seed)
    weight = chance.normal(0, 1, N_FEATURES)
    weight[0] = 0
    pool = chance.integers(0, FEATURE_ONE + 1, (200, N_FEATURES)).astype(np.int16)
    pool[:, 0] = FEATURE_ONE
    promise = pool @ weight
    rates = 0.02 + 0.9 * (promise - promise.min()) / np.ptp(promise)
    return chance, pool, rates, n_items


@pytest.mark.parametrize("seed", [1, 2])
def test_in_the_last_quarter_regret_is_at_most_fifteen_per_cent_of_that_of_chance(seed):
    chance, pool, rates, n_items = world(seed)
    learner, policy = Posterior(), SlatePolicy(temperature=0.01, floor=0.05, places=1)
    rounds, regret, of_chance = 6000, [], []
    for key in range(rounds):
        offered = chance.choice(len(pool), n_items, replace=False)
        u = learner.utilities(pool[None, offered])
        drawn = draw_slates(policy, u, np.array([n_items]), chance.random((1, 1)))
        taken = offered[drawn.chosen[0, 0]]
        best = rates[offered].max()
        regret.append(best - rates[taken])
        of_chance.append(best - rates[offered].mean())
        learner.show(key, key, shown(pool[taken : taken + 1], [int(taken)]))
        if chance.random() < rates[taken]:
            learner.answer(key, key, int(taken))
    last = slice(rounds * 3 // 4, None)
    assert np.mean(regret[last]) <= 0.15 * np.mean(of_chance[last])


def test_in_two_contexts_the_same_person_is_shown_different_things_and_that_is_better_than_one_order_for_both():
    chance = np.random.default_rng(7)
    features = [candidates([500] * 4, range(4), surroundings)[0] for surroundings in (0, 1)]
    rates = np.array([[0.5, 0.05, 0.1, 0.05], [0.05, 0.1, 0.5, 0.05]])
    n = 4000
    seen, done = chance.integers(0, 2, n), chance.integers(0, 4, n)
    rewards = (chance.random(n) < rates[seen, done]).astype(float)
    learner = Posterior()
    for key in range(n // 2):
        learner.show(key, key, shown(features[seen[key]][done[key]][None], [int(done[key])]))
        if rewards[key]:
            learner.answer(key, key, int(done[key]))
    orders = [learner.utilities(each[None])[0] for each in features]
    assert [int(order.argmax()) for order in orders] == [0, 2]
    logged = LoggedDecisions(rewards, np.full(n, 0.25), done, seen)
    later, earlier = logged.part(np.arange(n) >= n // 2), logged.part(np.arange(n) < n // 2)
    contextual = np.zeros((2, 4))
    contextual[[0, 1], [int(order.argmax()) for order in orders]] = 1
    free = best_policy(earlier, by_context=False)
    difference = compare_policies(
        later, tabular_policy(later, contextual), tabular_policy(later, free), np.random.default_rng(1)
    )
    assert difference.low > 0


def test_what_was_shown_too_long_ago_is_forgotten_exactly():
    slates = some_slates(3, 6)
    learnt, since = Posterior(), Posterior()
    for key, slate in enumerate(slates):
        slate.at = 1_000 * key
        learnt.show(key % 2, key, slate)
        learnt.answer(key % 2, key, 11)
        if slate.at >= 3_000:
            since.show(key % 2, key, ShownSlate(slate.items, slate.features))
            since.answer(key % 2, key, 11)
    assert [learnt.age(slot, 3_000) for slot in learnt.slots()] == [True, True]
    for found, wanted in zip(learnt.sums, since.sums, strict=True):
        assert np.array_equal(found, wanted)
    assert [learnt.age(slot, 9_000) for slot in learnt.slots()] == [True, True]
    assert (len(learnt), learnt.slots()) == (0, [])
    assert not any(each.any() for each in learnt.sums)
