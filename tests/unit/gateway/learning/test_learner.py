"""A learner raises its alarm when a placement's rate of outcomes falls, once, and not before."""

from __future__ import annotations

import numpy as np

from gateway.learning.joining import Joined
from gateway.learning.learner import OutcomeLearner
from gateway.learning.placements import LearningPlace, LearningPlan
from scoring import N_FEATURES, DrawnSlate, SlatePolicy

NOTHING_DRAWN = DrawnSlate(True, [], [], [], [], b"", 0.0, 0.0, b"")


def learner(reset=None):
    place = LearningPlace("home", False, 10, SlatePolicy(), None, ())
    return OutcomeLearner(
        LearningPlan((place,), window_seconds=60, max_decisions=100, drift_delta=0.05),
        bits={"home": 0},
        training_bit=1,
        index_of=lambda _: None,
        is_disputed=lambda slot, item: False,
        reset_at=lambda slot: (reset or {}).get(slot, 0),
    )


def live(learns, rates, chance):
    for index, rate in enumerate(rates):
        learns.shown(index % 50, index, 1_000_000, "home", [3], NOTHING_DRAWN)
        if chance.random() < rate:
            learns.decisions.join(index % 50, index, 3, 1_000_001, "click")


def test_a_fall_of_the_rate_of_outcomes_raises_an_alarm():
    learns, told = learner(), []
    learns.on_drift = told.append
    live(learns, [0.05] * 20_000 + [0.03] * 3_100, np.random.default_rng(4))
    assert told == ["home"]
    assert learns.drift_alarms == 1


def test_a_rate_that_stays_raises_none():
    learns = learner()
    live(learns, [0.05] * 30_000, np.random.default_rng(5))
    assert learns.drift_alarms == 0


def test_a_placement_that_does_not_learn_is_not_remembered():
    learns = learner()
    learns.shown(1, 1, 1, "elsewhere", [1], NOTHING_DRAWN)
    assert len(learns.decisions) == 0
    assert not learns.permitted("elsewhere", 0b11)
    assert not learns.permitted("home", 0b01)
    assert not learns.permitted("home", 0b10)
    assert learns.permitted("home", 0b11)


def test_what_was_shown_too_long_ago_teaches_no_more():
    learns = learner()
    drawn = DrawnSlate(True, [3], [3], [0], [1.0], b"", 0.0, 0.0, bytes(2 * N_FEATURES))
    learns.shown(7, 1, 1_000_000, "home", [3], drawn)
    learns.shown(8, 2, 2_000_000, "home", [3], drawn)
    assert (learns.people(), list(learns.age(1_500_000))) == (2, [True, False])
    assert learns.posterior("home").slots() == [8]


def test_who_resets_teaches_with_what_comes_later_only():
    reset = {}
    learns = learner(reset)
    drawn = DrawnSlate(True, [3], [3], [0], [1.0], b"", 0.0, 0.0, bytes(2 * N_FEATURES))
    for index, slot in enumerate((7, 8)):
        learns.shown(slot, index, 1_000_000, "home", [3], drawn)
    reset[7] = 1_000_000
    learns.drop_until(7, 1_000_000)
    assert learns.posterior("home").slots() == [8]
    assert learns.decisions.join(7, 0, 3, 1_000_000, "click") is Joined.UNKNOWN
    learns.shown(7, 2, 1_000_000, "home", [3], drawn)
    assert learns.posterior("home").slots() == [8], "read back from the log, it is as it was"
    learns.shown(7, 3, 1_000_001, "home", [3], drawn)
    assert sorted(learns.posterior("home").slots()) == [7, 8]
