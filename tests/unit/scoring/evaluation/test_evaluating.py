"""The evaluation as a whole, on recordings whose answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from scoring import Recording, evaluate
from tests.unit.scoring.evaluation.recordings import aimless, cycling, shopping


@pytest.fixture(scope="module")
def certain() -> Recording:
    return cycling()


def test_what_is_certain_is_found_and_order_is_what_finds_it(certain: Recording) -> None:
    found = evaluate(certain)
    by_name = {row.name: row for row in found.rows}
    assert found.hybrid.ndcg_at_10 > 0.95
    assert by_name["hybrid without order"].ndcg_at_10 < 0.8
    assert by_name["popular"].ndcg_at_10 < 0.5
    assert found.questions == found.tuning_questions == 120
    low, high = found.hybrid.ndcg_at_10_interval
    assert low <= found.hybrid.ndcg_at_10 <= high


def test_the_same_recording_gives_the_same_numbers(certain: Recording) -> None:
    assert evaluate(certain) == evaluate(certain)


def test_what_is_aimless_stays_at_chance() -> None:
    found = evaluate(aimless())
    assert all(0.02 < row.hr_at_10 < 0.35 for row in found.rows)  # 10 of the 55 unseen


def test_a_hidden_item_tells_nothing_of_itself(certain: Recording) -> None:
    """Other last items change what is asked for and nothing that was tuned."""
    last = np.append(certain.people[1:] != certain.people[:-1], True)
    rng = np.random.default_rng(2)
    other = certain.items.copy()
    other[last] = rng.integers(0, certain.n_items, last.sum())
    changed = replace(certain, items=other)
    assert evaluate(changed).tuned == evaluate(certain).tuned


def test_pairs_find_what_only_two_items_together_tell() -> None:
    """C follows A and B; D follows either of them with another."""
    rows = [(0, 1, 2), (0, 3, 4), (1, 3, 4), (0, 1, 2)]
    people, items = [], []
    rng = np.random.default_rng(4)
    for person in range(400):
        basket = [*rows[person % 4], 5 + int(rng.integers(0, 15))]
        people += [person] * 4
        items += basket
    made = Recording(
        np.array(people),
        np.array(items),
        20,
        ordered=False,
        tie=(np.array(items) * 7 + np.array(people)) % 13,
    )
    by_name = {row.name: row for row in evaluate(made).rows}
    assert by_name["pairs"].ndcg_at_10 > by_name["popular"].ndcg_at_10


def test_content_speaks_for_items_that_nobody_had_before() -> None:
    rng = np.random.default_rng(9)
    people, items = [], []
    for person in range(200):
        kind = person % 25
        people += [person] * 4
        items += (kind * 8 + rng.choice(8, 4, replace=False)).tolist()
    tags = csr_matrix((np.ones(200), (np.arange(200), np.arange(200) // 8)), shape=(200, 25))
    made = Recording(np.array(people), np.array(items), 200, ordered=True, tags=tags)
    by_name = {row.name: row for row in evaluate(made).rows}
    assert by_name["content"].hr_at_10 > 2 * by_name["popular"].hr_at_10
    assert by_name["hybrid"].hr_at_10 >= 0.8 * by_name["content"].hr_at_10


def test_circumstances_that_decide_are_used_and_their_gain_is_stated() -> None:
    rng = np.random.default_rng(6)
    n = 3000
    people = np.sort(rng.integers(0, 100, n))
    weather = rng.integers(0, 3, n)
    items = weather * 5 + rng.integers(0, 5, n)
    made = Recording(
        people,
        items,
        15,
        ordered=False,
        tie=rng.permutation(n),
        tested=rng.random(n) < 0.1,
        contexts={"weather": weather, "noise": rng.integers(0, 3, n)},
    )
    found = evaluate(made)
    assert found.context_gain is not None
    assert found.context_gain.interval[0] > 0.1
    assert found.tuned["context:weather"]["weight"] > 0


def test_what_an_event_counts_is_found_by_tuning() -> None:
    recording = shopping()
    found = evaluate(recording)
    alike = evaluate(replace(recording, events=None, event_names=()))
    assert max(settings.get("event:bought", 0.0) for settings in found.tuned.values()) > 1
    linear, linear_alike = (
        next(row for row in each.rows if row.name == "linear").ndcg_at_10 for each in (found, alike)
    )
    assert linear > 1.1 * linear_alike
    assert found.hybrid.ndcg_at_10 >= alike.hybrid.ndcg_at_10


def test_an_event_that_means_nothing_changes_nothing_much(certain: Recording) -> None:
    kinds = np.random.default_rng(2).integers(0, 2, len(certain.people))
    found = evaluate(replace(certain, events=kinds, event_names=("one", "other")))
    assert found.hybrid.ndcg_at_10 > 0.9 * evaluate(certain).hybrid.ndcg_at_10


def test_a_large_catalogue_is_asked_about_by_some_of_its_people(
    certain: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("scoring.evaluation.evaluating._TEST_CELLS_IN_ALL", 1)
    monkeypatch.setattr("scoring.evaluation.evaluating._LEAST_TEST_QUESTIONS", 50)
    found = evaluate(certain)
    assert found.questions == 50
    assert found.hybrid.ndcg_at_10 > 0.95
