"""The evaluation beside one that knows nothing of it: plain loops over a small recording, from the protocol's words alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import replace
from math import log2

import numpy as np
import pytest

from scoring import Evaluation, Recording, evaluate
from scoring.evaluation.lately import Lately
from scoring.evaluation.protocol import split

Histories = list[tuple[list[int], int]]


def wandering(*, repeats: bool) -> Recording:
    """People of two to nine rows each, among items that are liked more or less, some of them alike in popularity."""
    rng = np.random.default_rng(21)
    people, items = [], []
    liking = 1 / np.arange(1, 41) ** 0.7
    for person in range(260):
        length = int(rng.integers(2, 10))
        chosen = rng.choice(40, length, replace=repeats, p=liking / liking.sum())
        people += [person] * length
        items += [int(item) for item in np.sort(chosen) if not repeats] or chosen.tolist()
    return Recording(np.array(people), np.array(items), 40, ordered=True)


def by_person(recording: Recording) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = defaultdict(list)
    for person, item in zip(recording.people.tolist(), recording.items.tolist(), strict=True):
        rows[person].append(item)
    return rows


def hidden_last(recording: Recording) -> tuple[list[list[int]], Histories]:
    """What is learnt from, and each question: all but the last row of whoever has three."""
    learnt, asked = [], []
    for rows in by_person(recording).values():
        learnt.append(rows[:-1] if len(rows) >= 3 else rows)
        if len(rows) >= 3:
            asked.append((rows[:-1], rows[-1]))
    return learnt, asked


def judged(
    asked: Histories, score: Callable[[list[int]], list[float]], *, again: bool
) -> tuple[float, float]:
    """HR@10 and NDCG@10; of items level with the hidden one half stand before it."""
    hit = gain = 0.0
    for history, target in asked:
        scores = [s if again or j not in history else float("-inf") for j, s in enumerate(score(history))]
        own = scores[target]
        place = sum(s > own for s in scores) + (sum(s == own for s in scores) - 1) / 2
        hit += place < 10
        gain += 1 / log2(place + 2) if place < 10 else 0
    return hit / len(asked), gain / len(asked)


def measured(found: Evaluation, name: str) -> tuple[float, float]:
    row = next(row for row in found.rows if row.name == name)
    return row.hr_at_10, row.ndcg_at_10


def following_scores(
    learnt: list[list[int]], chosen: dict[str, float], n_items: int
) -> Callable[[list[int]], list[float]]:
    counts: dict[tuple[int, int], float] = defaultdict(float)
    for rows in learnt:
        for here, first in enumerate(rows):
            for steps, then in enumerate(rows[here + 1 :], start=1):
                if first != then and steps <= min(64, round(6 * chosen["reach"]) + 1):
                    counts[first, then] += 2.0 ** (-(steps - 1) / chosen["reach"])
    people = Counter(item for rows in learnt for item in set(rows))

    def score(history: list[int]) -> list[float]:
        found = [0.0] * n_items
        for age, item in enumerate(reversed(history)):
            folded = 2.0 ** (-age / chosen["half_life"])
            for j in range(n_items):
                both = counts[item, j] + chosen["backward"] * counts[j, item]
                damped = (
                    people[item] ** chosen["damp_source"] * people[j] ** chosen["damp_target"] if both else 1
                )
                found[j] += folded * both / damped
        return [round(value, 5) for value in found]

    return score


def test_popular_and_following_are_what_plain_loops_find() -> None:
    recording = wandering(repeats=False)
    found = evaluate(recording)
    learnt, asked = hidden_last(recording)
    counts = Counter(item for rows in learnt for item in set(rows))
    popular = judged(asked, lambda _: [float(counts[j]) for j in range(40)], again=False)
    assert measured(found, "popular") == pytest.approx(popular, abs=1e-9)
    chosen = found.tuned["following"]
    assert not any(name.startswith("half_life_") for name in chosen)
    expected = judged(asked, following_scores(learnt, chosen, 40), again=False)
    assert measured(found, "following") == pytest.approx(expected, abs=0.01)
    assert found.questions == len(asked)


def test_where_people_come_back_the_popular_row_is_still_what_plain_loops_find() -> None:
    recording = wandering(repeats=True)
    found = evaluate(recording)
    learnt, asked = hidden_last(recording)
    counts = Counter(item for rows in learnt for item in set(rows))
    either = [
        judged(asked, lambda _: [float(counts[j]) for j in range(40)], again=again) for again in (False, True)
    ]
    assert any(measured(found, "popular") == pytest.approx(way, abs=1e-9) for way in either)


def test_what_was_turned_to_after_the_question_does_not_count() -> None:
    rng = np.random.default_rng(3)
    recording = wandering(repeats=False)
    times = np.sort(rng.random(len(recording.people)) * 1000)
    recording = replace(recording, times=rng.permutation(times))
    asked, learnt = split(recording).test.asked, split(recording).test.learnt
    part = Lately(recording, learnt)
    assert asked.times is not None
    assert learnt.times is not None
    for half_life in part.grid["lately_half_life"]:
        scores = part.scores({"lately_half_life": half_life}, asked)
        for question in range(0, len(asked), 17):
            moment = asked.times[question]
            heat = np.zeros(40)
            for item, at in zip(learnt.items.tolist(), learnt.times.tolist(), strict=True):
                heat[item] += 2.0 ** (-(moment - at) / half_life) if at < moment else 0.0
            assert scores[question] == pytest.approx(np.log1p(heat), abs=2e-3)
