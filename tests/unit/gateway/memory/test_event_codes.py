"""What was done keeps its meaning when codes are given anew."""

from __future__ import annotations

import numpy as np

from gateway.memory.event_codes import translate_events
from scoring import NO_ITEM, History, events_of, sighting_of

UNUSED = 1 << 30


def test_what_was_done_is_called_by_its_name_of_now() -> None:
    before = np.array([[sighting_of(7, 1), sighting_of(9, 2) | UNUSED, 5, NO_ITEM]], dtype=np.int32)
    now = translate_events(before, ["Added", "Viewed"], {"Added": 3, "Viewed": 1})
    assert now.tolist() == [[sighting_of(7, 3), sighting_of(9, 1) | UNUSED, 5, NO_ITEM]]


def test_what_the_policy_names_no_more_has_no_code() -> None:
    before = np.array([[sighting_of(7, 1)]], dtype=np.int32)
    assert translate_events(before, ["Added"], {"Viewed": 1}).tolist() == [[7]]


def test_an_item_is_one_whatever_was_done_with_it_and_the_last_counts() -> None:
    history = History()
    for at, event in enumerate((1, 2, 3)):
        history.add(0, sighting_of(7, event), at)
    history.add(0, sighting_of(7, 1), 1)
    assert history.of(0) == [(7, 2)]
    assert events_of(history.rows([0]))[0, 0] == 3
    history.add(0, sighting_of(7, 4), 2)
    assert events_of(history.rows([0]))[0, 0] == 4
    assert history.drop(0, 7)
    assert history.of(0) == []
    assert history.use_again(0, 7)
    assert events_of(history.rows([0]))[0, 0] == 4
