"""What other ways of filling the first place would have brought: right where the truth is known, silent where it cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from scoring import (
    DrawnSlate,
    FirstPlaces,
    LoggedDecisionsError,
    Posterior,
    ShownSlate,
    SlatePolicy,
    chances_of,
    draw_slates,
    seed_bytes,
)
from scoring.exploration.first_places import FirstPlacePolicy
from scoring.segments import MIN_COHORT

ANSWERED = (0.1, 0.5, 0.3, 0.2)
"""How often each rank is answered at the first place; the ranking is wrong, and what is learnt is right."""
UTILITIES = np.array([[100, 500, 300, 200]]) * 1000
POLICY = SlatePolicy(temperature=0.2, floor=0.2, places=2)


def drawn(chance: np.random.Generator) -> DrawnSlate:
    seed = chance.bytes(seed_bytes(POLICY.places))
    draw = draw_slates(POLICY, UTILITIES, np.array([4]), chances_of(seed).reshape(1, -1))
    return DrawnSlate(
        teaches=True,
        candidates=[10, 11, 12, 13],
        utilities=UTILITIES[0].tolist(),
        chosen=draw.chosen[0].tolist(),
        propensities=draw.propensities[0].tolist(),
        seed=seed,
        temperature=POLICY.temperature,
        floor=POLICY.floor,
        features=bytes(2 * 60 * 2),
    )


def slates(n: int, seed: int = 5) -> list[ShownSlate]:
    chance = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        slate = drawn(chance).to_learn_from(2, 100)
        assert slate is not None
        slate.answered = int(chance.random() < ANSWERED[slate.rank]) | 2
        found.append(slate)
    return found


def test_each_policy_is_told_within_its_interval() -> None:
    verdicts = FirstPlaces.of(slates(6_000)).judge(np.random.default_rng(0))
    truth = {
        FirstPlacePolicy.RANKED: ANSWERED[0],
        FirstPlacePolicy.LEARNT: max(ANSWERED),
        FirstPlacePolicy.UNIFORM: sum(ANSWERED) / 4,
    }
    for name, expected in truth.items():
        found = verdicts[name]
        assert not found.refused
        assert found.snips is not None
        assert found.snips.low < expected < found.snips.high
        assert found.snips.high - found.snips.low < 0.2
    learnt, ranked = (verdicts[each].snips for each in (FirstPlacePolicy.LEARNT, FirstPlacePolicy.RANKED))
    assert learnt is not None
    assert ranked is not None
    assert learnt.low > ranked.high, "learning was worth it"


def test_too_few_slates_have_no_verdict() -> None:
    verdicts = FirstPlaces.of(slates(30)).judge(np.random.default_rng(0))
    assert all(each.refused and each.snips is None for each in verdicts.values())
    with pytest.raises(LoggedDecisionsError):
        FirstPlaces.of([]).judge(np.random.default_rng(0))


def test_what_was_drawn_before_draws_were_kept_is_left_out() -> None:
    assert len(FirstPlaces.of([ShownSlate([1], bytes(120)), *slates(3)])) == 3


def test_a_slate_of_which_nothing_drawn_was_shown_teaches_nothing() -> None:
    nothing = DrawnSlate(True, [], [], [], [], b"", 0.0, 0.0, b"")
    assert nothing.to_learn_from(5, 100) is None
    assert drawn(np.random.default_rng(1)).to_learn_from(0, 100) is None


def test_of_each_person_the_last_slate_counts_whose_time_is_over() -> None:
    known = Posterior()
    for key, (slot, at) in enumerate([(1, 10), (1, 20), (2, 15), (1, 30), (3, 40)]):
        known.show(slot, key, ShownSlate([key], bytes(120), at=at))
    assert [each.at for each in known.last_of_each(30, 10)] == [15, 30]
    assert [each.at for each in known.last_of_each(29, 10)] == [15, 20]
    assert [each.at for each in known.last_of_each(40, 1)] == [40]
    known.forget(1)
    assert [each.at for each in known.last_of_each(30, 10)] == [15]


def test_what_so_few_answered_that_it_would_tell_of_one_of_them_is_not_told() -> None:
    assert FirstPlaces.of(slates(MIN_COHORT - 1)).share_answered() is None
    enough = FirstPlaces.of(slates(MIN_COHORT))
    assert enough.share_answered() == pytest.approx(enough.answered.mean())
