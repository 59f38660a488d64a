"""A shadow sees what was asked a moment ago, and nothing of a moment in which somebody withdrew."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np

from gateway.promotion.shadowing import MOST_NOTED, ShadowNotes, compare
from scoring import rank_group
from tests.journey.in_process import model_of_the_shelves
from tests.journey.shop import ITEMS

AVAILABLE = np.ones(len(ITEMS), dtype=np.bool_)


def asked(items, limit=5):
    return SimpleNamespace(slate=SimpleNamespace(items=items), limit=limit, exclude=None, candidates=None)


def rows(n):
    found = np.full((n, 20), 2**31 - 1, dtype=np.int32)
    found[:, 0] = np.arange(n) % len(ITEMS)
    return found


def test_a_shadow_that_is_the_model_in_use_differs_in_nothing():
    model, histories = model_of_the_shelves(), rows(8)
    slates = rank_group(model, histories, exclude=[None] * 8, available=AVAILABLE, limit=5)
    notes = ShadowNotes(lambda: 0)
    notes.note([asked(each.items) for each in slates], histories)
    found = compare(model, notes.take(), AVAILABLE)
    assert (found.decisions, found.differing, found.items, found.shared) == (8, 0, 40, 40)


def test_what_a_shadow_ranks_otherwise_is_counted():
    notes = ShadowNotes(lambda: 0)
    notes.note([asked(list(range(59, 54, -1)))], rows(1))
    found = compare(model_of_the_shelves(), notes.take(), AVAILABLE)
    assert (found.decisions, found.differing, found.items) == (1, 1, 5)
    assert found.shared < 5


def test_notes_are_gone_once_taken_and_bounded():
    notes = ShadowNotes(lambda: 0)
    for _ in range(5):
        notes.note([asked([1])] * 40, rows(40))
    assert len(notes.take().asked) == MOST_NOTED
    assert notes.take() is None


def test_if_anybody_withdrew_meanwhile_all_notes_are_dropped_unseen():
    revocations = [4]
    notes = ShadowNotes(lambda: revocations[0])
    notes.note([asked([1])], rows(1))
    revocations[0] = 5
    assert notes.take() is None
    notes.note([asked([1])], rows(1))
    assert notes.take() is not None
