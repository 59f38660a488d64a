"""What is hidden is not learnt, and what is tested is not tuned on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scoring import Recording, RecordingError
from scoring.evaluation.protocol import Round, split
from tests.unit.scoring.evaluation.recordings import cycling


def rows_of(asked_or_learnt: object) -> list[tuple[int, int]]:
    return list(zip(asked_or_learnt.people.tolist(), asked_or_learnt.items.tolist(), strict=True))


def recording(*rows: tuple[int, int], ordered: bool = True, tested: list[bool] | None = None) -> Recording:
    people, items = (np.array(values, dtype=np.int64) for values in zip(*rows, strict=True))
    return Recording(
        people,
        items,
        int(items.max()) + 1,
        ordered,
        tie=None if ordered else items,
        tested=None if tested is None else np.array(tested),
    )


def test_the_last_item_is_tested_and_the_one_before_tuned_on() -> None:
    protocol = split(recording((0, 5), (0, 3), (0, 4), (1, 2), (1, 1)))
    assert protocol.test.asked.targets.tolist() == [4]
    assert protocol.tuning.asked.targets.tolist() == [3]
    assert rows_of(protocol.test.asked.history) == [(0, 5), (0, 3)]
    assert rows_of(protocol.tuning.asked.history) == [(0, 5)]
    assert rows_of(protocol.test.learnt) == [
        (0, 5),
        (0, 3),
        (1, 2),
        (1, 1),
    ]  # too short to ask, still learnt from
    assert rows_of(protocol.tuning.learnt) == [(0, 5), (1, 2), (1, 1)]


def test_questions_can_be_chosen_and_cut_up() -> None:
    asked = split(cycling(20)).test.asked
    chosen = asked.choose(np.array([3, 7, 19]))
    assert chosen.targets.tolist() == asked.targets[[3, 7, 19]].tolist()
    part = asked.take(7, 8)
    assert part.history.items.tolist() == chosen.history.items[chosen.history.people == 1].tolist()


def test_without_order_the_rule_says_which_row_is_hidden() -> None:
    protocol = split(recording((0, 5), (0, 3), (0, 4), ordered=False))
    assert protocol.test.asked.targets.tolist() == [3]
    assert protocol.tuning.asked.targets.tolist() == [4]
    assert rows_of(protocol.tuning.learnt) == [(0, 5)]


def test_test_people_are_not_learnt_from() -> None:
    rows = [(person, item) for person in range(10) for item in range(3)] + [(10, 0), (10, 1), (11, 2)]
    protocol = split(recording(*rows, ordered=False, tested=[False] * 30 + [True] * 3))
    assert protocol.test.asked.targets.tolist() == [0]
    assert rows_of(protocol.test.asked.history) == [(0, 1)]
    assert set(protocol.test.learnt.people.tolist()) == set(range(10))
    assert set(protocol.tuning.learnt.people.tolist()) == {1, 2, 3, 4, 6, 7, 8, 9}
    assert len(protocol.tuning.asked) == 2


def test_test_rows_of_known_people_are_each_asked_for() -> None:
    rows = [(person, item) for person in range(40) for item in (0, 1, 2, 3)]
    tested = [item == 3 for _, item in rows]
    made = recording(*rows, ordered=False, tested=tested)
    protocol = split(replace(made, tie=np.arange(len(rows)) * 7919))
    assert protocol.test.asked.targets.tolist() == [3] * 40
    assert all(
        item != 3 for _, item in rows_of(protocol.test.learnt) + rows_of(protocol.tuning.asked.history)
    )
    learnt: Round = protocol.tuning
    assert 0 < len(learnt.asked) < 120
    assert len(learnt.learnt.people) + len(learnt.asked) <= 120


def test_nothing_to_hide_is_an_error() -> None:
    with pytest.raises(RecordingError):
        split(recording((0, 1), (0, 2), (1, 1)))


def test_what_does_not_fit_together_is_refused() -> None:
    for people, items in (([0, 1], [0]), ([1, 0], [0, 0]), ([0, 0], [0, 9]), ([-1, 0], [0, 0])):
        with pytest.raises(RecordingError):
            Recording(np.array(people), np.array(items), 5, ordered=True)
