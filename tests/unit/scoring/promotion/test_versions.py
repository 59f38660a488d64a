"""Models follow one another as far as they are good enough; whoever leaves takes the earlier ones along."""

from __future__ import annotations

import pytest

from scoring import Candidate, ModelVersions, Stage, untrained
from scoring.promotion.versions import EARLIER_KEPT


def candidate(version, quality=0.1, champion=0.1, popularity=0.05, people=500, removals=0):
    model = untrained(3, version=version)
    return Candidate(model, removals, people, quality, champion, popularity)


def versions(**more):
    return ModelVersions(**{"tolerance": 0.1, "shadows": False, **more})


def in_use(models):
    return None if models.champion is None else models.champion.model.version


def test_a_model_that_is_not_much_worse_follows_and_one_that_is_does_not():
    models = versions()
    assert models.offer(candidate(1)) is Stage.IN_USE
    assert models.offer(candidate(2, quality=0.0901)) is Stage.IN_USE
    assert models.offer(candidate(3, quality=0.0899)) is Stage.REFUSED
    assert in_use(models) == 2
    assert [(stage, each.model.version) for stage, each in models.cards()] == [
        (Stage.REFUSED, 3), (Stage.IN_USE, 2), (Stage.EARLIER, 1),
    ]  # fmt: skip


def test_a_model_that_popularity_beats_is_never_used():
    models = versions(tolerance=1.0)
    assert models.offer(candidate(1, quality=0.04)) is Stage.REFUSED
    assert in_use(models) is None


def test_nothing_is_compared_with_a_model_that_only_stands_in():
    models = versions()
    models.stand_in(Candidate(untrained(3, version=1), 0, stands_in=True))
    assert models.offer(candidate(2, quality=0.04)) is Stage.REFUSED
    assert in_use(models) == 1
    assert models.offer(candidate(3, quality=0.06, champion=0.9)) is Stage.IN_USE
    assert models.offer(candidate(4, quality=0.06, champion=0.9)) is Stage.REFUSED
    assert models.roll_back().model.version == 1


def test_where_too_few_people_can_tell_every_model_is_used():
    models = versions()
    for version in (1, 2, 3):
        assert models.offer(candidate(version, quality=0, popularity=0, people=0)) is Stage.IN_USE


def test_going_back_holds_until_somebody_promotes():
    models = versions()
    for version in (1, 2, 3):
        models.offer(candidate(version))
    assert models.roll_back().model.version == 2
    assert models.offer(candidate(4)) is Stage.WAITING
    assert in_use(models) == 2
    assert models.roll_back().model.version == 1
    assert models.roll_back() is None
    assert in_use(models) == 1
    assert models.promote().model.version == 2
    assert models.offer(candidate(5)) is Stage.IN_USE
    assert in_use(models) == 5


def test_nobody_can_go_back_to_a_model_that_knows_somebody_who_left():
    models = versions()
    for version in (1, 2, 3):
        models.offer(candidate(version))
    models.removed()
    assert models.roll_back() is None
    assert not models.is_sound(models.champion)
    assert models.offer(candidate(4, removals=1)) is Stage.IN_USE
    assert models.roll_back() is None
    assert models.offer(candidate(5, removals=1)) is Stage.IN_USE
    assert models.roll_back().model.version == 4


def test_a_model_that_waits_goes_too_when_somebody_leaves():
    models = versions(shadows=True)
    models.offer(candidate(1))
    assert models.offer(candidate(2)) is Stage.SHADOW
    models.removed()
    assert models.challenger is None
    assert models.promote() is None
    assert in_use(models) == 1


def test_after_a_removal_a_model_need_only_beat_popularity_because_the_other_must_go():
    models = versions()
    models.offer(candidate(1, quality=0.5))
    models.removed()
    assert models.offer(candidate(2, quality=0.06, champion=0.5, removals=1)) is Stage.IN_USE


def test_a_model_in_the_shadow_is_not_pushed_out_by_the_next_one():
    models = versions(shadows=True)
    assert models.offer(candidate(1)) is Stage.IN_USE
    assert models.offer(candidate(2)) is Stage.SHADOW
    assert models.offer(candidate(3)) is Stage.WAITING
    assert in_use(models) == 1
    assert models.promote().model.version == 2


def test_only_the_last_few_models_are_remembered():
    models = versions()
    for version in range(1, 20):
        models.offer(candidate(version))
    assert len(models.cards()) == EARLIER_KEPT + 1
    went_back = [models.roll_back().model.version for _ in range(EARLIER_KEPT)]
    assert went_back == [18, 17, 16, 15, 14]


@pytest.mark.parametrize("shadows", [False, True])
def test_retiring_leaves_nothing_in_use_and_the_next_one_is_used_at_once(shadows):
    models = versions(shadows=shadows)
    models.offer(candidate(1))
    models.retire()
    assert in_use(models) is None
    assert models.offer(candidate(2)) is Stage.IN_USE
