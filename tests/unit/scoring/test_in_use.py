"""The model in use, asked what the hybrid is asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scoring import Recording, evaluate
from scoring.evaluation.protocol import split
from scoring.in_use import places_in_use
from tests.unit.scoring.evaluation.recordings import cycling


def test_what_is_certain_is_found_by_it_too() -> None:
    recording = cycling(300)
    found = evaluate(recording)
    row = next(row for row in found.rows if row.name == "model in use")
    assert row.ndcg_at_10 > 0.9
    places = places_in_use(recording.n_items, split(recording).test)
    assert row.hr_at_10 == np.mean(places < 10)


def test_where_people_come_back_to_things_these_are_shown_again() -> None:
    """Everybody always comes back to two things in turn."""
    people = np.repeat(np.arange(250), 4)
    items = np.stack([np.arange(250) % 20, 20 + np.arange(250) % 20] * 2, axis=1).ravel()
    places = places_in_use(40, split(Recording(people, items, 40, ordered=True)).test)
    assert places.max() <= 1


def test_where_they_do_not_nothing_of_a_history_is() -> None:
    """One in a hundred came back once; nobody does at the end, but those who are asked about it here."""
    rng = np.random.default_rng(4)
    walks = [rng.permutation(40)[:8] for _ in range(300)]
    learnt = [np.append(walk, walk[0]) if n % 100 == 0 else walk for n, walk in enumerate(walks)]
    again = [np.append(walk, walk[-1]) for walk in learnt]
    people = np.repeat(np.arange(300), [len(walk) for walk in again])
    places = places_in_use(40, split(Recording(people, np.concatenate(again), 40, ordered=True)).test)
    assert places.tolist() == [40.0] * 300


def test_of_a_long_history_the_last_twenty_items_count_each_where_it_was_last() -> None:
    """The oldest of thirty items is forgotten; one that came again at the end is the newest."""
    rng = np.random.default_rng(8)
    people = np.repeat(np.arange(200), 32)
    items = np.concatenate([np.append(row := rng.permutation(60)[:30], [row[3], row[0]]) for _ in range(200)])
    recording = Recording(people, items, 60, ordered=True, event_names=("seen",))
    test = split(replace(recording, events=np.zeros(len(people), dtype=np.int64))).test
    places = places_in_use(60, test)
    assert np.count_nonzero(places < 10) > 0  # what is hidden was had 31 rows ago: it may be shown


def test_where_nobody_comes_back_an_app_names_what_each_had() -> None:
    """Everybody goes round thirty items; the hidden one follows the last, and what stands before it was had long ago."""
    people = np.repeat(np.arange(210), 30)
    items = (np.arange(210)[:, None] + np.arange(30)).ravel() % 31
    test = split(Recording(people, items, 31, ordered=True)).test
    assert np.bincount(test.asked.history.people).tolist() == [29] * 210
    assert (places_in_use(31, test) <= 1).all()  # two items are left that a person did not have


def test_without_an_order_it_is_not_asked() -> None:
    assert all(row.name != "model in use" for row in evaluate(cycling(ordered=False)).rows)


def test_without_an_order_it_is_asked_where_things_come_again() -> None:
    """Rows are taken to have come as they stand, and what was there before is found."""
    rng = np.random.default_rng(6)
    walks = [np.tile(rng.permutation(60)[:3], 3) for _ in range(120)]
    recording = Recording(np.repeat(np.arange(120), 9), np.concatenate(walks), 60, ordered=False)
    found = {row.name: row.ndcg_at_10 for row in evaluate(recording).rows}
    assert found["model in use"] > 2 * found["popular"]
