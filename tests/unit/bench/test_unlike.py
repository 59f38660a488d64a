"""Where a recommender of a few lines fits a recording, the hybrid is not behind it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from bench.unlike.made_up import favourites, seasons, steps, tastes
from bench.unlike.simple import best_simple
from scoring import Recording, evaluate


@pytest.mark.parametrize(
    ("recording", "expected"),
    [
        (steps(600, 120), "Markov chain"),
        (steps(600, 120, stays=0.5), "Markov chain"),
        (favourites(300, 200), "what was had often"),
        (seasons(500, 150), "popular lately"),
    ],
    ids=["steps", "steps that stay", "favourites", "seasons"],
)
def test_the_hybrid_learns_what_a_simple_recommender_takes_for_granted(
    recording: Recording, expected: str
) -> None:
    name, gain, error = best_simple(recording)
    assert name.startswith(expected)
    assert evaluate(recording).hybrid.ndcg_at_10 > gain - error


def test_a_few_rows_that_stand_there_twice_do_not_bring_back_what_was_had() -> None:
    """What anybody had before is still not shown to the others."""
    recording = tastes(400, 100)
    twice = np.sort(np.append(np.arange(len(recording.people)), [3, 40, 90, 300, 777]))
    doubled = replace(recording, people=recording.people[twice], items=recording.items[twice])
    assert evaluate(doubled).hybrid.ndcg_at_10 > evaluate(recording).hybrid.ndcg_at_10 - 0.03
